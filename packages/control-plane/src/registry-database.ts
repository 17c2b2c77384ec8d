import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { openPatientDatabase, type PatientDatabase } from "./patient-database.js";

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
`;

/** Is there a registry? An empty file is none: looking into one makes it. */
export function hasRegistry(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/**
 * `agents.db`. Nothing is opened yet. `contents` is asked when there is none; what it answers fills the new one in the transaction that
 * makes it.
 * @throws REGISTRY_BUSY REGISTRY_BROKEN DISK_FULL FILE_SYSTEM_READ_ONLY from `change` and `read`
 */
export function openRegistryDatabase(
  path: string,
  contents: () => Promise<(database: DatabaseSync) => void>,
): PatientDatabase {
  return openPatientDatabase({
    path,
    schema,
    format,
    contents,
    errors: {
      broken: (reason, cause, sqliteCode) => broken(path, reason, cause, sqliteCode),
      foreign: (found) => foreign(path, found),
      busy: (waitedMs, cause) => busy(path, waitedMs, cause),
    },
  });
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
    { path, isReplaceable: !isNewer },
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

function broken(
  path: string,
  reason: string,
  cause: unknown,
  sqliteCode: number,
): WorkflowError<"REGISTRY_BROKEN"> {
  // 1 = a table or column is missing, 11 = damaged, 26 = not a database.
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const isDamaged = isFolder || sqliteCode === 1 || sqliteCode === 11 || sqliteCode === 26;
  return new WorkflowError(
    "REGISTRY_BROKEN",
    `The registry of agents ${printable(path)} ${isDamaged ? "is damaged" : "cannot be used"}: ${isFolder ? "a folder stands in its place" : printable(reason)}`,
    { path, isReplaceable: isDamaged },
    {
      hint: isDamaged ? rebuildHint : "Check the permissions of the folder and the space on the disk.",
      cause,
    },
  );
}
