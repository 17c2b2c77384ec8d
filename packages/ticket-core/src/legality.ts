// What a ticket type says about states and edges: questions asked by the judge, by tickets and by the workflow.
import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import type { Ticket } from "./ticket.js";
import type { TicketState, TicketTransition, TicketType, TicketTypes } from "./ticket-type.js";

/** The type of that name, or undefined. */
export function findType(types: TicketTypes, name: string): TicketType | undefined {
  return Object.hasOwn(types.types, name) ? types.types[name] : undefined;
}

/** The type of that name. @throws TYPE_UNKNOWN */
export function typeNamed(types: TicketTypes, name: string): TicketType {
  const type = findType(types, name);
  if (type === undefined) throw unknownType(types, name);
  return type;
}

/** The state of that name, or undefined. */
export function findState(type: TicketType | undefined, name: string): TicketState | undefined {
  return type?.states.find((state) => state.name === name);
}

/** The edge between two states, or undefined where the type has none. */
export function transitionBetween(
  type: TicketType | undefined,
  from: string,
  to: string,
): TicketTransition | undefined {
  return type?.transitions.find((edge) => edge.from === from && edge.to === to);
}

/** The edge that leaves `from` and bears this verb (`approve`, `close`, …), or undefined. */
export function transitionNamed(
  type: TicketType | undefined,
  from: string,
  name: string,
): TicketTransition | undefined {
  return type?.transitions.find((edge) => edge.from === from && edge.name === name);
}

/** The edge by which a ticket in this state is claimed, or undefined. One that leads back to the same state claims the ticket where it is. */
export function claimTransition(type: TicketType | undefined, from: string): TicketTransition | undefined {
  return type?.transitions.find((edge) => edge.from === from && edge.effects.includes("claim"));
}

/** Other states that an edge leads to from this one, in the order of the type, each once. */
export function allowedStates(type: TicketType | undefined, from: string): readonly string[] {
  const edges = type?.transitions.filter((edge) => edge.from === from && edge.to !== from) ?? [];
  return [...new Set(edges.map((edge) => edge.to))];
}

/** Does somebody hold this ticket in a state in which it is claimed where it is? Then it waits there for nobody else. */
export function isHeldInPlace(
  types: TicketTypes,
  ticket: Pick<Ticket, "type" | "state" | "assignedAgentId">,
): boolean {
  const edge = claimTransition(findType(types, ticket.type), ticket.state);
  return edge !== undefined && edge.to === edge.from && ticket.assignedAgentId !== undefined;
}

/** Does this edge ask for more than a write: guards, before-hooks, a claim, a merge? Then a bare transition is refused. */
export function needsWorkflow(edge: TicketTransition): boolean {
  return isGuarded(edge) || edge.effects.includes("claim");
}

/** Does this edge ask for more than a write, apart from the claim itself? */
export function isGuarded(edge: TicketTransition): boolean {
  return edge.guards.length > 0 || edge.before.length > 0 || edge.effects.includes("merge");
}

/** Is this ticket over? A ticket of an unknown type or state is not. */
export function isFinal(types: TicketTypes, ticket: Pick<Ticket, "type" | "state">): boolean {
  return findState(findType(types, ticket.type), ticket.state)?.final ?? false;
}

/** Does a dependant count this ticket as delivered? */
export function isDelivered(types: TicketTypes, ticket: Pick<Ticket, "type" | "state">): boolean {
  return findState(findType(types, ticket.type), ticket.state)?.satisfiesDependants ?? false;
}

/** May a ticket be claimed in this state (dependencies and people apart)? */
export function isClaimableState(types: TicketTypes, ticket: Pick<Ticket, "type" | "state">): boolean {
  return findState(findType(types, ticket.type), ticket.state)?.claimable ?? false;
}

/** The error for a type that is not there. Answered, not thrown. */
export function unknownType(types: TicketTypes, name: string): TicketError<"TYPE_UNKNOWN"> {
  const valid = Object.keys(types.types);
  return new TicketError(
    "TYPE_UNKNOWN",
    `Unknown ticket type: ${printable(name)}`,
    { type: name, valid },
    { hint: `Valid types: ${valid.join(", ")}.` },
  );
}

/** The error for a state that the type does not have. Answered, not thrown. */
export function unknownState(type: TicketType, name: string, id?: string): TicketError<"STATE_UNKNOWN"> {
  const valid = type.states.map((state) => state.name);
  return new TicketError(
    "STATE_UNKNOWN",
    `Invalid state: ${printable(name)}`,
    { id, state: name, valid },
    { hint: `Valid states: ${valid.join(", ")}.` },
  );
}

/** The refusal of an edge that does not exist; `since` tells who set the state that the ticket is in, and when. */
export function transitionRefused(
  ticket: Ticket,
  to: string,
  type: TicketType | undefined,
  since: { readonly setBy?: string | undefined; readonly setAt?: string | undefined } = {},
): TicketError<"TRANSITION_NOT_ALLOWED"> {
  const from = ticket.state;
  const allowed = allowedStates(type, from);
  const setter = since.setBy === undefined ? "" : `, set by ${printable(since.setBy)}`;
  const moment = since.setAt === undefined ? "" : ` at ${printable(since.setAt)}`;
  const message =
    from === to
      ? `${ticket.id} is in state '${printable(from)}' already${setter}${moment}`
      : `Cannot transition ${ticket.id} from '${printable(from)}' to '${printable(to)}'${setter}${moment}`;
  return new TicketError(
    "TRANSITION_NOT_ALLOWED",
    message,
    { id: ticket.id, from, to, allowed, ...since },
    {
      hint: allowed.length
        ? `Allowed transitions from '${printable(from)}': ${allowed.join(", ")}.`
        : `No transition leaves '${printable(from)}'.`,
    },
  );
}
