// Tickets that were over long ago, out of the working set: a mark in the ticket itself. It is found, read and depended on as ever; lists leave it out
// unless they are asked for it. Whatever moves its state takes the mark away.
import { isFinal } from "./legality.js";
import type { Ticket, TicketFacts, Timestamp } from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";

/** The front matter key: when it was archived. */
const archivedField = "archived_at";

/** Was this ticket taken out of the working set? */
export function isArchived({ fields }: Pick<Ticket, "fields">): boolean {
  return fields[archivedField] !== undefined;
}

/** The ticket, archived at this moment (ISO 8601). One that was archived before stays as it is. */
export function archiveTicket(ticket: Ticket, at: Timestamp): Ticket {
  if (isArchived(ticket)) return ticket;
  return { ...ticket, fields: { ...ticket.fields, [archivedField]: at } };
}

/** The ticket, back in the working set. */
export function bringBackTicket(ticket: Ticket): Ticket {
  if (!isArchived(ticket)) return ticket;
  const { [archivedField]: _mark, ...fields } = ticket.fields;
  return { ...ticket, fields };
}

/**
 * May it be archived: it is over, held by nobody who works on it, asks nothing of a person, and nobody wrote it since this moment? One that does not
 * tell when it was written stays.
 */
export function isLongOver(types: TicketTypes, ticket: TicketFacts, before: Date): boolean {
  if (isArchived(ticket) || ticket.actionRequired !== undefined || !isFinal(types, ticket)) return false;
  const writtenMs = Date.parse(ticket.updatedAt ?? ticket.createdAt ?? "");
  return writtenMs < before.getTime();
}
