// What sessions reserved and used of the budgets, and the limit that stops the whole pool, in the registry: a supervisor that is started again
// goes on where the former one was killed.
import type { DatabaseSync } from "node:sqlite";
import {
  type AgentId,
  type BudgetAmounts,
  type BudgetEntry,
  nextPause,
  type PoolPause,
  type RateLimit,
  type ReservationRequest,
} from "@wiggum/workflow";

/** Made when they are needed first: the registry of a project without budgets has no such table. */
const useTable = `
CREATE TABLE IF NOT EXISTS session_use (
  agent_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  ticket_id TEXT,
  run_id TEXT,
  day TEXT NOT NULL,
  reserved TEXT NOT NULL,
  spent TEXT NOT NULL,
  PRIMARY KEY (agent_id, generation)
) STRICT`;
const pauseTable = `
CREATE TABLE IF NOT EXISTS pool_pause (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  reason TEXT NOT NULL,
  until_ms INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  times INTEGER NOT NULL
) STRICT`;

/** Part of the transaction that takes the place: side by side, launches see what each other has reserved. */
export function reserveBudget(
  inside: DatabaseSync,
  { ticketId, budget }: ReservationRequest,
  session: { readonly agentId: AgentId; readonly generation: number; readonly reserve: BudgetAmounts },
): void {
  if (budget === undefined) return;
  inside.exec(useTable);
  inside
    .prepare("INSERT OR REPLACE INTO session_use VALUES (?, ?, ?, ?, ?, ?, '{}')")
    .run(
      session.agentId,
      session.generation,
      ticketId ?? null,
      budget.runId ?? null,
      budget.day,
      JSON.stringify(session.reserve),
    );
}

/** Oldest first. A session is open until its end is noted. */
export function listBudgetEntries(inside: DatabaseSync): readonly BudgetEntry[] {
  if (!hasTable(inside, "session_use")) return [];
  return inside
    .prepare(
      `SELECT session_use.*, sessions.ended_at FROM session_use
       LEFT JOIN sessions ON sessions.agent_id = session_use.agent_id AND sessions.generation = session_use.generation
       ORDER BY session_use.rowid`,
    )
    .all()
    .map((row) => ({
      agentId: String(row["agent_id"]),
      generation: Number(row["generation"]),
      ...(row["ticket_id"] === null ? {} : { ticketId: String(row["ticket_id"]) }),
      ...(row["run_id"] === null ? {} : { runId: String(row["run_id"]) }),
      day: String(row["day"]),
      reserved: JSON.parse(String(row["reserved"])) as BudgetAmounts,
      spent: JSON.parse(String(row["spent"])) as BudgetAmounts,
      isOpen: row["ended_at"] === null,
    }));
}

export function recordUse(
  inside: DatabaseSync,
  agentId: AgentId,
  generation: number,
  spent: BudgetAmounts,
): void {
  if (!hasTable(inside, "session_use")) return;
  inside
    .prepare("UPDATE session_use SET spent = ? WHERE agent_id = ? AND generation = ?")
    .run(JSON.stringify(spent), agentId, generation);
}

export function readPause(inside: DatabaseSync): PoolPause | undefined {
  if (!hasTable(inside, "pool_pause")) return undefined;
  const row = inside.prepare("SELECT * FROM pool_pause").get();
  if (row === undefined) return undefined;
  return {
    reason: String(row["reason"]),
    untilMs: Number(row["until_ms"]),
    sinceMs: Number(row["since_ms"]),
    times: Number(row["times"]),
  };
}

export function recordLimit(
  inside: DatabaseSync,
  limit: RateLimit,
  nowMs: number,
  jitterMs: number,
): PoolPause {
  inside.exec(pauseTable);
  const pause = nextPause(readPause(inside), limit, nowMs, jitterMs);
  const whole = { ...pause, untilMs: Math.round(pause.untilMs), sinceMs: Math.round(pause.sinceMs) };
  inside
    .prepare("INSERT OR REPLACE INTO pool_pause VALUES (1, ?, ?, ?, ?)")
    .run(whole.reason, whole.untilMs, whole.sinceMs, whole.times);
  return whole;
}

export function liftPause(inside: DatabaseSync, seen: PoolPause): void {
  if (!hasTable(inside, "pool_pause")) return;
  inside.prepare("DELETE FROM pool_pause WHERE until_ms = ? AND times = ?").run(seen.untilMs, seen.times);
}

function hasTable(inside: DatabaseSync, name: string): boolean {
  const query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?";
  return inside.prepare(query).get(name) !== undefined;
}
