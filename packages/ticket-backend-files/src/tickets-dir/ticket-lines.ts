import { isUnfinished, type ListedTicket } from "./listed-ticket.js";

/** Which tickets of a listing are wanted. Exact, and all of them must hold. */
export interface TicketFilter {
  readonly assignee?: string | undefined;
  readonly tag?: string | undefined;
  readonly status?: string | undefined;
}

/** Does this ticket pass? */
export function passes(ticket: ListedTicket, { assignee, tag, status }: TicketFilter): boolean {
  return (
    (assignee === undefined || ticket.assignee === assignee) &&
    (tag === undefined || ticket.tags.includes(tag)) &&
    (status === undefined || ticket.status === status)
  );
}

/** Dependencies of a ticket that it still waits for. One without a file is among them. */
export function openDeps(ticket: ListedTicket, byId: ReadonlyMap<string, ListedTicket>): readonly string[] {
  return ticket.deps.filter((id) => {
    const dependency = byId.get(id);
    return dependency === undefined || !dependency.isDelivered;
  });
}

/** Open tickets that wait for nothing, best first. */
export function readyTickets(tickets: readonly ListedTicket[]): readonly ListedTicket[] {
  const byId = byIdOf(tickets);
  return tickets
    .filter((ticket) => isUnfinished(ticket.status) && openDeps(ticket, byId).length === 0)
    .sort(byPriority);
}

/** Open tickets that wait for something, best first, each with what it waits for. */
export function blockedTickets(
  tickets: readonly ListedTicket[],
): readonly { readonly ticket: ListedTicket; readonly waitsFor: readonly string[] }[] {
  const byId = byIdOf(tickets);
  return tickets
    .filter((ticket) => isUnfinished(ticket.status))
    .map((ticket) => ({ ticket, waitsFor: openDeps(ticket, byId) }))
    .filter(({ waitsFor }) => waitsFor.length > 0)
    .sort((left, right) => byPriority(left.ticket, right.ticket));
}

/** Tickets by their id. */
export function byIdOf(tickets: readonly ListedTicket[]): ReadonlyMap<string, ListedTicket> {
  return new Map(tickets.map((ticket) => [ticket.id, ticket]));
}

/** By priority as a number (what is none comes last), then by id. */
export function byPriority(left: ListedTicket, right: ListedTicket): number {
  const difference = priorityNumber(left) - priorityNumber(right);
  return difference === 0 || Number.isNaN(difference) ? byIdOrder(left.id, right.id) : difference;
}

function priorityNumber({ priority }: ListedTicket): number {
  const value = Number(priority);
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

/** Order of ids: by code units. */
export function byIdOrder(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A line of `ls`. */
export function listLine({ id, status, title, deps }: ListedTicket): string {
  return `${id.padEnd(8)} [${status}] - ${title}${deps.length === 0 ? "" : ` <- [${deps.join(", ")}]`}`;
}

/** A line of `ready`. */
export function readyLine({ id, priority, status, title }: ListedTicket): string {
  return `${id.padEnd(8)} [P${priority}][${status}] - ${title}`;
}

/** A line of `blocked`. */
export function blockedLine(ticket: ListedTicket, waitsFor: readonly string[]): string {
  return `${readyLine(ticket)} <- [${waitsFor.join(", ")}]`;
}

/** A line of `closed`. */
export function closedLine({ id, status, title }: ListedTicket): string {
  return `${id.padEnd(8)} [${status}] - ${title}`;
}

/** `<id> [<status>] <title>`, as trees and sections show a ticket; status and title are empty for one without a file. */
export function shortLine(id: string, ticket: ListedTicket | undefined): string {
  return `${id} [${ticket?.status ?? ""}] ${ticket?.title ?? ""}`;
}
