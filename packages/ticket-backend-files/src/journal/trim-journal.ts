// The journal is history, and may be forgotten from its old end: what was written stays in the files. What is kept longest is what a repeated
// operation is known by.
import type { DatabaseSync } from "node:sqlite";

/** How much of the journal stays. */
export interface JournalBounds {
  /** Bytes of the database in use beyond which old history goes. */
  readonly bytes: number;
  /** ISO 8601: operation ids that were kept since then stay. */
  readonly operationsSince: string;
}

/** Usual bound: 64 MiB. */
export const usualJournalBytes = 64 * 1024 * 1024;

/** Days for which an operation id is known, whatever else is forgotten. */
export const operationDays = 30;

type Row = Readonly<Record<string, unknown>>;

/** Made with the first trim; a journal without it was never trimmed. */
const schema = "CREATE TABLE IF NOT EXISTS trimmed (position INTEGER NOT NULL, bytes INTEGER NOT NULL)";

/** Up to which position history was forgotten, and how many bytes were in use after that. */
export function trimmedOf(database: DatabaseSync): { readonly position: number; readonly bytes: number } {
  const there = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'trimmed'").get();
  const row = there && (database.prepare("SELECT position, bytes FROM trimmed").get() as Row | undefined);
  return { position: Number(row?.["position"] ?? 0), bytes: Number(row?.["bytes"] ?? 0) };
}

/** Forgets old history until the journal takes half of its bound, or only what must stay is left. Does nothing below the bound. */
export function trimJournal(database: DatabaseSync, { bytes, operationsSince }: JournalBounds): void {
  const { position, bytes: left } = trimmedOf(database);
  // Where what must stay is more than the bound, it is not looked through again at every write.
  if (usedBytes(database) <= Math.max(bytes, 2 * left)) return;
  const newest = numberOf(database, "SELECT max(position) FROM commits WHERE is_pending = 0");
  let end = position;
  while (end < newest && usedBytes(database) > bytes / 2) {
    end = Math.ceil((end + newest) / 2);
    forget(database, end, operationsSince);
  }
  database.exec(schema);
  database.exec("DELETE FROM trimmed");
  database.prepare("INSERT INTO trimmed VALUES (?, ?)").run(end, usedBytes(database));
}

/** All up to this position, but the last of each ticket, and operations that may still be repeated. */
function forget(database: DatabaseSync, end: number, operationsSince: string): void {
  database.prepare("DELETE FROM current WHERE revision IS NULL AND position <= ?").run(end);
  database
    .prepare(
      `DELETE FROM commits WHERE position <= ? AND is_pending = 0 AND position NOT IN (SELECT position FROM current)
        AND (operation IS NULL OR coalesce(about ->> '$.keptAt', about ->> '$.at') < ?)`,
    )
    .run(end, operationsSince);
  database.exec("DELETE FROM changes WHERE position NOT IN (SELECT position FROM commits)");
  database
    .prepare(
      `DELETE FROM tickets WHERE revision NOT IN (
        SELECT revision FROM current WHERE revision IS NOT NULL
        UNION SELECT before FROM changes WHERE position > ? AND before IS NOT NULL
        UNION SELECT after FROM changes WHERE position > ? AND after IS NOT NULL)`,
    )
    .run(end, end);
  database.exec("DELETE FROM files WHERE revision NOT IN (SELECT revision FROM tickets)");
  database.exec(`WITH RECURSIVE needed (hash) AS (
      SELECT hash FROM files
      UNION SELECT contents.base FROM contents JOIN needed USING (hash) WHERE contents.base IS NOT NULL)
    DELETE FROM contents WHERE hash NOT IN needed`);
}

function usedBytes(database: DatabaseSync): number {
  const pages = numberOf(database, "PRAGMA page_count") - numberOf(database, "PRAGMA freelist_count");
  return pages * numberOf(database, "PRAGMA page_size");
}

function numberOf(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  return Number(value ?? 0);
}
