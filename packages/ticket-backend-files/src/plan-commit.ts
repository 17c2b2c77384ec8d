import {
  type CommitReceipt,
  decideCommit,
  type Judge,
  type TicketCommit,
  TicketError,
  type TicketId,
} from "@wiggum/ticket-core";
import { receiptOf } from "./changes.js";
import type { PlannedChange } from "./planned-change.js";
import type { Deciding, Decision, FolderStore } from "./store.js";
import { type FoundTicket, findTicket } from "./stored-tickets.js";

/** Everything that may refuse a commit, before the first change; then what is to be written. */
export function planCommit(
  commit: TicketCommit,
  { folder, tables }: Deciding,
  { layout }: FolderStore,
  judge: Judge,
): Decision<CommitReceipt> {
  const { operationId, actor, subject, cause, override, skipHooks = false, at, changes } = commit;
  const known = tables.operation(operationId);
  if (known !== undefined) return { answer: receiptOf(tables, layout, known, true) };
  const found = new Map<TicketId, FoundTicket | undefined>();
  const now = (id: TicketId) => {
    if (!found.has(id)) found.set(id, findTicket(folder, layout, id));
    return found.get(id);
  };
  decideCommit(commit, {
    judge,
    find(id) {
      const ticket = now(id);
      if (ticket === undefined) return undefined;
      const { revision, record } = ticket;
      const last = tables.last(id);
      const by = last?.revision === revision ? last.commit : undefined;
      return { revision, record, ...(by && { by: by.actor, at: by.at }) };
    },
  });
  const planned = changes.map(({ id, next, entries }): PlannedChange => {
    const before = now(id);
    if (next === null) return { id, before, after: undefined };
    if (entries !== undefined && entries.length > 0 && layout.threadOf === undefined)
      throw noThread(id, layout.name);
    const { companions, ...after } = layout.encode(next, before?.stored, { actor, at, folder, entries });
    return { id, before, after, companions };
  });
  return { commit: { operationId, actor, subject, cause, override, skipHooks, at }, changes: planned };
}

/** An entry that nobody could read again is not taken. */
function noThread(id: TicketId, layout: string): TicketError<"UNSUPPORTED"> {
  return new TicketError(
    "UNSUPPORTED",
    `${id}: the layout ${layout} keeps no entries beside the text`,
    { what: "threads" },
    { hint: "Nothing was written. Put them into the text: `addEvent` of createTickets() does." },
  );
}
