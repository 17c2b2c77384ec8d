// What is known of an outbox without a look into it: up to where the history was read, and that nothing waits. A small file beside the database that
// may be deleted at any time: to open a database takes longer than most commands that only want to know that there is nothing to do.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { Cursor } from "@wiggum/ticket-core";

const heading = "wiggum outbox 1";

/** So often the note alone moves on. Should it be lost, no more than that is read anew, perhaps by other ticket types than then. */
const mostMoves = 50;

export interface OutboxNote {
  readonly cursor: Cursor;
  /** How often the note has moved on since the database was written to. */
  readonly moves: number;
}

/** The clock of a file system goes in steps: what changed a moment ago may change again unseen. */
const quietNs = 100_000_000n;

const noteOf = (database: string) => `${database}-quiet`;

/**
 * Up to here the history was read, and no run waits, or waits for a person. `undefined` = nothing is known: there is no note, or the database was
 * written to since.
 */
export function readOutboxNote(database: string): OutboxNote | undefined {
  try {
    const [first, state, moves, cursor, end] = readFileSync(noteOf(database), "utf8").split("\n");
    if (first !== heading || end !== "" || !cursor) return undefined;
    return state === stateOf(database)?.text ? { cursor, moves: Number(moves) } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Notes it; call it only while nobody can write to the database. `false` = nothing was noted: the database changed a moment ago, or the disk does not
 * take it.
 */
export function writeOutboxNote(database: string, { cursor, moves }: OutboxNote): boolean {
  const state = stateOf(database);
  if (state === undefined || cursor.includes("\n") || !(moves <= mostMoves)) return false;
  if (BigInt(Date.now()) * 1_000_000n - state.changedNs < quietNs) return false;
  const draft = `${noteOf(database)}.${process.pid}.new`;
  try {
    writeFileSync(draft, `${heading}\n${state.text}\n${moves}\n${cursor}\n`);
    renameSync(draft, noteOf(database));
    return true;
  } catch {
    forget(draft);
    return false;
  }
}

function stateOf(database: string): { readonly text: string; readonly changedNs: bigint } | undefined {
  const stats = statSync(database, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile()) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  return { text: [dev, ino, size, mtimeNs, ctimeNs].join(" "), changedNs: ctimeNs };
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nor can it be removed: it is in nobody's way.
  }
}
