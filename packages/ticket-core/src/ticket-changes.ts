// Changes as pure functions, ticket to ticket. They do not judge: the backend asks the judge about what comes out.
import { transitionBetween } from "./legality.js";
import type { Reference, Ticket, TicketId, Timestamp } from "./ticket.js";
import type { TicketTransition, TicketType } from "./ticket-type.js";

/** A moment as tickets write it: UTC, to the second. */
export function timestampOf(moment: Date): Timestamp {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

/** `assignedAgentId` and `assignedAt`, for a change that gives the ticket to somebody. */
function holder(agentId: string, at: Timestamp): Pick<Ticket, "assignedAgentId" | "assignedAt"> {
  return { assignedAgentId: agentId, assignedAt: at };
}

const nobody = { assignedAgentId: undefined, assignedAt: undefined } as const;

/**
 * The ticket after this edge: its state, and what the effects of the edge do to it. `claim` and `release` start a new epoch, so that whoever
 * held the ticket before is fenced; `claim` gives it to `agentId`, if there is one. (`merge` is about branches and changes nothing here.)
 */
export function followTransition(
  ticket: Ticket,
  edge: TicketTransition,
  at: Timestamp,
  agentId?: string,
): Ticket {
  const claims = edge.effects.includes("claim");
  const releases = edge.effects.includes("release");
  return {
    ...ticket,
    ...(releases && nobody),
    ...(claims && agentId !== undefined && holder(agentId, at)),
    state: edge.to,
    leaseEpoch: ticket.leaseEpoch + (claims || releases ? 1 : 0),
  };
}

/** The ticket in this state, by the edge of its type if there is one, else by the state alone (outside the state machine). */
export function moveToState(
  ticket: Ticket,
  to: string,
  type: TicketType | undefined,
  at: Timestamp,
  agentId?: string,
): Ticket {
  const edge = transitionBetween(type, ticket.state, to);
  return edge === undefined ? { ...ticket, state: to } : followTransition(ticket, edge, at, agentId);
}

/** Same state, this agent, a new epoch: whoever held the ticket is fenced. */
export function takeOverTicket(ticket: Ticket, agentId: string, at: Timestamp): Ticket {
  return { ...ticket, ...holder(agentId, at), leaseEpoch: ticket.leaseEpoch + 1 };
}

/** Back to the type's initial state, with nobody, in a new epoch. */
export function releaseTicket(ticket: Ticket, type: TicketType): Ticket {
  return { ...ticket, ...nobody, state: type.initial, leaseEpoch: ticket.leaseEpoch + 1 };
}

/** State unchanged. Taking it from another agent starts a new epoch: that agent is fenced. */
export function assignTicket(ticket: Ticket, agentId: string, at: Timestamp): Ticket {
  if (ticket.assignedAgentId === agentId) return ticket;
  const epoch = ticket.leaseEpoch + (ticket.assignedAgentId === undefined ? 0 : 1);
  return { ...ticket, ...holder(agentId, at), leaseEpoch: epoch };
}

/** State unchanged, nobody holds it; who did is fenced. */
export function unassignTicket(ticket: Ticket): Ticket {
  if (ticket.assignedAgentId === undefined && ticket.assignedAt === undefined) return ticket;
  const epoch = ticket.leaseEpoch + (ticket.assignedAgentId === undefined ? 0 : 1);
  return { ...ticket, ...nobody, leaseEpoch: epoch };
}

/** The ticket with `on` among what it depends on, each once and sorted. Cycles are not looked for: `tickets.addDependency` does. */
export function addDependencyTo(ticket: Ticket, on: TicketId): Ticket {
  return { ...ticket, dependsOn: withItem(ticket.dependsOn, on) };
}

/** The ticket without `on` among what it depends on. */
export function removeDependencyFrom(ticket: Ticket, on: TicketId): Ticket {
  return { ...ticket, dependsOn: ticket.dependsOn.filter((id) => id !== on) };
}

/** The ticket with this label, each once and sorted. */
export function addLabel(ticket: Ticket, label: string): Ticket {
  return { ...ticket, labels: withItem(ticket.labels, label) };
}

/** The ticket without this label. */
export function removeLabel(ticket: Ticket, label: string): Ticket {
  return { ...ticket, labels: ticket.labels.filter((item) => item !== label) };
}

/** The ticket with this reference at the end, unless one of that kind and target is there. */
export function addReference(ticket: Ticket, reference: Reference): Ticket {
  const isThere = ticket.references.some(
    ({ kind, target }) => kind === reference.kind && target === reference.target,
  );
  return isThere ? ticket : { ...ticket, references: [...ticket.references, reference] };
}

/** The ticket with a person's action being required: why, since when (ISO 8601), and who says so. */
export function requireActionOn(ticket: Ticket, reason: string, at: Timestamp, by: string): Ticket {
  return { ...ticket, actionRequired: { reason, since: at, by } };
}

/** The ticket without a person's action being required. */
export function clearActionOn(ticket: Ticket): Ticket {
  return { ...ticket, actionRequired: undefined };
}

function withItem(items: readonly string[], item: string): readonly string[] {
  return items.includes(item) ? items : [...items, item].sort();
}

/** Are these the same value? An absent member and an undefined one are. */
export function isSameTicket(left: Ticket, right: Ticket): boolean {
  return left === right || canonical(left) === canonical(right);
}

/** Is `next` the ticket that was there, `updatedAt` apart? Such a change need not be written. */
export function changesNothing(base: Ticket, next: Ticket): boolean {
  return isSameTicket(base, { ...next, updatedAt: base.updatedAt });
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}
