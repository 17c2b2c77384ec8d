import { findState, findType, type Ticket, type TicketTypes } from "@wiggum/ticket-core";
import { type TicketsDirState, ticketsDirStates } from "./tickets-dir-type.js";

/** Is this a word that tk knows? */
export function isTkStatus(state: string): state is TicketsDirState {
  return (ticketsDirStates as readonly string[]).includes(state);
}

/**
 * What a state comes down to in the words of tk: over = `closed`; the initial state, and those that may be claimed = `open`; all else =
 * `in_progress`.
 */
export function tkStatusOf(
  { type, state }: Pick<Ticket, "type" | "state">,
  types: TicketTypes,
): TicketsDirState {
  if (isTkStatus(state)) return state;
  const known = findType(types, type);
  const found = findState(known, state);
  if (found?.final === true) return "closed";
  return state === known?.initial || found?.claimable === true ? "open" : "in_progress";
}

/**
 * The state of a ticket whose file has a status and, as a key that tk keeps and ignores, a state of its type. When tk wrote the file, or somebody
 * moved the ticket by it, the status is right: then it is the state of that name, if it means what tk does by it, else the first one that comes
 * down to it; of those that are over one that delivers to dependants, as `closed` does for tk.
 */
export function stateOf(type: string, status: string, kept: string | undefined, types: TicketTypes): string {
  const isKept =
    !isTkStatus(status) || (kept !== undefined && tkStatusOf({ type, state: kept }, types) === status);
  if (isKept) return kept ?? status;
  const same = findState(findType(types, type), status);
  if (same !== undefined && (!same.final || same.satisfiesDependants)) return status;
  const states = findType(types, type)?.states ?? [];
  const fitting = states.filter(({ name }) => tkStatusOf({ type, state: name }, types) === status);
  return (fitting.find(({ satisfiesDependants }) => satisfiesDependants) ?? fitting[0])?.name ?? status;
}
