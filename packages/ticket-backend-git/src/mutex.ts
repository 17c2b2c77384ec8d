import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, rmSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { TicketError } from "@wiggum/ticket-core";
import { isLinkUnsupported } from "./files.js";
import { monotonicMs } from "./monotonic.js";

/** Given back by the work to let the lock go, nap and be called again. */
export const again: unique symbol = Symbol("again");

export interface Held {
  /** Is the lock file's path still the file that we locked? If not, somebody else may hold a lock that excludes nobody. */
  isOurs(): boolean;
}

export interface MutexRun {
  /** Milliseconds until STORE_BUSY. */
  readonly waitMs: number;
  /** Made when time is up and the work had asked to be called again. */
  readonly onGivingUp?: ((waitedMs: number) => Error) | undefined;
}

export interface Mutex {
  /**
   * Runs `work`, which may not wait for anything, while no other process or caller runs such work.
   * @throws STORE_BUSY STORE_READ_ONLY STORE_BROKEN
   */
  run<Result>(work: (held: Held) => Result | typeof again, options: MutexRun): Promise<Result>;
}

interface Handle {
  readonly database: DatabaseSync;
  readonly file: Stats;
}

const known = new Map<string, Mutex>();

/**
 * The kernel lock on the file `path`, by way of SQLite: it dies with the process, so a kill can leave none behind. The file stays
 * empty for ever. One handle per process, since closing any descriptor of the file drops all locks that the process has on it; for
 * the same reason nothing may ever open `path` in another way.
 */
export function openMutex(path: string): Mutex {
  const mutex = known.get(path) ?? createMutex(path);
  known.set(path, mutex);
  return mutex;
}

function createMutex(path: string): Mutex {
  let handle: Handle | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let callers = 0;

  async function open(): Promise<Handle> {
    const { DatabaseSync: Database } = await import("node:sqlite");
    for (;;) {
      const file = makeFile(path);
      const database = new Database(path);
      database.exec("PRAGMA busy_timeout = 0");
      // MEMORY touches no journal file and excludes just the same.
      database.exec("PRAGMA journal_mode = MEMORY");
      if (isSame(statSync(path, { throwIfNoEntry: false }), file)) return { database, file };
      database.close();
    }
  }

  function forget(): void {
    handle?.database.close();
    handle = undefined;
  }

  /** The lock, or `undefined` when somebody else has it. */
  async function acquire(): Promise<Handle | undefined> {
    try {
      handle ??= await open();
      handle.database.exec("BEGIN IMMEDIATE");
    } catch (error) {
      const code = (error as { errcode?: number }).errcode;
      if (code === undefined) throw explainFileError(error, path);
      if ((code & 0xff) === busy) return undefined;
      forget();
      if (code === databaseMoved) return undefined;
      throw explainDatabaseError(error, code & 0xff, path);
    }
    if (isSame(statSync(path, { throwIfNoEntry: false }), handle.file)) return handle;
    // The file was replaced since we opened it: ours locks nobody out.
    forget();
    return undefined;
  }

  async function run<Result>(
    work: (held: Held) => Result | typeof again,
    options: MutexRun,
  ): Promise<Result> {
    const start = monotonicMs();
    let isWorkRefused = false;
    for (let attempt = 0; ; attempt++) {
      const held = await acquire();
      if (held !== undefined) {
        try {
          const result = work({ isOurs: () => isSame(statSync(path, { throwIfNoEntry: false }), held.file) });
          if (result !== again) return result;
          isWorkRefused = true;
        } finally {
          held.database.exec("ROLLBACK");
        }
      }
      const waitedMs = Math.round(monotonicMs() - start);
      if (waitedMs >= options.waitMs) {
        if (isWorkRefused && options.onGivingUp !== undefined) throw options.onGivingUp(waitedMs);
        throw storeBusy(waitedMs);
      }
      await sleep(napMs(attempt, waitedMs));
    }
  }

  return {
    async run(work, options) {
      callers += 1;
      const turn = queue.then(() => run(work, options));
      queue = turn.catch(() => {});
      try {
        return await turn;
      } finally {
        callers -= 1;
        // Nobody waits: a store or view that is never used again keeps no file open.
        if (callers === 0) forget();
      }
    },
  };
}

/** Longest nap, and that of somebody who has waited for as long as `patienceMs`: who came first looks more often than who came late. */
const longestNapMs = 16;
const impatientNapMs = 5;
const patienceMs = 100;

/** SQLite's own waiting starves some writers; short random naps are fair. */
function napMs(attempt: number, waitedMs: number): number {
  const longest = waitedMs < patienceMs ? longestNapMs : impatientNapMs;
  return Math.random() * Math.min(longest, 0.5 * 2 ** Math.min(attempt, 6));
}

const busy = 5;
const readOnly = 8;
const cannotOpen = 14;
const databaseMoved = 1032;

/** Makes the empty file without opening it by its name; answers what lies there. */
function makeFile(path: string): Stats {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined) return there;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `new-${randomBytes(8).toString("hex")}`);
  writeFileSync(temporary, "");
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (isLinkUnsupported(error)) writeFileSync(path, "", { flag: "a" });
    else if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return statSync(path);
}

function isSame(one: Stats | undefined, other: Stats): boolean {
  return one !== undefined && one.ino === other.ino && one.dev === other.dev;
}

export function storeBusy(waitedMs: number): TicketError<"STORE_BUSY"> {
  return new TicketError(
    "STORE_BUSY",
    `The ticket store was busy for ${waitedMs} ms; nothing was written`,
    { waitedMs },
    { hint: "Run the same command again." },
  );
}

export function storeReadOnly(path: string, cause?: unknown): TicketError<"STORE_READ_ONLY"> {
  return new TicketError(
    "STORE_READ_ONLY",
    `The ticket store ${path} cannot be written to; nothing was changed`,
    { path },
    { hint: "Reading works. To write, the folder must be writable for this user.", cause },
  );
}

function explainFileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EROFS" || code === "EACCES" || code === "EPERM"
    ? storeReadOnly(dirname(path), error)
    : error;
}

function explainDatabaseError(error: unknown, code: number, path: string): unknown {
  if (code === readOnly || code === cannotOpen) return storeReadOnly(dirname(path), error);
  return new TicketError(
    "STORE_BROKEN",
    `The lock file ${path} is not usable: ${(error as Error).message}`,
    { path },
    { hint: `Nothing is stored in it: 'wiggum doctor --fix' moves ${path} aside.`, cause: error },
  );
}
