import { hostname } from "node:os";
import type {
  AgentStatus,
  KeptMessage,
  MergeQueueStatus,
  PoolState,
  Project,
  Scheduler,
} from "@wiggum/control-plane";
import { findState, findType, isFinal, type TicketFacts, type TicketTypes } from "@wiggum/ticket-core";
import { isAtWork } from "./at-work.js";
import { failedWith } from "./failure.js";
import { goneWorktree } from "./gone-worktrees.js";
import { collectNotStarted, type NotStarted, notStartedLines } from "./not-started.js";
import { poolLines } from "./pool-lines.js";
import { printable } from "./printable.js";
import { duration } from "./render/duration.js";
import { fittedWidths, row } from "./render/table.js";
import { collectUpstream, type UpstreamStatus, upstreamLines } from "./upstream-status.js";
import { type FailedHook, messageText, type Waiting, waitingIn, waitingText } from "./waiting.js";

/** Everything that `wiggum status` tells, in one look at the store and one at the registry. JSON-safe. */
export interface ProjectStatus {
  readonly session: {
    readonly name: string;
    readonly isRunning: boolean;
    /** How many agents are at work. */
    readonly running: number;
    /** Where agents run in panes. */
    readonly tmux: { readonly name: string; readonly socketPath: string; readonly panes: number } | null;
  };
  /** The `wiggum run` that is at work here. */
  readonly supervisor: Scheduler | null;
  readonly agents: readonly {
    readonly agentId: string;
    readonly ticketId: string | null;
    readonly ticketState: string | null;
    readonly state: string;
    readonly why: string;
    /** Messages for it that have not arrived, or of which nobody knows. */
    readonly messages: readonly KeptMessage[];
    /** Its own words: what it asks, or why it cannot go on. */
    readonly says: string | null;
    readonly uptimeMs: number;
  }[];
  readonly tickets: readonly { readonly state: string; readonly count: number; readonly blocked: number }[];
  readonly ready: readonly { readonly id: string; readonly title: string }[];
  readonly actionRequired: readonly { readonly id: string; readonly reason: string }[];
  /** Tickets that the supervisor could start nobody for. */
  readonly notStarted: readonly NotStarted[];
  /** Done tickets whose work the base branch lacks, where a person merges. */
  readonly unmerged: readonly string[];
  /** What the merge queue of a `wiggum run` tests at this moment. */
  readonly mergeQueue: MergeQueueStatus | null;
  readonly failedHooks: readonly FailedHook[];
  /** What holds all agents up: a limit of the provider, budgets that run out. */
  readonly pool: PoolState;
  /** How the tickets stand to their upstream, as of the last exchange. */
  readonly upstream: UpstreamStatus | null;
  /** Everything that goes on only when a person does something, the most pressing first. */
  readonly waiting: readonly Waiting[];
  /** How many tickets were begun and are not over. */
  readonly begun: number;
}

export interface CollectedStatus extends ProjectStatus {
  readonly asOf: string;
  /** What could not be looked at, and why; a sentence without a full stop. */
  readonly trouble?: string | undefined;
}

