import type { TicketBackend } from "../backend.js";
import { isTicketError } from "../errors.js";
import { checkTicketId, isTicketId, resolveId, ticketAmbiguous, ticketNotFound } from "../ids.js";
import type { TicketId, TicketRecord } from "../ticket.js";

/** Every id that is taken, unreadable tickets too; with `part`, at least those that contain it. */
export async function takenIds(backend: TicketBackend, part?: string): Promise<readonly TicketId[]> {
  if (backend.ids !== undefined) return backend.ids(part);
  const { tickets, problems } = await backend.list();
  const unreadable = problems.flatMap((problem) => problem.id ?? []);
  return [...new Set([...tickets.map((record) => record.ticket.id), ...unreadable])];
}

/** Full id for what a person typed: an id, whole or in part, or the whole of another name. @throws ID_INVALID TICKET_NOT_FOUND TICKET_AMBIGUOUS */
export async function findId(backend: TicketBackend, text: string, use: "read" | "write"): Promise<TicketId> {
  // What could not even be a part of an id never reaches the store.
  if (!isTicketId(text) && !/^[A-Za-z0-9._-]{1,200}$/.test(text)) checkTicketId(text);
  if (isTicketId(text) && (await exists(backend, text))) return text;
  const named = (await backend.idsNamed?.(text)) ?? [];
  if (named.length > 1) throw ticketAmbiguous(text, named);
  return named[0] ?? resolveId(text, await takenIds(backend, text), use);
}

async function exists(backend: TicketBackend, id: TicketId): Promise<boolean> {
  try {
    return (await backend.read(id)).record !== undefined;
  } catch (error) {
    // It is there, though nobody can read it: whoever goes on is told so.
    if (isTicketError(error, "TICKET_UNREADABLE")) return true;
    throw error;
  }
}

/** @throws TICKET_NOT_FOUND TICKET_UNREADABLE */
export async function readRecord(backend: TicketBackend, id: TicketId): Promise<TicketRecord> {
  const { record } = await backend.read(id);
  if (record === undefined) throw ticketNotFound(id);
  return record;
}

/** What is under an id: a record, nothing, or something unreadable. */
export async function lookUp(
  backend: TicketBackend,
  id: TicketId,
): Promise<{ readonly record?: TicketRecord | undefined; readonly isUnreadable: boolean }> {
  if (!isTicketId(id)) return { isUnreadable: false };
  try {
    return { record: (await backend.read(id)).record, isUnreadable: false };
  } catch (error) {
    if (isTicketError(error, "TICKET_UNREADABLE")) return { isUnreadable: true };
    throw error;
  }
}
