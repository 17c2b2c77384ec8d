import {
  type CommitReceipt,
  checkTicketId,
  decodeTicket,
  isSameTicket,
  type Judge,
  printable,
  type Revision,
  type TicketCommit,
  TicketError,
  type TicketId,
  type TicketWrite,
} from "@wiggum/ticket-core";
import { receiptOf } from "./changes.js";
import type { Deciding, Decision, FolderStore, PlannedChange } from "./store.js";
import { type FoundTicket, findTicket } from "./stored-tickets.js";

/** Everything that may refuse a commit, before the first change; then what is to be written. */
export function decideCommit(
  commit: TicketCommit,
  deciding: Deciding,
  { layout }: FolderStore,
  judge: Judge,
): Decision<CommitReceipt> {
  const { folder, tables } = deciding;
  const { operationId, actor, subject, cause, override, skipHooks = false, at, changes } = commit;
  const known = tables.operation(operationId);
  if (known !== undefined) return { answer: receiptOf(tables, layout, known, true) };
  const ids = changes.map(({ id }) => checkTicketId(id));
  for (const { id } of commit.requires ?? []) checkTicketId(id);
  if (ids.length === 0 || new Set(ids).size !== ids.length) {
    throw new TicketError("TICKET_INVALID", "A commit changes one ticket or more, each of them once", {});
  }
  const found = new Map<TicketId, FoundTicket | undefined>();
  const now = (id: TicketId) => {
    if (!found.has(id)) found.set(id, findTicket(folder, layout, id));
    return found.get(id);
  };
  checkFence(commit, commit.fence?.id ?? ids[0] ?? "", now);
  for (const { id, expected } of changes) checkRevision(deciding, id, expected, now(id));
  for (const { id, revision } of commit.requires ?? []) checkRevision(deciding, id, revision, now(id));
  const planned = changes.map((change): PlannedChange => {
    const { id, next } = change;
    const before = now(id);
    const verdict = judge(before?.record?.ticket, next ?? undefined, { override });
    if (!verdict.legal) throw verdict.error;
    if (next === null) return { id, before, after: undefined };
    checkWrite(change);
    const { companions, ...after } = layout.encode(next, before?.stored, { actor, at, folder });
    return { id, before, after, companions };
  });
  return { commit: { operationId, actor, subject, cause, override, skipHooks, at }, changes: planned };
}

function checkRevision(
  { tables }: Deciding,
  id: TicketId,
  expected: Revision | null,
  found: FoundTicket | undefined,
): void {
  const revision = found?.revision ?? null;
  if (revision === expected) return;
  const last = tables.last(id);
  const by = last?.revision === revision ? last.commit : undefined;
  const who = by === undefined ? "somebody else" : printable(by.actor.id);
  const state = found === undefined ? "it does not exist" : `it was changed by ${who}`;
  throw new TicketError(
    "TICKET_CONFLICT",
    `${id} is not at the revision that this write was made from: ${state}`,
    { id, expected, current: found?.record, by: by?.actor, at: by?.at },
    { hint: "Read it again and decide again." },
  );
}

/** @throws TICKET_FENCED unless the claim that is named, or must be, holds */
export function checkFence(
  { actor, fence }: Pick<TicketCommit, "actor" | "fence">,
  id: TicketId,
  now: (id: TicketId) => FoundTicket | undefined,
): void {
  if (fence === undefined && actor.kind !== "agent") return;
  const ticket = now(checkTicketId(id))?.record?.ticket;
  if (fence !== undefined && ticket?.leaseEpoch === fence.epoch) return;
  const current = ticket?.leaseEpoch ?? 0;
  const holder = ticket?.assignedAgentId;
  const taken = holder === undefined ? "" : ` by ${printable(holder)}`;
  const message =
    fence === undefined
      ? `${printable(actor.id)} wrote without naming its claim`
      : `The claim of ${printable(actor.id)} on ${id} was taken over${taken}: stop working`;
  throw new TicketError("TICKET_FENCED", message, {
    id,
    ...(fence && { epoch: fence.epoch }),
    current,
    ...(holder !== undefined && { holder }),
  });
}

/** A text in the form of ticket-core is not what lies in these files: it must say the same, and is written as the layout writes. */
function checkWrite({ id, next, verbatim }: TicketWrite): void {
  if (next?.id !== id) {
    throw new TicketError("TICKET_INVALID", `${id}: the ticket bears another id`, { id, field: "id" });
  }
  if (verbatim === undefined || isSameTicket(decodeTicket(verbatim), next)) return;
  throw new TicketError("TICKET_INVALID", `${id}: the text is not that of the ticket`, { id });
}
