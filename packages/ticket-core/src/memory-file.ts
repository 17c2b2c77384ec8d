import type { TicketProblem } from "./backend.js";
import { decodeTicket } from "./codec.js";
import { isTicketError, type TicketError } from "./errors.js";
import type { Actor, TicketId, TicketRecord, Timestamp } from "./ticket.js";

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

/** Nobody can change what the store keeps by way of what it gave out. */
export function freeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
  return value;
}