export async function collectStatus(project: Project): Promise<CollectedStatus> {
  const [page, ready, blocked, agents, hooks, salvaged, supervisor, messages, pool, unmerged] =
    await Promise.all([
      project.tickets.summaries(),
      project.tickets.ready(),
      project.tickets.blocked(),
      project.agents(),
      project.hooks.pending(),
      project.salvage.points(),
      project.scheduler(),
      project.messages.kept(),
      project.pool(),
      project.settings.merge === "manual" ? unmergedWork(project) : { ids: [], trouble: undefined },
    ]);
  const running = agents.filter(isAtWork).length;
  const blockedIds = new Set(blocked.map(({ record }) => record.ticket.id));
  const tickets = page.tickets.map(({ ticket }) => ticket);
  const failedHooks = hooks
    .filter(({ status }) => status === "failed" || status === "parked")
    .map(({ eventId, hook, ticketId }) => ({ eventId, hook, ticketId }));
  const notStarted = await collectNotStarted(project, tickets, agents);
  const found = {
    tickets,
    agents,
    failedHooks,
    notStarted,
    unmerged: unmerged.ids,
    salvaged,
    messages,
    pool,
  };
  return {
    asOf: page.asOf,
    ...(unmerged.trouble === undefined ? {} : { trouble: unmerged.trouble }),
    session: {
      name: project.settings.session,
      isRunning: running > 0,
      running,
      tmux: await paneSession(project, agents),
    },
    supervisor: supervisor ?? null,
    agents: agents.map((agent) => agentRow(agent, messages)),
    tickets: stateNames(project.types, tickets).map((state) => {
      const inState = tickets.filter((ticket) => ticket.state === state);
      return {
        state,
        count: inState.length,
        blocked: inState.filter(({ id }) => blockedIds.has(id)).length,
      };
    }),
    ready: ready.map(({ ticket: { id, title } }) => ({ id, title })),
    actionRequired: tickets.flatMap(({ id, actionRequired }) =>
      actionRequired === undefined ? [] : [{ id, reason: actionRequired.reason }],
    ),
    notStarted,
    unmerged: unmerged.ids,
    mergeQueue: (await project.branches.queue()) ?? null,
    failedHooks,
    pool,
    upstream: (await collectUpstream(project)) ?? null,
    waiting: waitingIn(project.types, found),
    begun: tickets.filter((ticket) => isBegun(project.types, ticket)).length,
  };
}

function isBegun(types: TicketTypes, ticket: TicketFacts): boolean {
  const state = findState(findType(types, ticket.type), ticket.state);
  return state?.claimable === false && !isFinal(types, ticket);
}

/** A base branch that is not there (renamed, or never made) hides nothing else. */
async function unmergedWork(
  project: Project,
): Promise<{ readonly ids: readonly string[]; readonly trouble?: string | undefined }> {
  try {
    return { ids: await project.branches.unmerged() };
  } catch (error) {
    if (!failedWith(error, "BRANCH_MISSING") || !(error instanceof Error)) throw error;
    return { ids: [], trouble: `What is to be merged is not known: ${error.message}` };
  }
}

/** Looked for only where an agent was started in a pane; a tmux that does not answer shows nothing. */
async function paneSession(
  project: Project,
  agents: readonly AgentStatus[],
): Promise<ProjectStatus["session"]["tmux"]> {
  if (!agents.some(({ handle }) => typeof handle?.data["paneId"] === "string")) return null;
  const session = await project.panes?.session().catch((error: unknown) => {
    if (failedWith(error, "RUNNER_FAILED")) return undefined;
    throw error;
  });
  if (session === undefined) return null;
  const { name, socketPath, panes } = session;
  return { name, socketPath, panes: panes.length };
}

function agentRow(agent: AgentStatus, messages: readonly KeptMessage[]) {
  const { facts, ticketId, ticketState, state, why, says, uptimeMs } = agent;
  const gone = goneWorktree(agent);
  return {
    agentId: facts.agentId,
    ticketId: ticketId ?? null,
    ticketState: ticketState ?? null,
    state,
    why: gone === undefined ? why : `${why}; ${gone.why}`,
    says: says ?? null,
    messages: messages.filter(({ agentId }) => agentId === facts.agentId),
    uptimeMs,
  };
}

/** States of the default type and of every type that is in use, in their order; then what only a ticket knows. */
function stateNames({ defaultType, types }: TicketTypes, tickets: readonly TicketFacts[]): readonly string[] {
  const inUse = [defaultType, ...tickets.map(({ type }) => type)];
  const declared = [...new Set(inUse)].flatMap(
    (name) => types[name]?.states.map((state) => state.name) ?? [],
  );
  return [...new Set([...declared, ...tickets.map(({ state }) => state)])];
}

/** Tickets and agents that want words of a person; the other kinds have sections of their own. */
const asking: ReadonlySet<Waiting["kind"]> = new Set([
  "action-required",
  "question",
  "blocked",
  "idle",
  "worktree-gone",
  "message",
]);

