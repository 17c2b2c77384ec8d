import type { TicketProblem, TicketWrite } from "./backend.js";
import { decodeTicket, encodeTicket } from "./codec.js";
import { isTicketError, TicketError } from "./errors.js";
import type { Actor, TicketId, TicketRecord, Timestamp } from "./ticket.js";
import { isSameTicket } from "./ticket-changes.js";

/** What the memory backend keeps under an id. */
export interface MemoryFile {
  readonly text: string;
  readonly revision: string;
  readonly record?: TicketRecord | undefined;
  /** Why it cannot be read. */
  readonly problem?: TicketError | undefined;
  readonly by: Actor;
  readonly at?: Timestamp | undefined;
}

/** The text as a record, or what is wrong with it. */
export function readFile(
  id: TicketId,
  text: string,
  revision: string,
): Pick<MemoryFile, "record" | "problem"> {
  try {
    const ticket = decodeTicket(text, { path: `${id}.md` });
    return { record: freeze({ ticket, revision, fence: { id, epoch: ticket.leaseEpoch }, text }) };
  } catch (error) {
    if (isTicketError(error, "TICKET_UNREADABLE")) return { problem: error };
    throw error;
  }
}

export function problemOf(id: TicketId, { problem }: MemoryFile): TicketProblem | undefined {
  if (!isTicketError(problem, "TICKET_UNREADABLE")) return undefined;
  const { code, message } = problem;
  const { line } = problem.data;
  return { code, id, path: `${id}.md`, ...(line !== undefined && { line }), message };
}

/** The text that a change makes of the stored one; `null` = none. @throws TICKET_INVALID */
export function encodeChange(change: TicketWrite, previous: string | undefined): string | null {
  const { id, next, verbatim } = change;
  if (next === null) return null;
  if (next.id !== id) {
    throw new TicketError("TICKET_INVALID", `${id}: the ticket bears another id`, { id, field: "id" });
  }
  if (verbatim === undefined) return encodeTicket(next, previous);
  if (isSameTicket(decodeTicket(verbatim), next)) return verbatim;
  throw new TicketError("TICKET_INVALID", `${id}: the text is not that of the ticket`, { id });
}

/** Nobody can change what the store keeps by way of what it gave out. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}
