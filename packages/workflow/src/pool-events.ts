import type { TicketId } from "@wiggum/ticket-core";
import type { SupervisedAgent, SupervisorFacts } from "./supervisor-facts.js";

/** What an agent's session came to. */
export interface AgentResult {
  readonly ticketId: TicketId;
  /** The state that its ticket is in now. */
  readonly state: string;
}

/** What happened to an agent between two looks. */
export type AgentPoolEvent =
  | { readonly name: "agent:started"; readonly agent: SupervisedAgent }
  /** Its session ended, and its ticket has moved on. */
  | { readonly name: "agent:completed"; readonly agent: SupervisedAgent; readonly result: AgentResult }
  /** Its session ended, and its ticket is where it was. */
  | { readonly name: "agent:failed"; readonly agent: SupervisedAgent; readonly error: Error }
  /** It wants something of a person, or its ticket does. */
  | { readonly name: "agent:waiting"; readonly agent: SupervisedAgent; readonly reason: string };

/**
 * What happened to agents between two looks, in the order of the second. Pure. A session that began and ended in between has both events;
 * `before` absent = the first look, to which everything that runs was there already (adopted, not started).
 */
export function poolEvents(
  before: SupervisorFacts | undefined,
  after: SupervisorFacts,
): readonly AgentPoolEvent[] {
  if (before === undefined) return [];
  const former = new Map(before.agents.map((agent) => [sessionOf(agent), agent]));
  const present = new Set(after.agents.map(sessionOf));
  const events: AgentPoolEvent[] = [];
  for (const agent of after.agents) {
    const known = former.get(sessionOf(agent));
    if (known === undefined) events.push({ name: "agent:started", agent });
    if (agent.isEnded && known?.isEnded !== true) events.push(endOf(agent, after));
    const reason = waitsFor(agent, after);
    if (reason !== undefined && (known === undefined || waitsFor(known, before) !== reason))
      events.push({ name: "agent:waiting", agent, reason });
  }
  for (const agent of before.agents) {
    const isReplaced = agent.generation !== undefined && !present.has(sessionOf(agent));
    if (isReplaced && !agent.isEnded) events.push(endOf(agent, after));
  }
  return events;
}

const sessionOf = ({ agentId, generation }: SupervisedAgent) => `${agentId} ${generation ?? ""}`;

function endOf(agent: SupervisedAgent, { tickets }: SupervisorFacts): AgentPoolEvent {
  const ticket = tickets.find(({ id }) => id === agent.ticketId);
  if (ticket === undefined || ticket.roles.includes(agent.role) || ticket.isWorkable) {
    const why = ticket?.lastFailure ?? "its session ended, and its ticket did not move";
    return { name: "agent:failed", agent, error: new Error(why) };
  }
  return { name: "agent:completed", agent, result: { ticketId: ticket.id, state: ticket.state } };
}

/** What it asks; or why its ticket is a person's now. */
function waitsFor(agent: SupervisedAgent, { tickets }: SupervisorFacts): string | undefined {
  if (agent.asks !== undefined && !agent.isEnded) return agent.asks;
  const ticket = tickets.find(({ id }) => id === agent.ticketId);
  if (ticket?.needsPerson !== true || ticket.assignedAgentId !== agent.agentId) return undefined;
  return ticket.personReason ?? "a person must act";
}
