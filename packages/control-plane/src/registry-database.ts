import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";

/** How long a change waits for others, in milliseconds. */
const patienceMs = 30_000;
/** SQLite's own waiting blocks the process, so it is short; the rest is waited outside. */
const blockingMs = 25;
const format = 1;

const schema = `
CREATE TABLE numbers (role TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;
CREATE TABLE agents (
  agent_id TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  number INTEGER NOT NULL,
  ticket_id TEXT,
  created_at TEXT NOT NULL,
  retired_at TEXT,
  worktree TEXT,
  branch TEXT,
  is_supervised INTEGER NOT NULL,
  UNIQUE (role, number)
) STRICT;
CREATE TABLE sessions (
  agent_id TEXT NOT NULL REFERENCES agents (agent_id),
  generation INTEGER NOT NULL,
  runner TEXT NOT NULL,
  handle TEXT,
  epoch INTEGER,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  exit_code INTEGER,
  end_reason TEXT,
  PRIMARY KEY (agent_id, generation)
) STRICT;
-- One row per live agent. The second constraint is what makes fifty spawns of a reviewer for one ticket give one reviewer.
CREATE TABLE live (
  agent_id TEXT PRIMARY KEY REFERENCES agents (agent_id),
  generation INTEGER NOT NULL,
  ticket_id TEXT,
  role TEXT NOT NULL,
  UNIQUE (ticket_id, role)
) STRICT;
CREATE TABLE spawns (
  spawn_id TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL REFERENCES agents (agent_id),
  generation INTEGER NOT NULL,
  is_new INTEGER NOT NULL,
  owner TEXT
) STRICT;
CREATE TABLE spawn_steps (
  spawn_id TEXT NOT NULL REFERENCES spawns (spawn_id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  step TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (spawn_id, position)
) STRICT;
CREATE TABLE ports (
  port INTEGER PRIMARY KEY,
  agent_id TEXT NOT NULL REFERENCES agents (agent_id),
  generation INTEGER NOT NULL
) STRICT;
PRAGMA user_version = ${format};
`;

/** `agents.db`, one transaction per call, waited for when others are at it. */
export interface RegistryDatabase {
  /** A write transaction. The action must not await; what it throws undoes everything. @throws REGISTRY_BUSY REGISTRY_BROKEN */
  change<Result>(action: (database: DatabaseSync) => Result): Promise<Result>;
  /** A consistent look. @throws REGISTRY_BUSY REGISTRY_BROKEN */
  read<Result>(action: (database: DatabaseSync) => Result): Promise<Result>;
  close(): void;
}

/** Nothing is opened yet. `onCreate` runs in the transaction that makes a new, empty registry. */
export function openRegistryDatabase(
  path: string,
  onCreate: (database: DatabaseSync) => void,
): RegistryDatabase {
  let open: { readonly database: DatabaseSync; readonly inode: bigint } | undefined;

  function current(): DatabaseSync {
    const inode = inodeOf(path);
    // Somebody moved the file aside (`doctor --fix`) or restored another: what we hold is not the registry any more.
    if (open !== undefined && open.inode !== inode) close();
    if (open === undefined) {
      const database = new DatabaseSync(path, { timeout: blockingMs });
      try {
        prepare(database, path, onCreate);
        open = { database, inode: inodeOf(path) ?? 0n };
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
        if (!isPassing(error)) throw explained(error, path);
        if (waitedMs > patienceMs) throw busy(path, waitedMs, error);
        // With jitter, so that fifty processes that start together do not meet again and again.
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

function prepare(database: DatabaseSync, path: string, onCreate: (database: DatabaseSync) => void): void {
  const version = () => Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
  if (version() === format) return;
  inTransaction(database, "BEGIN IMMEDIATE", () => {
    const found = version(); // another process may have made it in between
    if (found === format) return;
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
    if (found !== 0 || tables !== 0) throw foreign(path, found);
    database.exec(schema);
    onCreate(database);
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

const rebuildHint =
  "'wiggum doctor --fix' moves the file aside and makes a new one that gives no number twice; no ticket, branch or worktree is touched.";

function foreign(path: string, found: number): WorkflowError<"REGISTRY_BROKEN"> {
  const isNewer = found > format;
  return new WorkflowError(
    "REGISTRY_BROKEN",
    isNewer
      ? `The registry of agents ${printable(path)} has format ${found}; this version of wiggum knows ${format}`
      : `${printable(path)} is a database, but no registry of agents`,
    { path },
    { hint: isNewer ? "Use the newer version of wiggum that made it." : rebuildHint },
  );
}

function busy(path: string, waitedMs: number, cause: unknown): WorkflowError<"REGISTRY_BUSY"> {
  return new WorkflowError(
    "REGISTRY_BUSY",
    `The registry of agents ${printable(path)} was in use for ${waitedMs} ms`,
    { path, waitedMs },
    { hint: "Try again.", cause },
  );
}

/** Failures of the file become one sentence; what an action refused with passes unchanged. */
function explained(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const said = error instanceof Error ? printable(error.message) : "unreadable";
  // 1 = a table or column is missing, 11 = damaged, 26 = not a database.
  const isDamaged = code === 1 || code === 11 || code === 26;
  // A constraint that fails is our own fault: a bug, not a state of the file.
  if (code === 19) return error;
  return new WorkflowError(
    "REGISTRY_BROKEN",
    isDamaged
      ? `The registry of agents ${printable(path)} is damaged: ${said}`
      : `The registry of agents ${printable(path)} cannot be used: ${said}`,
    { path },
    {
      hint: isDamaged ? rebuildHint : "Check the permissions of the folder and the space on the disk.",
      cause: error,
    },
  );
}
