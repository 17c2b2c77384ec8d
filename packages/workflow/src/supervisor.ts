import type { TicketId } from "@wiggum/ticket-core";
import { type BudgetUse, describeBudget } from "./budgets.js";
import type { Clock } from "./ports.js";
import type { AgentId } from "./runner.js";
import type {
  DelayedSpawn,
  PausedPool,
  SupervisedAgent,
  SupervisorAction,
  SupervisorFacts,
  SupervisorPlan,
} from "./supervisor-facts.js";
import { planTick } from "./supervisor-plan.js";

/** What happened, for people and logs. Data, JSON-safe. */
export type SupervisorEvent =
  | { readonly kind: "started"; readonly maxAgents: number }
  | { readonly kind: "recovered"; readonly what: string }
  | { readonly kind: "hooks"; readonly ran: number; readonly waiting: number }
  | { readonly kind: "action"; readonly action: SupervisorAction; readonly detail?: string | undefined }
  /** Tried, refused for a reason that passes by itself (no capacity, somebody was faster). */
  | { readonly kind: "postponed"; readonly action: SupervisorAction; readonly reason: string }
  | { readonly kind: "failed"; readonly action: SupervisorAction; readonly reason: string }
  /** Tried before and failed: it is tried again after a pause. */
  | { readonly kind: "delayed"; readonly spawn: DelayedSpawn }
  /** Nobody is started, for a reason that is no ticket's: a limit of the provider, a budget. Told once. */
  | { readonly kind: "paused"; readonly paused: PausedPool }
  | { readonly kind: "resumed" }
  /** A budget is nearly or wholly used up; `reason` in words. Told once of each. */
  | { readonly kind: "budget"; readonly use: BudgetUse; readonly reason: string }
  /** An agent wants something of a person. Told once of each question. */
  | {
      readonly kind: "waiting";
      readonly agentId: AgentId;
      readonly ticketId?: TicketId | undefined;
      readonly reason: string;
    }
  /** Finished work is tested together, which takes as long as the project's checks do; in words. */
  | { readonly kind: "merging"; readonly what: string }
  /** Finished work was brought to a remote, or something became of it there; or that cannot be done for now. In words. */
  | { readonly kind: "published"; readonly what: string; readonly isTrouble: boolean }
  /** Nothing could be looked at or done for a reason that passes by itself (the store is busy): it is tried again. */
  | { readonly kind: "disturbed"; readonly reason: string }
  | { readonly kind: "finished"; readonly stuck: SupervisorPlan["stuck"] };

/** What became of an action of the supervisor. `postponed` is tried again and counts as no failure; reasons are words for people. */
export type ActionOutcome =
  | { readonly status: "done"; readonly detail?: string | undefined }
  /** Goes on beside the supervisor, and tells by itself what becomes of it. */
  | { readonly status: "begun" }
  | { readonly status: "postponed"; readonly reason: string }
  | { readonly status: "failed"; readonly reason: string };

/**
 * What the supervisor may do; the control plane implements it. Every call may be repeated after a crash. A call that throws ends the run:
 * what no later tick can make good (no agent command) is thrown, everything else is an outcome.
 */
export interface SupervisorPorts {
  readonly clock: Clock;
  /** Finishes or undoes what a dead process left half done; settles sessions that have ended. In words what was done. */
  recover(): Promise<readonly string[]>;
  drainHooks(): Promise<{ readonly ran: number; readonly waiting: number }>;
  facts(): Promise<SupervisorFacts>;
  spawn(role: string, ticketId: TicketId): Promise<ActionOutcome>;
  retire(agentId: AgentId): Promise<ActionOutcome>;
  /** Ends its session, proved; its claim and worktree stay for whoever goes on with the work. */
  expire(agentId: AgentId, reason: string): Promise<ActionOutcome>;
  escalate(ticketId: TicketId, reason: string): Promise<ActionOutcome>;
  merge(ticketId: TicketId): Promise<ActionOutcome>;
  /** Merges what passes of these, tested together; the rest is sent back, or left for a later tick. */
  mergeBatch(ticketIds: readonly TicketId[]): Promise<ActionOutcome>;
  /** Resolves when something may have changed, or after `timeoutMs`. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  report(event: SupervisorEvent): void;
  /** Why this error, which a look or a recovery ended with, is over soon, in words; `undefined` = it is not. Default: none is. */
  passing?(error: unknown): string | undefined;
}

