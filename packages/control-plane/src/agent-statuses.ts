import type { Tickets } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentId,
  type AgentRegistry,
  type AgentRunner,
  type AgentTickets,
  type Clock,
  type DerivedState,
  deriveState,
  type Evidence,
  explainState,
  isWorkflowError,
  reachesSessionsOf,
  readAgentTickets,
  ticketOfAgent,
  usesSlot,
} from "@wiggum/workflow";
import type { AgentStatus } from "./project-sessions.js";

/** What `createAgentStatuses` works with. */
export interface AgentStatusesOptions {
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
  readonly tickets: Tickets;
  readonly clock: Clock;
}

/** All agents that were not ended by `kill`, as people see them: registry, runner and tickets put together. Only looks. */
export async function agentStatuses(options: AgentStatusesOptions): Promise<readonly AgentStatus[]> {
  const agents = await options.registry.list();
  const world = await readAgentTickets(options.tickets, agents);
  return Promise.all(agents.map((agent) => statusOf(agent, world, options)));
}

/** One agent, ended ones included; `undefined` = no agent of that name was ever known. */
export async function agentStatus(
  options: AgentStatusesOptions,
  agentId: AgentId,
): Promise<AgentStatus | undefined> {
  const agent = await options.registry.read(agentId);
  if (agent === undefined) return undefined;
  return statusOf(agent, await readAgentTickets(options.tickets, [agent]), options);
}

async function statusOf(
  agent: AgentFacts,
  world: AgentTickets,
  options: AgentStatusesOptions,
): Promise<AgentStatus> {
  const { tickets } = options;
  const { session } = agent;
  const ticket = ticketOfAgent(agent, world, tickets.types);
  const ticketId = ticket?.id ?? agent.ticketId;
  return {
    facts: agent,
    ...(await stateOf(agent, options)),
    ...(session?.handle === undefined ? {} : { handle: session.handle }),
    ...(ticketId === undefined ? {} : { ticketId }),
    ...(ticket === undefined ? {} : { ticketState: ticket.state }),
    usesSlot: usesSlot(agent, world, tickets.types),
    uptimeMs: uptime(agent, options.clock),
  };
}

async function stateOf(
  agent: AgentFacts,
  { runner, clock }: AgentStatusesOptions,
): Promise<Pick<AgentStatus, "state" | "why" | "says" | "request">> {
  const { session } = agent;
  if (session === undefined) return { state: "unknown", why: "it was never started" };
  if (session.endedAt !== undefined) return ended(session);
  if (session.handle === undefined) return { state: "starting", why: "starting (it is being started)" };
  if (!reachesSessionsOf(runner, session.runner)) {
    return {
      state: "unknown",
      why: `unknown (it runs with the ${session.runner} runner, which is not in use)`,
    };
  }
  const evidence = await observe(runner, session.handle);
  if (typeof evidence === "string") return { state: "unknown", why: `unknown (${evidence})` };
  const nowMs = clock.monotonicMs();
  const age = clock.now().getTime() - Date.parse(session.startedAt);
  const derived = deriveState(evidence, {
    nowMs,
    generation: session.generation,
    startedAtMs: nowMs - Math.max(0, age),
  });
  const says = wordsOf(derived);
  const request = runner.answer === undefined ? undefined : requestOf(derived);
  return {
    state: derived.state,
    why: explainState(derived),
    ...(says === undefined ? {} : { says }),
    ...(request === undefined ? {} : { request }),
  };
}

function wordsOf(derived: DerivedState): string | undefined {
  if (derived.state === "waiting_input") return derived.question;
  return derived.state === "blocked" ? derived.reason : undefined;
}

function requestOf(derived: DerivedState): AgentStatus["request"] {
  if (derived.state !== "waiting_input" || derived.requestId === undefined) return undefined;
  const { requestId: id, asks } = derived;
  return { id, ...(asks === undefined ? {} : { asks }) };
}

/** A look that failed makes nobody dead, idle or alive. */
async function observe(
  runner: AgentRunner,
  handle: Parameters<AgentRunner["observe"]>[0],
): Promise<readonly Evidence[] | string> {
  try {
    return await runner.observe(handle);
  } catch (error) {
    if (isWorkflowError(error, "RUNNER_FAILED") || isWorkflowError(error, "STALE_HANDLE"))
      return error.message;
    throw error;
  }
}

function ended(session: NonNullable<AgentFacts["session"]>): {
  readonly state: string;
  readonly why: string;
} {
  const reason = session.endReason ?? "ended";
  const code = session.exitCode === undefined ? "" : `, exit code ${session.exitCode}`;
  const state = reason === "lost" ? "lost" : "exited";
  return { state, why: `${state} (${reason}${code}, at ${session.endedAt ?? "an unknown time"})` };
}

function uptime({ session, createdAt }: AgentFacts, clock: Clock): number {
  const start = Date.parse(session?.startedAt ?? createdAt);
  const end = session?.endedAt === undefined ? clock.now().getTime() : Date.parse(session.endedAt);
  return Math.max(0, end - start);
}

export { poolState } from "./pool-state.js";
