import type { TicketId } from "@wiggum/ticket-core";
import type { Clock } from "./ports.js";
import type { AgentId } from "./runner.js";
import {
  planTick,
  type SupervisorAction,
  type SupervisorFacts,
  type SupervisorPlan,
} from "./supervisor-plan.js";

/** What happened, for people and logs. Data, JSON-safe. */
export type SupervisorEvent =
  | { readonly kind: "started"; readonly maxAgents: number }
  | { readonly kind: "recovered"; readonly what: string }
  | { readonly kind: "hooks"; readonly ran: number; readonly waiting: number }
  | { readonly kind: "action"; readonly action: SupervisorAction; readonly detail?: string | undefined }
  /** Tried, refused for a reason that passes by itself (no capacity, somebody was faster). */
  | { readonly kind: "postponed"; readonly action: SupervisorAction; readonly reason: string }
  | { readonly kind: "failed"; readonly action: SupervisorAction; readonly reason: string }
  | { readonly kind: "waiting"; readonly agents: number }
  | { readonly kind: "finished"; readonly stuck: SupervisorPlan["stuck"] };

export type ActionOutcome =
  | { readonly status: "done"; readonly detail?: string | undefined }
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
  expire(agentId: AgentId): Promise<ActionOutcome>;
  escalate(ticketId: TicketId, reason: string): Promise<ActionOutcome>;
  merge(ticketId: TicketId): Promise<ActionOutcome>;
  /** Resolves when something may have changed, or after `timeoutMs`. */
  changed(timeoutMs: number, signal?: AbortSignal): Promise<void>;
  report(event: SupervisorEvent): void;
}

export interface SupervisorOptions {
  /** `once`: one tick; `until-done`: until nothing is left to do; `forever`: until the signal. */
  readonly mode: "once" | "until-done" | "forever";
  readonly pollIntervalMs: number;
  readonly signal?: AbortSignal | undefined;
}

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
  let plan: SupervisorPlan = { actions: [], isFinished: false, stuck: [] };
  let failedActions = 0;
  while (options.signal?.aborted !== true) {
    ticks += 1;
    ({ plan, failedActions } = await tick(ports, ticks));
    if (options.mode === "once") break;
    if (plan.isFinished && options.mode === "until-done") {
      ports.report({ kind: "finished", stuck: plan.stuck });
      break;
    }
    if (plan.actions.length === 0) await ports.changed(options.pollIntervalMs, options.signal);
    else await ports.changed(Math.min(options.pollIntervalMs, afterActionMs), options.signal);
  }
  return { ticks, stuck: plan.stuck, isFinished: plan.isFinished, failedActions };
}

/** After an action the next look comes soon, but never in a busy loop: a refused spawn must not spin. */
const afterActionMs = 250;

interface Tick {
  readonly plan: SupervisorPlan;
  readonly failedActions: number;
}

async function tick(ports: SupervisorPorts, number: number): Promise<Tick> {
  for (const what of await ports.recover()) ports.report({ kind: "recovered", what });
  const hooks = await ports.drainHooks();
  if (hooks.ran > 0) ports.report({ kind: "hooks", ...hooks });
  const facts = await ports.facts();
  if (number === 1) ports.report({ kind: "started", maxAgents: facts.maxAgents });
  const plan = planTick(facts);
  let failedActions = 0;
  for (const action of plan.actions.filter(({ kind }) => kind !== "spawn")) {
    if ((await carryOut(ports, action)).status === "failed") failedActions += 1;
  }
  // Spawns wait for git and for their agent's first sign of life, and each has its own place: side by side.
  const spawns = await Promise.allSettled(
    plan.actions.filter(({ kind }) => kind === "spawn").map((action) => carryOut(ports, action)),
  );
  for (const spawn of spawns) {
    // Only now, when the others are through: none may be left half made by the end of the run.
    if (spawn.status === "rejected") throw spawn.reason;
    if (spawn.value.status === "failed") failedActions += 1;
  }
  return { plan, failedActions };
}

async function carryOut(ports: SupervisorPorts, action: SupervisorAction): Promise<ActionOutcome> {
  const outcome = await perform(ports, action);
  if (outcome.status === "done") ports.report({ kind: "action", action, detail: outcome.detail });
  else ports.report({ kind: outcome.status, action, reason: outcome.reason });
  return outcome;
}

function perform(ports: SupervisorPorts, action: SupervisorAction): Promise<ActionOutcome> {
  switch (action.kind) {
    case "spawn":
      return ports.spawn(action.role, action.ticketId);
    case "retire":
      return ports.retire(action.agentId);
    case "expire":
      return ports.expire(action.agentId);
    case "escalate":
      return ports.escalate(action.ticketId, action.reason);
    case "merge":
      return ports.merge(action.ticketId);
  }
}