export function statusText(status: ProjectStatus, isVerbose: boolean): string {
  const { session } = status;
  const lines = ["", `SESSION: ${session.name}`];
  lines.push(session.isRunning ? `  Panes: ${session.running}` : "  (not running)");
  lines.push(...supervisorLines(status.supervisor, isVerbose));
  if (isVerbose && session.tmux !== null) {
    const { name, panes, socketPath } = session.tmux;
    lines.push(`  tmux: ${name}, panes: ${panes}, socket ${socketPath} (wiggum attach)`);
  }
  lines.push("", "AGENTS:");
  if (status.agents.length === 0) lines.push("  (no agents)");
  const rows = status.agents.map(({ agentId, ticketId, ticketState, uptimeMs, state }) => [
    agentId,
    ticketId ?? "—",
    ticketState ?? "—",
    duration(uptimeMs),
    state,
  ]);
  const widths = fittedWidths(rows, [12, 12, 12, 8]);
  for (const [index, agent] of status.agents.entries()) {
    lines.push(`  ${row(rows[index] ?? [], widths).trimEnd()}`);
    if (!isVerbose) continue;
    lines.push(`    ${agent.why}`, ...agent.messages.map((message) => `    ${messageText(message)}`));
  }
  lines.push("", "TICKETS:");
  for (const { state, count, blocked } of status.tickets) {
    lines.push(`  ${state}: ${count}${blocked > 0 ? ` (${blocked} blocked)` : ""}`);
  }
  if (isVerbose) {
    lines.push("", "READY TICKETS:", ...status.ready.map(({ id, title }) => `  ${id}: ${title}`));
    if (status.ready.length === 0) lines.push("  (none)");
  }
  lines.push(...poolLines(status.pool), ...mergeQueueLines(status.mergeQueue));
  if (status.upstream !== null) lines.push("", "UPSTREAM:", ...upstreamLines(status.upstream, Date.now()));
  const asked = status.waiting.filter(({ kind }) => asking.has(kind));
  if (asked.length > 0) lines.push("", "A PERSON MUST ACT:", ...asked.map((one) => `  ${waitingText(one)}`));
  lines.push(...notStartedLines(status.notStarted));
  if (status.failedHooks.length > 0) {
    const commands = status.failedHooks.map(
      ({ eventId, hook, ticketId }) => `  ${hook} (${ticketId}): wiggum hook retry ${eventId} ${hook}`,
    );
    lines.push("", "FAILED HOOKS:", ...commands);
  }
  if (status.unmerged.length > 0) {
    lines.push("", "TO MERGE:", ...status.unmerged.map((id) => `  wiggum branch merge ${id}`));
  }
  const waiting = status.waiting.length;
  if (waiting > 0) lines.push("", `WAITS FOR YOU: ${waiting} (wiggum inbox)`);
  return `${lines.map((line) => printable(line)).join("\n")}\n`;
}

function mergeQueueLines(queue: MergeQueueStatus | null): readonly string[] {
  if (queue === null) return [];
  const { testing, waiting, since, log } = queue;
  return [
    "",
    "MERGE QUEUE:",
    `  testing: ${testing.length === 0 ? "the base branch by itself" : testing.join(", ")}, since ${since}`,
    ...(waiting.length === 0 ? [] : [`  waiting: ${waiting.join(", ")}`]),
    ...(log === null ? [] : [`  log: ${log}`]),
  ];
}

function supervisorLines(supervisor: Scheduler | null, isVerbose: boolean): readonly string[] {
  if (supervisor === null) return isVerbose ? ["  Supervisor: none (wiggum run)"] : [];
  const { pid, host, since } = supervisor;
  const where = host === hostname() ? "" : ` on ${host}`;
  return [`  Supervisor: process ${pid}${where}, since ${since}`];
}

/** One line for tmux: agents that run in green, tickets that are ready in yellow. */
export function statusLine({ session, ready }: ProjectStatus): string {
  return `#[fg=green]${session.running}#[default] #[fg=yellow]${ready.length}#[default]\n`;
}
