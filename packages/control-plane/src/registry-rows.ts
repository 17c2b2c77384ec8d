import type { DatabaseSync } from "node:sqlite";
import type { AgentFacts, AgentHandle, AgentId, SessionFacts } from "@wiggum/workflow";

type Row = Readonly<Record<string, unknown>>;

const query = `
SELECT agents.*, sessions.generation, sessions.runner, sessions.handle, sessions.epoch, sessions.started_at,
       sessions.ended_at, sessions.exit_code, sessions.end_reason, live.agent_id AS live_id
FROM agents
LEFT JOIN sessions ON sessions.agent_id = agents.agent_id
  AND sessions.generation = (SELECT max(generation) FROM sessions AS newest WHERE newest.agent_id = agents.agent_id)
LEFT JOIN live ON live.agent_id = agents.agent_id`;

/** Agents by role, then number. */
export function listAgents(database: DatabaseSync, includeRetired: boolean): readonly AgentFacts[] {
  const where = includeRetired ? "" : " WHERE agents.retired_at IS NULL";
  return database.prepare(`${query}${where} ORDER BY agents.role, agents.number`).all().map(factsOf);
}

export function readAgent(database: DatabaseSync, agentId: AgentId): AgentFacts | undefined {
  const row = database.prepare(`${query} WHERE agents.agent_id = ?`).get(agentId);
  return row === undefined ? undefined : factsOf(row);
}

/** All sessions for one ticket, spawns that failed included, oldest first. */
export function sessionsOf(database: DatabaseSync, ticketId: string) {
  return database
    .prepare(
      `SELECT sessions.*, agents.role FROM sessions JOIN agents ON agents.agent_id = sessions.agent_id
       WHERE agents.ticket_id = ? ORDER BY sessions.started_at, sessions.rowid`,
    )
    .all(ticketId)
    .map((row) => ({ ...sessionOf(row), agentId: String(row["agent_id"]), role: String(row["role"]) }));
}

function factsOf(row: Row): AgentFacts {
  return {
    agentId: String(row["agent_id"]),
    role: String(row["role"]),
    number: Number(row["number"]),
    ...optional("ticketId", text(row["ticket_id"])),
    createdAt: String(row["created_at"]),
    ...optional("retiredAt", text(row["retired_at"])),
    ...optional("worktree", text(row["worktree"])),
    ...optional("branch", text(row["branch"])),
    isSupervised: row["is_supervised"] === 1,
    ...optional("session", row["generation"] === null ? undefined : sessionOf(row)),
    isLive: row["live_id"] !== null,
  };
}

function sessionOf(row: Row): SessionFacts {
  const handle = text(row["handle"]);
  return {
    generation: Number(row["generation"]),
    runner: String(row["runner"]),
    ...optional("handle", handle === undefined ? undefined : (JSON.parse(handle) as AgentHandle)),
    ...optional("epoch", number(row["epoch"])),
    startedAt: String(row["started_at"]),
    ...optional("endedAt", text(row["ended_at"])),
    ...optional("exitCode", number(row["exit_code"])),
    ...optional("endReason", text(row["end_reason"])),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [Key in Name]: Value });
}
