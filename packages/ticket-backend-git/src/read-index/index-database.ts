// The file of the read index: opened, told from garbage, thrown away. Nothing in it is the truth.
import { mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** Raised with every change of the tables, or of what is written into them; an index of another number is built anew. */
const indexFormat = "2";

/** The index holds something that it cannot hold: it is thrown away. */
export class IndexDamage extends Error {
  override readonly name = "IndexDamage";
}

export interface IndexDatabase {
  readonly database: DatabaseSync;
  /** Lives in this process, since the disk would not take it. */
  readonly isMemory: boolean;
  /** Is the path still the file that is open here? */
  isThere(): boolean;
  close(): void;
}

const tables = `
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ticket (
  id TEXT NOT NULL UNIQUE, blob TEXT, mode TEXT, state TEXT, type TEXT, priority INTEGER, created INTEGER,
  assignee TEXT, parent TEXT, action INTEGER, archived INTEGER, facts TEXT);
CREATE INDEX IF NOT EXISTS ticket_by_state ON ticket (state, priority, created, id, type, archived);
CREATE INDEX IF NOT EXISTS ticket_by_assignee ON ticket (assignee) WHERE assignee IS NOT NULL;
CREATE INDEX IF NOT EXISTS ticket_by_parent ON ticket (parent) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS label (label TEXT, id TEXT, PRIMARY KEY (label, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS label_by_id ON label (id);
CREATE TABLE IF NOT EXISTS dependency (target TEXT, id TEXT, PRIMARY KEY (target, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS dependency_by_id ON dependency (id);
CREATE TABLE IF NOT EXISTS problem (kind INTEGER, name TEXT, position INTEGER, id TEXT, problem TEXT,
  PRIMARY KEY (kind, name, position)) WITHOUT ROWID;
`;

/** Opens the index at `path`, or makes it. @throws whatever the disk or SQLite says; `isIndexFault` knows */
export async function openIndexFile(path: string): Promise<IndexDatabase> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    const before = statSync(path, { throwIfNoEntry: false });
    const database = new Database(path, { timeout: 0 });
    const isThere = (file = before) => {
      const now = statSync(path, { throwIfNoEntry: false });
      return now !== undefined && file !== undefined && now.ino === file.ino && now.dev === file.dev;
    };
    try {
      if (before === undefined || before.size === 0) create(database);
      checkFormat(database);
      // Of a file that was replaced between the two looks, the write-ahead log may be another's.
      const file = before ?? statSync(path, { throwIfNoEntry: false });
      if (isThere(file))
        return { database, isMemory: false, isThere: () => isThere(file), close: () => database.close() };
    } catch (error) {
      database.close();
      throw error;
    }
    database.close();
  }
}

/** The same in memory: what a disk that takes nothing costs is time. */
export async function openIndexInMemory(): Promise<IndexDatabase> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  const database = new Database(":memory:");
  create(database);
  return { database, isMemory: true, isThere: () => true, close: () => database.close() };
}

/** Throws the file away. Who has it open keeps what is open, and looks whether it is still there. */
export function removeIndexFile(path: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"])
    rmSync(`${path}${suffix}`, { force: true, recursive: true });
}

function create(database: DatabaseSync): void {
  // Readers and the one that writes do not wait for each other.
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = NORMAL");
  inTransaction(database, () => {
    database.exec(tables);
    database.prepare("INSERT OR IGNORE INTO meta VALUES ('format', ?)").run(indexFormat);
  });
}

function checkFormat(database: DatabaseSync): void {
  // In KiB. What a command looks at, it looks at once.
  database.exec("PRAGMA cache_size = -512");
  database.exec("PRAGMA synchronous = NORMAL");
  const format = database.prepare("SELECT value FROM meta WHERE name = 'format'").get()?.["value"];
  if (format !== indexFormat) throw new IndexDamage(`the index has format ${format}`);
}

/** Runs `work` as the only one that writes; nothing of it stays when it throws. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs `work` on what the index holds at one moment; waits for nobody. */
export function atOneMoment<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("BEGIN");
  try {
    return work();
  } finally {
    if (database.isTransaction) database.exec("ROLLBACK");
  }
}

const busy = 5;

/** Somebody else writes into the index now. */
export function isIndexBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" && (code & 0xff) === busy;
}

const diskCodes = new Set([
  "EROFS",
  "EACCES",
  "EPERM",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "ENOTDIR",
  "EEXIST",
  "EISDIR",
  "ENOENT",
  "ELOOP",
]);

/** Is the index to blame, or its disk? Then the question is answered without it. */
export function isIndexFault(error: unknown): boolean {
  if (error instanceof IndexDamage) return true;
  const { code, errcode, path } = error as { code?: unknown; errcode?: unknown; path?: unknown };
  if (code === "ERR_SQLITE_ERROR" || typeof errcode === "number") return true;
  return (
    typeof code === "string" && diskCodes.has(code) && typeof path === "string" && path.includes("/cache")
  );
}
