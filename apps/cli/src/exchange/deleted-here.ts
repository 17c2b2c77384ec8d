// Which records were tickets here, and were deleted by somebody since: an import does not bring them back unasked.
import type { Ticket, TicketBackend, TicketId } from "@wiggum/ticket-core";

/** What is known of tickets that are gone. */
export interface DeletedHere {
  /** Was a ticket of this id deleted? */
  readonly hasId: (id: TicketId) => boolean;
  /** Was the ticket deleted that an import made of this record? `importedId` as the ticket named it. */
  readonly hasImported: (format: string, importedId: string) => boolean;
}

/** The same as `imported_from` and `imported_id` of a ticket that an import made. */
function originOf({ fields }: Pick<Ticket, "fields">): string | undefined {
  const { imported_from: from, imported_id: id } = fields;
  return typeof from === "string" && typeof id === "string" ? originKey(from, id) : undefined;
}

function originKey(format: string, importedId: string): string {
  return JSON.stringify([format, importedId]);
}

/**
 * Reads the whole history of the store: a ticket that is gone stands nowhere else.
 * @returns `undefined` where the store keeps no history, and nobody can know
 */
export async function findDeletedHere(backend: TicketBackend): Promise<DeletedHere | undefined> {
  if (backend.watch === undefined) return undefined;
  const gone = new Map<TicketId, string | undefined>();
  const there = new Set<string>();
  for await (const { id, before, after } of backend.watch(undefined, { follow: false })) {
    if (after === undefined) {
      gone.set(id, before && originOf(before.ticket));
      const origin = gone.get(id);
      if (origin !== undefined) there.delete(origin);
      continue;
    }
    gone.delete(id);
    const origin = originOf(after.ticket);
    if (origin !== undefined) there.add(origin);
  }
  const origins = new Set([...gone.values()].filter((origin) => origin !== undefined && !there.has(origin)));
  return {
    hasId: (id) => gone.has(id),
    hasImported: (format, importedId) => origins.has(originKey(format, importedId)),
  };
}
