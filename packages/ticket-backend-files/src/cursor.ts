// Cursors of a folder: a place in its journal, and of a list also what it showed that the journal did not know by then.
import { createHash } from "node:crypto";
import { type Cursor, TicketError, type TicketId } from "@wiggum/ticket-core";
import type { JournalTables } from "./journal/journal-tables.js";

/** A cursor that was taken apart. */
export interface ReadCursor {
  /** Of the journal; `undefined` = there was none yet. */
  readonly generation: string | undefined;
  readonly position: number;
  /** Of the ids that a list showed and the journal did not know. */
  readonly unknownDigest: string | undefined;
}

/** Cursor of a position in a journal. Before there is a journal all begin at the same place. */
export function cursorOf({
  generation,
  position,
}: {
  readonly generation: string;
  readonly position: number;
}): Cursor {
  return position === 0 ? "start" : `${generation}-${position}`;
}

/**
 * The cursor of a list. Of tickets that others put there and the journal never knew, nobody could tell later that they went: which ones they were is
 * part of the cursor.
 */
export function listCursor(cursor: Cursor, unknown: Iterable<TicketId>): Cursor {
  const ids = [...unknown];
  return ids.length === 0 ? cursor : `${cursor}~${digestOf(ids)}`;
}

/** @throws QUERY_INVALID for what is no cursor of ours */
export function readCursor(from: Cursor | undefined): ReadCursor {
  const [, place = "", unknownDigest] = /^(start|[0-9a-f]{16}-[1-9]\d{0,14})(?:~([0-9a-f]{16}))?$/.exec(
    from ?? "start",
  ) ?? [from, "none"];
  if (place === "start") return { generation: undefined, position: 0, unknownDigest };
  const [, generation, position] = /^([0-9a-f]{16})-(\d+)$/.exec(place) ?? [];
  if (generation === undefined) throw cursorInvalid();
  return { generation, position: Number(position), unknownDigest };
}

/**
 * Did the journal come to know all that the list showed? What went before it did is in no journal. Where the list is remembered (`shown`), that is
 * exact; elsewhere something that was put there since by others makes it look as if not.
 */
export function hasMetAll(
  tables: JournalTables,
  { position, unknownDigest }: Pick<ReadCursor, "position" | "unknownDigest">,
  shown: Iterable<TicketId> | undefined,
): boolean {
  if (unknownDigest === undefined) return true;
  if (shown !== undefined) return [...shown].every((id) => tables.last(id) !== undefined);
  const first = new Map<TicketId, boolean>();
  for (let at = position; ; ) {
    const commits = tables.after(at, 1000);
    for (const { operationId, changes } of commits) {
      for (const { id, before } of changes) {
        if (!first.has(id)) first.set(id, operationId === undefined && before === null);
      }
    }
    const last = commits.at(-1);
    if (last === undefined) break;
    at = last.position;
  }
  const met = [...first].flatMap(([id, isFound]) => (isFound ? [id] : []));
  return digestOf(met) === unknownDigest;
}

/** The cursor is of no use; what to do is the same whatever the reason. */
export function cursorInvalid(): TicketError<"QUERY_INVALID"> {
  return new TicketError(
    "QUERY_INVALID",
    "This cursor is not of this store, or its journal was begun anew, or what came behind it is forgotten",
    { member: "cursor" },
    { hint: "List again, and watch from the cursor of that list." },
  );
}

function digestOf(ids: readonly TicketId[]): string {
  return createHash("sha256").update(JSON.stringify(ids.toSorted())).digest("hex").slice(0, 16);
}
