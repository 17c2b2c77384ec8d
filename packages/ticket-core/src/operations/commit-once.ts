import type { CommitReceipt, TicketChange, TicketCommit } from "../backend.js";
import { isTicketError, TicketError } from "../errors.js";
import { printable } from "../printable.js";
import type { OperationId, TicketId, TicketRecord } from "../ticket.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";

/**
 * Runs a write under the caller's operation id, or a new one. An operation that was committed before is answered with what it wrote, whatever
 * became of the ticket since: before the write is tried, and again if it is refused, since its twin may have come first.
 */
export async function once<Context extends WriteContext>(
  { backend, newId }: TicketsPorts,
  context: Context,
  write: (context: Context & { readonly operationId: OperationId }) => Promise<TicketRecord>,
): Promise<TicketRecord> {
  const { operationId, isNewOperation = false } = context;
  if (operationId === undefined || isNewOperation) {
    return write({ ...context, operationId: operationId ?? newId() });
  }
  const committed = async () => {
    const outcome = await backend.outcome(operationId);
    return outcome.status === "committed" ? outcome.receipt.records[0] : undefined;
  };
  const before = await committed();
  if (before !== undefined) return before;
  try {
    return await write({ ...context, operationId });
  } catch (error) {
    // When the store cannot say either, the refusal is what the caller must know.
    const twin = await committed().catch(() => undefined);
    if (twin !== undefined) return twin;
    throw error;
  }
}

/** What a write adds to its context. */
export type CommitContents = Pick<TicketCommit, "at" | "subject" | "changes" | "requires" | "override">;

/** Commits for this caller. An unknown outcome is asked for once; if the store does not know it either, COMMIT_UNKNOWN goes on to the caller. */
export async function submit(
  { backend }: TicketsPorts,
  context: WriteContext & { readonly operationId: OperationId },
  contents: CommitContents,
): Promise<CommitReceipt> {
  const { operationId, actor, fence, cause, override, skipHooks } = context;
  const subject = printable(contents.subject);
  const commit = { operationId, actor, fence, cause, override, skipHooks, ...contents, subject };
  try {
    return await backend.commit(commit);
  } catch (error) {
    if (!isTicketError(error, "COMMIT_UNKNOWN")) throw error;
    const outcome = await backend.outcome(operationId).catch(() => undefined);
    if (outcome?.status === "committed") return outcome.receipt;
    throw error;
  }
}

/** The record that a commit of one ticket wrote. */
export function writtenRecord(receipt: CommitReceipt, id: TicketId): TicketRecord {
  const record = receipt.records[0];
  if (record !== undefined) return record;
  throw new TicketError("STORE_BROKEN", `The store took a write of ${id} and answered without it`, {
    path: id,
  });
}

/** The last change of a ticket that `matches`, where the backend keeps a history. Reads all of it: for messages only. */
export async function lastChange(
  { backend }: TicketsPorts,
  id: TicketId,
  matches: (change: TicketChange) => boolean = () => true,
): Promise<TicketChange | undefined> {
  if (backend.history === undefined) return undefined;
  let last: TicketChange | undefined;
  for await (const change of backend.history(id)) if (matches(change)) last = change;
  return last;
}

/** The refusal of a write that was made from another revision than the stored one. */
export async function conflictWith(
  ports: TicketsPorts,
  current: TicketRecord,
  expected: string,
): Promise<TicketError<"TICKET_CONFLICT">> {
  const { id } = current.ticket;
  const last = await lastChange(ports, id);
  const winner = last === undefined ? "" : ` by ${printable(last.actor.id)} at ${last.at}`;
  return new TicketError(
    "TICKET_CONFLICT",
    `${id} was changed${winner}; nothing was written`,
    { id, expected, current, ...(last && { by: last.actor, at: last.at }) },
    { hint: "Read it again and decide again." },
  );
}
