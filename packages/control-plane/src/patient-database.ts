import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a transaction waits for others, in milliseconds. */
const patienceMs = 30_000;
/** SQLite's own waiting blocks the process, so it is short; the rest is waited outside. */
const blockingMs = 25;

export interface PatientDatabaseOptions {
  readonly path: string;
  /** Statements that make a new, empty file. */
  readonly schema: string;
  /** Stored as `user_version`: a file of another format is refused, not guessed. */
  readonly format: number;
  /** Runs in the transaction that makes a new, empty file. */
  readonly onCreate?: ((database: DatabaseSync) => void) | undefined;
  /** What callers are told; the cause is what SQLite said. */
  readonly errors: {
    /** The file cannot be used; `sqliteCode` is SQLite's primary result code. */
    broken(reason: string, cause: unknown, sqliteCode: number): Error;
    /** Another format (`found` > 0) or another program's database (0). */
    foreign(found: number): Error;
    busy(waitedMs: number, cause: unknown): Error;
  };
}

/** A small SQLite file shared by processes: one transaction per call, waited for when others are at it. Opened at the first call. */
export interface PatientDatabase {
  /** A write transaction. The action must not await; what it throws undoes everything. */
  change<Result>(action: (database: DatabaseSync) => Result): Promise<Result>;
  /** A consistent look. */
  read<Result>(action: (database: DatabaseSync) => Result): Promise<Result>;
  close(): void;
}

export function openPatientDatabase(options: PatientDatabaseOptions): PatientDatabase {
  const { path } = options;
  let open: { readonly database: DatabaseSync; readonly inode: bigint | undefined } | undefined;

  function current(): DatabaseSync {
    // Somebody moved the file aside or restored another: what we hold open is not it any more.
    if (open !== undefined && open.inode !== inodeOf(path)) close();
    if (open === undefined) {
      const database = new DatabaseSync(path, { timeout: blockingMs });
      try {
        prepare(database, options);
        open = { database, inode: inodeOf(path) };
      } catch (error) {
        database.close();
        throw error;
      }
    }
    return open.database;
  }

  function close(): void {
    open?.database.close();
    open = undefined;
  }

  async function patiently<Result>(attempt: () => Result): Promise<Result> {
    const start = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        return attempt();
      } catch (error) {
        const waitedMs = Math.round(performance.now() - start);
        if (!isPassing(error)) throw explained(error, options);
        if (waitedMs > patienceMs) throw options.errors.busy(waitedMs, error);
        // With jitter, so that processes that start together do not meet again and again.
        await sleep(Math.random() * Math.min(100, 4 * 2 ** Math.min(tries, 5)));
      }
    }
  }

  return {
    change: (action) => patiently(() => inTransaction(current(), "BEGIN IMMEDIATE", action)),
    read: (action) => patiently(() => inTransaction(current(), "BEGIN", action)),
    close,
  };
}

function inTransaction<Result>(
  database: DatabaseSync,
  begin: string,
  action: (database: DatabaseSync) => Result,
): Result {
  database.exec(begin);
  try {
    const result = action(database);
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function prepare(database: DatabaseSync, { schema, format, onCreate, errors }: PatientDatabaseOptions): void {
  const version = () => Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version() === format) return;
  inTransaction(database, "BEGIN IMMEDIATE", () => {
    const found = version(); // another process may have made it in between
    if (found === format) return;
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
    if (found !== 0 || tables !== 0) throw errors.foreign(found);
    database.exec(`${schema}; PRAGMA user_version = ${format};`);
    onCreate?.(database);
  });
}

function inodeOf(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL. */
function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 5 || code === 6 || code === 15;
}

/** Failures of the file become one sentence; what an action refused with passes unchanged, and so does a failed constraint (a bug). */
function explained(error: unknown, { errors }: PatientDatabaseOptions): unknown {
  const code = codeOf(error);
  if (code === undefined || code === 19) return error;
  return errors.broken(error instanceof Error ? error.message : "unreadable", error, code);
}
