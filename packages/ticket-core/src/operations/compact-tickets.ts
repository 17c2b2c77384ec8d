import { archiveTicket, isLongOver } from "../archive.js";
import { isTicketError, TicketError } from "../errors.js";
import { withParsers } from "../parser-port.js";
import type { TicketId, TicketSummary } from "../ticket.js";
import { timestampOf } from "../ticket-changes.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { submit } from "./commit-once.js";

/** Tickets in one commit. */
const batchSize = 500;

/** How often others may be faster with one of them before it counts as busy. */
const mostAttempts = 20;

/** Tickets that are over and that nobody wrote since `before`, in the order of lists. @throws UNSUPPORTED */
export async function findLongOver(
  { backend, types }: TicketsPorts,
  before: Date,
): Promise<readonly TicketSummary[]> {
  if (backend.supports.archive !== true) {
    throw new TicketError(
      "UNSUPPORTED",
      `The store '${backend.name}' keeps no archive: its tickets stay in the list`,
      {
        what: "archive",
      },
    );
  }
  const all = Object.values(types.types).flatMap((type) => type.states);
  const states = [...new Set(all.filter(({ final }) => final).map(({ name }) => name))];
  const query = { states, archived: false };
  const { tickets } = await (backend.summaries?.(query) ?? backend.list(query));
  return tickets.filter(({ ticket }) => isLongOver(types, ticket, before));
}

/**
 * Archives them, so many in one commit: of a commit all are archived or none. One that was written meanwhile is looked at again. Gives the ids of those
 * that were archived by this call.
 */
export async function compactTickets(
  ports: TicketsPorts,
  before: Date,
  context: WriteContext,
): Promise<readonly TicketId[]> {
  const ids = (await findLongOver(ports, before)).map(({ ticket }) => ticket.id);
  const archived: TicketId[] = [];
  for (let start = 0; start < ids.length; start += batchSize)
    archived.push(...(await archiveBatch(ports, ids.slice(start, start + batchSize), before, context)));
  return archived;
}

async function archiveBatch(
  ports: TicketsPorts,
  ids: readonly TicketId[],
  before: Date,
  context: WriteContext,
): Promise<readonly TicketId[]> {
  const { backend, types, now, newId } = ports;
  for (let attempt = 1; ; attempt += 1) {
    const { tickets } = await backend.list({ ids });
    const at = timestampOf(now());
    const changes = await withParsers(() =>
      tickets
        .filter(({ ticket }) => isLongOver(types, ticket, before))
        .map(({ ticket, revision }) => ({
          id: ticket.id,
          expected: revision,
          next: { ...archiveTicket(ticket, at), updatedAt: at },
        })),
    );
    if (changes.length === 0) return [];
    const count = changes.length === 1 ? "1 ticket" : `${changes.length} tickets`;
    const subject = `Archive ${count} that ${changes.length === 1 ? "was" : "were"} over before ${timestampOf(before)}`;
    try {
      await submit(ports, { ...context, operationId: newId() }, { at, subject, changes });
      return changes.map(({ id }) => id);
    } catch (error) {
      if (!isTicketError(error, "TICKET_CONFLICT") || attempt >= mostAttempts) throw error;
    }
  }
}
