import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { storageFault } from "@wiggum/ticket-core";
import { storageError } from "./storage-errors.js";
import { systemClock } from "./system-clock.js";

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
  /** Asked when there is no file, or an empty one. What it answers runs in the transaction that makes a new one. */
  readonly contents?: (() => Promise<(database: DatabaseSync) => void>) | undefined;
  /** What callers are told; the cause is what SQLite said. */
  readonly errors: {
    /** The file cannot be used; `sqliteCode` is SQLite's primary result code. */
    broken(reason: string, cause: unknown, sqliteCode: number): Error;
    /** Another format (`found` > 0) or another program's database (0). */
    foreign(found: number): Error;
    busy(waitedMs: number, cause: unknown): Error;
  };
}

type Fill = (database: DatabaseSync) => void;

/** Thrown to ourselves: a new file is to be made, and nobody has asked yet what belongs into it. */
const noContents: unique symbol = Symbol("no contents");

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

  function current(fill: Fill | undefined): DatabaseSync {
    // Somebody moved the file aside or restored another: what we hold open is not it any more.
    if (open !== undefined && open.inode !== inodeOf(path)) close();
    if (open === undefined) {
      if (fill === undefined && isEmpty(path)) throw noContents;
      const database = new DatabaseSync(path, { timeout: blockingMs });
      try {
        prepare(database, options, fill);
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

  async function patiently<Result>(
    attempt: (fill: Fill | undefined) => Result,
    otherwise?: (fill: Fill) => Result,
  ): Promise<Result> {
    const start = systemClock.monotonicMs();
    let fill: Fill | undefined;
    for (let tries = 0; ; tries++) {
      try {
        return attempt(fill);
      } catch (error) {
        if (error === noContents) {
          fill = (await options.contents?.()) ?? (() => undefined);
          continue;
        }
        const waitedMs = Math.round(systemClock.monotonicMs() - start);
        if (!isPassing(error)) {
          const told = explained(error, options);
          if (fill === undefined || otherwise === undefined || storageFault(told) === undefined) throw told;
          return otherwise(fill);
        }
        if (waitedMs > patienceMs) throw options.errors.busy(waitedMs, error);
        // With jitter, so that processes that start together do not meet again and again.
        await sleep(Math.random() * Math.min(100, 4 * 2 ** Math.min(tries, 5)));
      }
    }
  }

  return {
    change: (action) => patiently((fill) => inTransaction(current(fill), "BEGIN IMMEDIATE", action)),
    read: (action) =>
      patiently(
        (fill) => inTransaction(current(fill), "BEGIN", action),
        // A look needs no file: where none can be made, it is answered from what would be in it.
        (fill) => inMemory(options, fill, action),
      ),
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

function inMemory<Result>(
  options: PatientDatabaseOptions,
  fill: Fill,
  action: (database: DatabaseSync) => Result,
): Result {
  const database = new DatabaseSync(":memory:");
  try {
    prepare(database, options, fill);
    return action(database);
  } finally {
    database.close();
  }
}

function prepare(
  database: DatabaseSync,
  { schema, format, errors }: PatientDatabaseOptions,
  fill: Fill | undefined,
): void {
  const version = () => Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version() === format) return;
  inTransaction(database, "BEGIN IMMEDIATE", () => {
    const found = version(); // another process may have made it in between
    if (found === format) return;
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
    if (found !== 0 || tables !== 0) throw errors.foreign(found);
    if (fill === undefined) throw noContents;
    database.exec(`${schema}; PRAGMA user_version = ${format};`);
    fill(database);
  });
}

function isEmpty(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
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
function explained(error: unknown, { path, errors }: PatientDatabaseOptions): unknown {
  const code = codeOf(error);
  if (code === 19) return error;
  const ofStorage = storageError(path, error);
  if (ofStorage !== undefined) return ofStorage;
  if (code === undefined) return error;
  return errors.broken(error instanceof Error ? error.message : "unreadable", error, code);
}
