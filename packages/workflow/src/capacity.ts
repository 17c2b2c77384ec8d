// Which agents use a slot, and which ticket an agent works on. Tickets decide, not the registry.
import {
  findState,
  findType,
  isFinal,
  type TicketFacts,
  type TicketId,
  type Tickets,
  type TicketTypes,
} from "@wiggum/ticket-core";
import type { AgentFacts } from "./registry.js";

/** Orchestrates, works on no ticket, uses no slot. */
export const supervisorRole = "supervisor";

/** Tickets that may say something about agents: those given to them, and those they were started for. */
export interface AgentTickets {
  assignedTo(agentId: string): readonly TicketFacts[];
  /** `undefined` = not found or not readable. */
  ticket(id: TicketId): TicketFacts | undefined;
}

/** Sorts tickets by their id and by who holds them, for looking up. */
export function agentTickets(tickets: Iterable<TicketFacts>): AgentTickets {
  const byId = new Map<TicketId, TicketFacts>();
  const byAgent = new Map<string, TicketFacts[]>();
  for (const ticket of tickets) {
    byId.set(ticket.id, ticket);
    const agentId = ticket.assignedAgentId;
    if (agentId === undefined) continue;
    const held = byAgent.get(agentId);
    if (held === undefined) byAgent.set(agentId, [ticket]);
    else held.push(ticket);
  }
  return { assignedTo: (agentId) => byAgent.get(agentId) ?? [], ticket: (id) => byId.get(id) };
}

/** Reads what `usesSlot` and `ticketOfAgent` need to know about these agents. */
export async function readAgentTickets(
  tickets: Tickets,
  agents: readonly AgentFacts[],
): Promise<AgentTickets> {
  if (agents.length === 0) return agentTickets([]);
  const agentIds = agents.map((agent) => agent.agentId);
  const ids = agents.flatMap((agent) => (agent.ticketId === undefined ? [] : [agent.ticketId]));
  const pages = await Promise.all([
    tickets.summaries({ assignedAgentIds: agentIds }),
    ...(ids.length === 0 ? [] : [tickets.summaries({ ids: [...new Set(ids)] })]),
  ]);
  const found = new Map(pages.flatMap((page) => page.tickets).map(({ ticket }) => [ticket.id, ticket]));
  return agentTickets(found.values());
}

/**
 * The ticket of an agent: of those given to it one that is not over, the one given last; else any given to it; else the one that it
 * was started for.
 */
export function ticketOfAgent(
  agent: AgentFacts,
  tickets: AgentTickets,
  types: TicketTypes,
): TicketFacts | undefined {
  const assigned = [...tickets.assignedTo(agent.agentId)].sort(
    (left, right) =>
      Number(isFinal(types, left)) - Number(isFinal(types, right)) ||
      compare(right.assignedAt ?? "", left.assignedAt ?? "") ||
      compare(left.id, right.id),
  );
  return assigned[0] ?? (agent.ticketId === undefined ? undefined : tickets.ticket(agent.ticketId));
}

/**
 * Does this agent use one of the `maxAgents` slots? Only while it is live and its ticket may want its work: one that waits while
 * others review or test uses none, so that with a single slot everything still finishes.
 *
 * A ticket in a claimable state counts: its agent is just about to claim it, and the reader's copy may be older than that claim.
 * So does one that cannot be read. Fifty spawns at one instant would otherwise overshoot.
 */
export function usesSlot(agent: AgentFacts, tickets: AgentTickets, types: TicketTypes): boolean {
  if (!agent.isLive || agent.role === supervisorRole) return false;
  if (agent.session?.handle === undefined) return true;
  const started = agent.ticketId === undefined ? [] : [tickets.ticket(agent.ticketId)];
  const concerned = [...tickets.assignedTo(agent.agentId), ...started];
  return concerned.length === 0 || concerned.some((ticket) => wantsWork(ticket, agent.role, types));
}

function wantsWork(ticket: TicketFacts | undefined, role: string, types: TicketTypes): boolean {
  if (ticket === undefined) return true;
  const state = findState(findType(types, ticket.type), ticket.state);
  return state === undefined || state.claimable || state.roles.includes(role);
}

/** How many slots are in use. `has-capacity` asks the same as a spawn does; only the spawn decides. */
export function slotsUsed(agents: readonly AgentFacts[], tickets: AgentTickets, types: TicketTypes): number {
  return agents.filter((agent) => usesSlot(agent, tickets, types)).length;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