/** How long `supervise` goes on, and how often it looks (`pollIntervalMs`). */
export interface SupervisorOptions {
  /** `once`: one tick; `until-done`: until nothing is left to do; `forever`: until the signal. */
  readonly mode: "once" | "until-done" | "forever";
  readonly pollIntervalMs: number;
  /** Ends the run: what is being done is done to its end, nothing else is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** How a run of the supervisor ended, after how many looks (`ticks`). */
export interface SupervisorResult {
  readonly ticks: number;
  readonly stuck: SupervisorPlan["stuck"];
  readonly isFinished: boolean;
  /** Actions that failed in the last tick, for a reason that does not pass by itself. */
  readonly failedActions: number;
}

/** The plan of one tick, nothing done: `wiggum run --dry-run`. */
export async function explainTick(ports: Pick<SupervisorPorts, "facts">): Promise<SupervisorPlan> {
  return planTick(await ports.facts());
}

/**
 * The scheduler's loop: recover, drain post-hooks, look, plan, act, wait. It keeps no state of its own between ticks, so that
 * after SIGKILL at any point a new one goes on from what ticket history, registry and outbox say.
 */
export async function supervise(
  ports: SupervisorPorts,
  options: SupervisorOptions,
): Promise<SupervisorResult> {
  let ticks = 0;
  let plan: SupervisorPlan = { actions: [], delayed: [], isFinished: false, stuck: [] };
  let failedActions = 0;
  const told = createTold();
  while (options.signal?.aborted !== true) {
    ticks += 1;
    try {
      ({ plan, failedActions } = await tick(ports, ticks, told, options.signal));
      told.forget("look");
      if (options.mode === "once") break;
      if (plan.isFinished && options.mode === "until-done") {
        ports.report({ kind: "finished", stuck: plan.stuck });
        break;
      }
      await ports.changed(Math.min(options.pollIntervalMs, untilNextMs(plan)), options.signal);
    } catch (error) {
      const reason = ports.passing?.(error);
      if (reason === undefined || options.mode === "once") throw error;
      if (told.isNews("look", reason)) ports.report({ kind: "disturbed", reason });
      await ports.clock.sleep(options.pollIntervalMs, options.signal);
    }
  }
  return { ticks, stuck: plan.stuck, isFinished: plan.isFinished, failedActions };
}

/** After an action the next look comes soon, but never in a busy loop: a refused spawn must not spin. */
const afterActionMs = 250;

/** Until something is due although nothing changes. */
function untilNextMs({ actions, delayed, paused }: SupervisorPlan): number {
  if (actions.length > 0) return afterActionMs;
  const pauseMs = paused?.waitMs ?? Number.POSITIVE_INFINITY;
  return Math.max(1, Math.min(pauseMs, ...delayed.map(({ waitMs }) => waitMs)));
}

interface Tick {
  readonly plan: SupervisorPlan;
  readonly failedActions: number;
}

/** What was said already of something that goes wrong again and again. Only for what is told, nothing is decided by it. */
interface Told {
  /** False = the same was said of the same thing the last time. */
  isNews(about: string, what: string): boolean;
  /** Was anything said of it since it was forgotten? */
  has(about: string): boolean;
  forget(about: string): void;
}

function createTold(): Told {
  const said = new Map<string, string>();
  return {
    isNews(about, what) {
      if (said.get(about) === what) return false;
      said.set(about, what);
      return true;
    },
    has: (about) => said.has(about),
    forget: (about) => void said.delete(about),
  };
}

async function tick(
  ports: SupervisorPorts,
  number: number,
  told: Told,
  signal: AbortSignal | undefined,
): Promise<Tick> {
  for (const what of await ports.recover()) ports.report({ kind: "recovered", what });
  const hooks = await ports.drainHooks();
  if (hooks.ran > 0) ports.report({ kind: "hooks", ...hooks });
  const facts = await ports.facts();
  if (number === 1) ports.report({ kind: "started", maxAgents: facts.maxAgents });
  const plan = planTick(facts);
  tell(ports, told, plan, facts.agents);
  for (const spawn of plan.delayed) {
    const { ticketId, role, failures, reason = "" } = spawn;
    // The failure itself was told a moment ago, with its reason.
    if (told.has(nameOf({ kind: "spawn", role, ticketId, reason }))) continue;
    if (told.isNews(`delayed ${role} ${ticketId}`, `${failures} ${reason}`))
      ports.report({ kind: "delayed", spawn });
  }
  let failedActions = 0;
  for (const action of plan.actions.filter(({ kind }) => kind !== "spawn")) {
    // Each may take minutes (a merge waits for the checks): who wants the run to end waits for one of them, not for all.
    if (signal?.aborted === true) return { plan, failedActions };
    if ((await carryOut(ports, action, told)).status === "failed") failedActions += 1;
  }
  if (signal?.aborted === true) return { plan, failedActions };
  // Spawns wait for git and for their agent's first sign of life, and each has its own place: side by side.
  const spawns = await Promise.allSettled(
    plan.actions.filter(({ kind }) => kind === "spawn").map((action) => carryOut(ports, action, told)),
  );
  for (const spawn of spawns) {
    // Only now, when the others are through: none may be left half made by the end of the run.
    if (spawn.status === "rejected") throw spawn.reason;
    if (spawn.value.status === "failed") failedActions += 1;
  }
  return { plan, failedActions };
}

/** What holds the pool up, what runs out and who asks: each told once. */
function tell(
  ports: SupervisorPorts,
  told: Told,
  { paused, budgets = [] }: SupervisorPlan,
  agents: readonly SupervisedAgent[],
): void {
  if (paused !== undefined) {
    if (told.isNews("pause", `${paused.kind} ${paused.reason}`)) ports.report({ kind: "paused", paused });
  } else if (told.has("pause")) {
    told.forget("pause");
    ports.report({ kind: "resumed" });
  }
  for (const use of budgets) {
    const { scope, of, unit, limit, used } = use;
    if (told.isNews(`budget ${scope} ${of} ${unit}`, used >= limit ? "spent" : "low"))
      ports.report({ kind: "budget", use, reason: describeBudget(use) });
  }
  for (const { agentId, ticketId, asks, isEnded } of agents) {
    if (asks === undefined || isEnded) told.forget(`asks ${agentId}`);
    else if (told.isNews(`asks ${agentId}`, asks))
      ports.report({ kind: "waiting", agentId, ticketId, reason: asks });
  }
}

async function carryOut(
  ports: SupervisorPorts,
  action: SupervisorAction,
  told: Told,
): Promise<ActionOutcome> {
  const outcome = await perform(ports, action);
  const about = nameOf(action);
  if (outcome.status === "done") {
    told.forget(about);
    ports.report({ kind: "action", action, detail: outcome.detail });
  } else if (outcome.status !== "begun" && told.isNews(about, `${outcome.status} ${outcome.reason}`)) {
    ports.report({ kind: outcome.status, action, reason: outcome.reason });
  }
  return outcome;
}

/** Two actions of one name do the same to the same. */
function nameOf(action: SupervisorAction): string {
  switch (action.kind) {
    case "spawn":
      return `spawn ${action.role} ${action.ticketId}`;
    case "escalate":
    case "merge":
      return `${action.kind} ${action.ticketId}`;
    case "merge-batch":
      return `${action.kind} ${action.ticketIds.join(" ")}`;
    case "retire":
    case "expire":
      return `${action.kind} ${action.agentId}`;
  }
}

function perform(ports: SupervisorPorts, action: SupervisorAction): Promise<ActionOutcome> {
  switch (action.kind) {
    case "spawn":
      return ports.spawn(action.role, action.ticketId);
    case "retire":
      return ports.retire(action.agentId);
    case "expire":
      return ports.expire(action.agentId, action.reason);
    case "escalate":
      return ports.escalate(action.ticketId, action.reason);
    case "merge":
      return ports.merge(action.ticketId);
    case "merge-batch":
      return ports.mergeBatch(action.ticketIds);
  }
}
