import { existsSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { explainingStorage } from "./storage-errors.js";
import { isUlid, newUlid } from "./ulid.js";

// Proof of life by a kernel lock. The kernel drops it when the process is gone, however it went; a pid proves nothing, since numbers
// are given again. SQLite takes the lock (an empty database, no byte is ever written), because Node has no other way to.
//
// Never open one of these files through `fs`: closing any descriptor of a file drops all locks that the process has on it.
// Looking at the name (`existsSync`, `unlinkSync`, `readdirSync`) opens nothing. SQLite itself keeps count within a process.

/** A live process that others can find by `id`. */
export interface Owner {
  /** A ULID. Rows that this owner took carry it. */
  readonly id: string;
  /** No longer alive: its rows are free. Idempotent. The end of the process does the same. */
  release(): void;
}

/**
 * Makes this process known in `directory` (created if missing) until `release()` or its end.
 * Sweeps away a few files of dead owners, so that the folder does not grow.
 * @throws DISK_FULL NOT_WRITABLE
 */
export function createOwner(directory: string): Owner {
  return explainingStorage(directory, () => {
    mkdirSync(directory, { recursive: true });
    sweepOwners(directory);
    for (;;) {
      const id = newUlid();
      const owner = takeOwnLock(ownerPath(directory, id), id);
      if (owner !== undefined) return owner;
    }
  });
}

/**
 * Does the process that made this owner still run (and hold it)? Any number of processes may ask at once.
 * @throws the error of the file system where the question cannot be answered: that is neither dead nor alive.
 */
export function isOwnerAlive(directory: string, id: string): boolean {
  if (!isUlid(id)) return false;
  const path = ownerPath(directory, id);
  if (!existsSync(path)) return false;
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  } catch (error) {
    if (!existsSync(path)) return false; // swept in between
    throw error;
  }
  try {
    // A shared lock: askers do not shut each other out, only the owner's exclusive lock refuses it.
    database.exec("BEGIN; SELECT count(*) FROM sqlite_schema; ROLLBACK;");
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  } finally {
    database.close();
  }
}

/** Removes files of owners that are gone. Returns how many. Called by `createOwner`; harmless at any time. */
export function sweepOwners(directory: string): number {
  let names: readonly string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  let swept = 0;
  for (const name of names) {
    if (!name.endsWith(".db") || !isUlid(name.slice(0, -3))) continue;
    if (sweepOne(join(directory, name))) swept++;
  }
  return swept;
}

function ownerPath(directory: string, id: string): string {
  return join(directory, `${id}.db`);
}

/** Held ones must stay reachable: the garbage collector closes a forgotten database, and the lock goes with it. */
const held = new Set<DatabaseSync>();

function takeOwnLock(path: string, id: string): Owner | undefined {
  const database = new DatabaseSync(path, { timeout: 2_000 });
  try {
    lockExclusively(database);
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  // A sweeper may have seen the file before it was locked. It unlinks only under the lock, so now its verdict is visible.
  if (!existsSync(path)) {
    database.close();
    return undefined;
  }
  held.add(database);
  return {
    id,
    release() {
      if (!held.delete(database)) return;
      unlinkIfThere(path);
      database.close();
    },
  };
}

function sweepOne(path: string): boolean {
  let database: DatabaseSync;
  const url = pathToFileURL(path);
  url.searchParams.set("mode", "rw"); // must not make the file anew
  try {
    database = new DatabaseSync(url, { timeout: 0 });
  } catch {
    return false; // swept by another; or not ours to judge now
  }
  try {
    lockExclusively(database);
    unlinkIfThere(path);
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  } finally {
    database.close();
  }
}

/** Takes the lock and keeps it until the database is closed. With `journal_mode=MEMORY` no file beside this one is made. */
function lockExclusively(database: DatabaseSync): void {
  database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE;");
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** SQLITE_BUSY, any variant. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === "number" && (code & 0xff) === 5;
}
