// Attempts to start an agent that came to nothing, in the registry: a supervisor that is started again must not begin to count anew.
import type { DatabaseSync } from "node:sqlite";
import type { FailedSpawn } from "@wiggum/workflow";

/** Made at the first failure: the registry of a project where nothing ever failed has no such table. */
const table = `
CREATE TABLE IF NOT EXISTS failed_spawns (
  ticket_id TEXT NOT NULL,
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  entered_at_ms INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  has_session INTEGER NOT NULL,
  commands TEXT
) STRICT`;

/** Kept of each ticket and role, newest. More would be counted by nobody. */
const kept = 100;

/** Adds one, and forgets those of another stay in a state. */
export function recordFailedSpawn(inside: DatabaseSync, failed: FailedSpawn): void {
  const { ticketId, role, state, enteredAtMs, atMs, reason, hasSession, commands } = failed;
  inside.exec(table);
  // Of a version that kept no commands.
  if (!hasCommands(inside)) inside.exec("ALTER TABLE failed_spawns ADD COLUMN commands TEXT");
  inside
    .prepare("DELETE FROM failed_spawns WHERE ticket_id = ? AND entered_at_ms <> ?")
    .run(ticketId, enteredAtMs);
  inside
    .prepare(
      `INSERT INTO failed_spawns (ticket_id, role, state, entered_at_ms, at_ms, reason, has_session, commands)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      ...[ticketId, role, state, enteredAtMs, atMs, reason, Number(hasSession)],
      commands === undefined ? null : JSON.stringify(commands),
    );
  inside
    .prepare(
      `DELETE FROM failed_spawns WHERE ticket_id = ? AND role = ? AND rowid NOT IN
         (SELECT rowid FROM failed_spawns WHERE ticket_id = ? AND role = ? ORDER BY rowid DESC LIMIT ${kept})`,
    )
    .run(ticketId, role, ticketId, role);
}

/** Oldest first; of one ticket, or of all. */
export function listFailedSpawns(inside: DatabaseSync, ticketId: string | undefined): readonly FailedSpawn[] {
  if (!hasTable(inside)) return [];
  return inside
    .prepare("SELECT * FROM failed_spawns WHERE ? IS NULL OR ticket_id = ? ORDER BY rowid")
    .all(ticketId ?? null, ticketId ?? null)
    .map((row) => ({
      ticketId: String(row["ticket_id"]),
      role: String(row["role"]),
      state: String(row["state"]),
      enteredAtMs: Number(row["entered_at_ms"]),
      atMs: Number(row["at_ms"]),
      reason: String(row["reason"]),
      hasSession: row["has_session"] === 1,
      ...(typeof row["commands"] === "string" && { commands: JSON.parse(row["commands"]) }),
    }));
}

export function forgetFailedSpawns(inside: DatabaseSync, ticketId: string, role: string): void {
  if (!hasTable(inside)) return;
  inside.prepare("DELETE FROM failed_spawns WHERE ticket_id = ? AND role = ?").run(ticketId, role);
}

function hasTable(inside: DatabaseSync): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'failed_spawns'";
  return inside.prepare(query).get() !== undefined;
}

function hasCommands(inside: DatabaseSync): boolean {
  return inside
    .prepare("PRAGMA table_info(failed_spawns)")
    .all()
    .some(({ name }) => name === "commands");
}
