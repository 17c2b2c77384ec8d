import {
  type CommitReceipt,
  isTicketError,
  type Revision,
  type TicketChange,
  type TicketRecord,
} from "@wiggum/ticket-core";
import { cursorOf } from "./cursor.js";
import type { JournalTables, KeptCommit } from "./journal/journal-tables.js";
import type { FolderLayout } from "./layout.js";
import { freeze, recordOf } from "./stored-tickets.js";

/** The changes of one commit, as history and watch tell them. */
export function changesOf(
  tables: JournalTables,
  layout: FolderLayout,
  generation: string,
  { position, operationId, actor, subject, cause, override, skipHooks, at, changes }: KeptCommit,
): readonly TicketChange[] {
  return changes.map(({ id, before, after }) =>
    freeze({
      cursor: cursorOf({ generation, position }),
      id,
      before: keptRecord(tables, layout, before),
      after: keptRecord(tables, layout, after),
      ...(operationId !== undefined && { operationId }),
      actor,
      subject,
      cause,
      override,
      skipHooks,
      at,
    }),
  );
}

/** The answer to a commit that is in the files. */
export function receiptOf(
  tables: JournalTables,
  layout: FolderLayout,
  { operationId = "", position, changes }: KeptCommit,
  already: boolean,
): CommitReceipt {
  const { generation } = tables.state();
  const records = changes.flatMap(({ after }) => keptRecord(tables, layout, after) ?? []);
  return freeze({ operationId, already, asOf: cursorOf({ generation, position }), records });
}

function keptRecord(
  tables: JournalTables,
  layout: FolderLayout,
  revision: Revision | null,
): TicketRecord | undefined {
  const stored = revision === null ? undefined : tables.kept(revision);
  if (stored === undefined || revision === null) return undefined;
  try {
    return recordOf(layout, stored, revision);
  } catch (error) {
    // Written by a version that understood it, or planted: history goes on.
    if (isTicketError(error, "TICKET_UNREADABLE")) return undefined;
    throw error;
  }
}
