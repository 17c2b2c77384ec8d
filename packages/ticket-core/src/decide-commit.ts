import type { Judge, TicketCommit, TicketWrite } from "./backend.js";
import { decodeTicket, encodeTicket } from "./codec.js";
import { TicketError } from "./errors.js";
import { checkTicketId } from "./ids.js";
import { printable } from "./printable.js";
import type { Actor, Revision, Ticket, TicketId, TicketRecord, Timestamp } from "./ticket.js";
import { isSameTicket } from "./ticket-changes.js";

/** A ticket as a store has it now. */
export interface CurrentTicket {
  readonly revision: Revision;
  /** Absent = it cannot be read. */
  readonly record?: TicketRecord | undefined;
  /** Who wrote it last, and when, where the store knows. */
  readonly by?: Actor | undefined;
  readonly at?: Timestamp | undefined;
}

/** What a commit is decided with. Both are asked while nobody else can write. */
export interface CommitPorts {
  readonly judge: Judge;
  /** What is stored under an id; `undefined` = nothing. */
  readonly find: (id: TicketId) => CurrentTicket | undefined;
}

/**
 * Everything that the contract refuses a commit for, in the order of the contract, before a backend writes its first byte: the shape of the
 * commit, its fence, the revisions that it names, then the judge. Whether the operation was committed before is to be asked earlier.
 * @throws TICKET_INVALID, ID_INVALID, TICKET_FENCED, TICKET_CONFLICT, whatever `judge` refuses with
 */
export function decideCommit(commit: TicketCommit, { judge, find }: CommitPorts): void {
  const ids = commit.changes.map(({ id }) => checkTicketId(id));
  for (const { id } of commit.requires ?? []) checkTicketId(id);
  if (ids.length === 0 || new Set(ids).size !== ids.length) {
    throw new TicketError("TICKET_INVALID", "A commit changes one ticket or more, each of them once", {});
  }
  const held = commit.fence?.id ?? ids[0] ?? "";
  checkFence(commit, held, find(held)?.record?.ticket);
  for (const { id, expected } of commit.changes) checkRevision(id, expected, find(id));
  for (const { id, revision } of commit.requires ?? []) checkRevision(id, revision, find(id));
  for (const change of commit.changes) {
    const { id, next } = change;
    const verdict = judge(find(id)?.record?.ticket, next ?? undefined, { override: commit.override });
    if (!verdict.legal) throw verdict.error;
    checkWrite(change);
  }
}

/**
 * Is the claim that a write names the stored one? An agent must name one; a person need not.
 * @throws TICKET_FENCED it is not: whoever wrote has to stop
 */
export function checkFence(
  { actor, fence }: Pick<TicketCommit, "actor" | "fence">,
  id: TicketId,
  ticket: Ticket | undefined,
): void {
  if (fence === undefined && actor.kind !== "agent") return;
  if (fence !== undefined && ticket?.leaseEpoch === fence.epoch) return;
  const current = ticket?.leaseEpoch ?? 0;
  const holder = ticket?.assignedAgentId;
  const message =
    fence === undefined
      ? `${printable(actor.id)} wrote without naming its claim`
      : `The claim of ${printable(actor.id)} on ${id} was taken over${holder === undefined ? "" : ` by ${printable(holder)}`}: stop working`;
  throw new TicketError(
    "TICKET_FENCED",
    message,
    { id, ...(fence && { epoch: fence.epoch }), current, ...(holder !== undefined && { holder }) },
    { hint: "Nothing was written. Stop working on it; whoever holds it now goes on." },
  );
}

/**
 * The text that a write leaves, made from the one that is stored, so that bytes which do not change stay; `null` = none.
 * @throws TICKET_INVALID; UNSUPPORTED for entries, which no text holds: a backend with `threads` takes them out first, any other has no place for them
 */
export function encodeWrite(write: TicketWrite, previous: string | undefined): string | null {
  checkWrite(write);
  if (write.entries !== undefined && write.entries.length > 0) {
    throw new TicketError(
      "UNSUPPORTED",
      `${write.id}: this store keeps no entries beside the text`,
      { what: "threads" },
      {
        hint: "Nothing was written. Put them into the text: `appendEvent` does, and `addEvent` of createTickets().",
      },
    );
  }
  return write.next === null ? null : (write.verbatim ?? encodeTicket(write.next, previous));
}

function checkWrite({ id, next, verbatim }: TicketWrite): void {
  if (next === null) return;
  if (next.id !== id) {
    throw new TicketError("TICKET_INVALID", `${id}: the ticket bears another id`, { id, field: "id" });
  }
  if (verbatim === undefined || isSameTicket(decodeTicket(verbatim), next)) return;
  throw new TicketError("TICKET_INVALID", `${id}: the text is not that of the ticket`, { id });
}

function checkRevision(id: TicketId, expected: Revision | null, stored: CurrentTicket | undefined): void {
  if ((stored?.revision ?? null) === expected) return;
  const who = stored?.by === undefined ? "" : ` by ${printable(stored.by.id)}`;
  const when = stored?.at === undefined ? "" : ` at ${stored.at}`;
  const found = stored === undefined ? "it does not exist" : `it was changed${who}${when}`;
  throw new TicketError(
    "TICKET_CONFLICT",
    `${id} is not at the revision that this write was made from: ${found}`,
    { id, expected, current: stored?.record, by: stored?.by, at: stored?.at },
    { hint: "Nothing was written. Read it again and decide again." },
  );
}
