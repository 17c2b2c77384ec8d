// The journal is one SQLite database, and its write transaction is the lock of the store: the kernel lets it go with the process that has it, so a
// kill leaves nothing behind, and nobody can take it from a live one. That one file is both is why the separate lock of the git backend (an empty
// database beside a store that is not SQLite) is not shared with it.
import type { Stats } from "node:fs";
import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { storageFault, TicketError } from "@wiggum/ticket-core";
import { escaped } from "../folder/folder-faults.js";
import { createTables, type JournalTables } from "./journal-tables.js";

/** Name of the folder of the journal in the root: other tools look at no name that begins with a dot. */
export const journalFolder = ".ticket-journal";
const databaseName = "journal.db";
/** Version of the tables; a newer one is refused, not guessed. */
const format = 1;

/** How the database of one store is used. */
export interface JournalFile {
  /**
   * Runs `work`, which may not wait for anything, in a write transaction that nobody else has at that time; rolled back when it throws.
   * The folder must be there. @throws STORE_BUSY after `waitMs`, STORE_BROKEN
   */
  exclusively<Result>(work: (tables: JournalTables) => Result): Promise<Result>;
  /** Runs `work` on what is committed; `undefined` = there is no journal. Never waits for a writer. @throws STORE_READ_ONLY STORE_BROKEN */
  reading<Result>(work: (tables: JournalTables) => Result): Promise<Result | undefined>;
  close(): void;
}

interface Handle {
  readonly database: DatabaseSync;
  readonly tables: JournalTables;
  readonly file: Stats;
}

const busy = 5;
const readOnly = 8;
const cannotOpen = 14;

/** The journal below this root. Nothing is opened or made before it is used. */
export function openJournalFile(root: string, waitMs: number): JournalFile {
  const folder = join(root, journalFolder);
  const path = join(folder, databaseName);
  let handle: Handle | undefined;

  function refuseLinks(): void {
    const names = ["", databaseName, `${databaseName}-wal`, `${databaseName}-shm`, `${databaseName}-journal`];
    for (const [index, name] of names.entries()) {
      const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
      if (found === undefined || (index === 0 ? found.isDirectory() : found.isFile())) continue;
      throw escaped(join(journalFolder, name), index === 0 ? "is no plain folder" : "is no plain file");
    }
  }

  async function open(isWriting: boolean): Promise<Handle | undefined> {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (handle !== undefined && there?.ino === handle.file.ino && there.dev === handle.file.dev)
      return handle;
    // It was taken away or replaced: what we have open locks nobody out.
    forget();
    if (there === undefined && !isWriting) return undefined;
    refuseLinks();
    const { DatabaseSync: Database } = await import("node:sqlite");
    const database = new Database(path);
    try {
      database.exec("PRAGMA busy_timeout = 0; PRAGMA trusted_schema = OFF; PRAGMA synchronous = FULL");
      if (!isMade(database)) {
        if (!isWriting) {
          database.close();
          return undefined;
        }
        // Readers and a writer do not wait for each other then. Where it cannot be had, they do.
        database.exec("PRAGMA journal_mode = WAL");
        database.exec("BEGIN IMMEDIATE");
        createTables(database).make(format);
        database.exec("COMMIT");
      }
      handle = { database, tables: createTables(database), file: lstatSync(path) };
      return handle;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  function isMade(database: DatabaseSync): boolean {
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > format) {
      throw new TicketError(
        "STORE_BROKEN",
        `${path} was written by a newer version (format ${version})`,
        { path },
        { hint: "Use that version." },
      );
    }
    return version === format;
  }

  function forget(): void {
    handle?.database.close();
    handle = undefined;
  }

  function explained(error: unknown): unknown {
    const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
    if (code === 0) return error;
    if (code === readOnly || code === cannotOpen) {
      const hint = "Tickets can be read. For all else the folder must be writable for this user.";
      const message = `The journal ${path} cannot be used without the right to write to it; nothing was changed`;
      return new TicketError("STORE_READ_ONLY", message, { path }, { hint, cause: error });
    }
    if (storageFault(error)?.fault === "full") return error;
    const message = `The journal ${path} is not usable: ${(error as Error).message}`;
    const hint = `It holds history, no tickets: move ${folder} aside, and a new one begins.`;
    return new TicketError("STORE_BROKEN", message, { path }, { hint, cause: error });
  }

  async function patiently<Result>(attempt: () => Promise<{ readonly value: Result }>): Promise<Result> {
    const start = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        return (await attempt()).value;
      } catch (error) {
        if (((error as { errcode?: number }).errcode ?? 0) % 256 !== busy) {
          if ("errcode" in (error as object)) forget();
          throw explained(error);
        }
      }
      const waitedMs = Math.round(performance.now() - start);
      if (waitedMs >= waitMs) {
        throw new TicketError(
          "STORE_BUSY",
          `The ticket store was busy for ${waitedMs} ms; nothing was written`,
          { waitedMs },
          { hint: "Run the same command again." },
        );
      }
      // SQLite's own waiting starves some writers; short random naps are fair.
      await sleep(Math.random() * Math.min(16, 0.5 * 2 ** Math.min(tries, 6)));
    }
  }

  return {
    exclusively: (work) =>
      patiently(async () => {
        const opened = await open(true);
        if (opened === undefined) throw escaped(journalFolder, "cannot be made");
        const { database, tables, file } = opened;
        database.exec("BEGIN IMMEDIATE");
        try {
          if (lstatSync(path, { throwIfNoEntry: false })?.ino !== file.ino) {
            throw Object.assign(new Error("replaced"), { errcode: busy });
          }
          const value = work(tables);
          database.exec("COMMIT");
          return { value };
        } catch (error) {
          if (database.isTransaction) database.exec("ROLLBACK");
          throw error;
        }
      }),
    reading: (work) =>
      patiently(async () => {
        const opened = await open(false);
        if (opened === undefined) return { value: undefined };
        const { database, tables } = opened;
        database.exec("BEGIN");
        try {
          return { value: work(tables) };
        } finally {
          if (database.isTransaction) database.exec("ROLLBACK");
        }
      }),
    close: forget,
  };
}
