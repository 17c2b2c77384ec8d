// The changes of the registry, each a synchronous function to be run inside one write transaction.
import type { DatabaseSync } from "node:sqlite";
import { printable } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentId,
  admit,
  type ReservationRequest,
  WorkflowError,
} from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import { listBudgetEntries, readPause, reserveBudget } from "./registry-budgets.js";
import { listAgents, readAgent } from "./registry-rows.js";

export interface SpawnRow {
  readonly spawnId: string;
  readonly agentId: AgentId;
  readonly generation: number;
  readonly isNew: boolean;
  readonly owner: string | undefined;
}

/** Place, number and slot: all or nothing. */
export function reserve(
  database: DatabaseSync,
  request: ReservationRequest,
  made: { readonly spawnId: string; readonly owner: string; readonly at: string },
): { readonly agentId: AgentId; readonly generation: number } {
  const agents = listAgents(database, false);
  const live = agents.filter((agent) => agent.isLive);
  requirePlace(database, request, agents);
  const entries = request.budget === undefined ? [] : listBudgetEntries(database);
  const { reserve: reserved } = admit(request, { live, entries, pause: readPause(database) });
  const agentId = request.resume ?? newAgent(database, request, made.at);
  const generation = (lastGeneration(database, agentId) ?? 0) + 1;
  if (request.resume !== undefined) {
    database
      .prepare("UPDATE agents SET ticket_id = ?, is_supervised = ? WHERE agent_id = ?")
      .run(request.ticketId ?? null, Number(request.isSupervised), agentId);
  }
  database
    .prepare("INSERT INTO sessions (agent_id, generation, runner, started_at) VALUES (?, ?, ?, ?)")
    .run(agentId, generation, request.runner ?? "", made.at);
  database
    .prepare("INSERT INTO live (agent_id, generation, ticket_id, role) VALUES (?, ?, ?, ?)")
    .run(agentId, generation, request.ticketId ?? null, request.role);
  database
    .prepare("INSERT INTO spawns (spawn_id, agent_id, generation, is_new, owner) VALUES (?, ?, ?, ?, ?)")
    .run(made.spawnId, agentId, generation, Number(request.resume === undefined), made.owner);
  reserveBudget(database, request, { agentId, generation, reserve: reserved });
  return { agentId, generation };
}

function requirePlace(
  database: DatabaseSync,
  request: ReservationRequest,
  agents: readonly AgentFacts[],
): void {
  const { role, ticketId, resume } = request;
  const holder =
    ticketId === undefined
      ? undefined
      : database.prepare("SELECT agent_id FROM live WHERE ticket_id = ? AND role = ?").get(ticketId, role);
  if (holder !== undefined) throw agentLive(String(holder["agent_id"]), role, ticketId);
  if (resume === undefined) return;
  const agent = agents.find((candidate) => candidate.agentId === resume);
  if (agent === undefined) {
    throw new WorkflowError("AGENT_NOT_FOUND", `${printable(resume)} was ended and never works again`, {
      agentId: resume,
    });
  }
  if (agent.isLive) throw agentLive(resume, role, agent.ticketId);
}

function newAgent(database: DatabaseSync, request: ReservationRequest, at: string): AgentId {
  const { role } = request;
  const row = database.prepare("SELECT next FROM numbers WHERE role = ?").get(role);
  const first = Number(row?.["next"] ?? 0);
  let number = first;
  const given = database.prepare("SELECT 1 FROM agents WHERE role = ? AND number = ?");
  // A branch or folder of that name may be anybody's: such a number is passed over, and given when nobody has it any more.
  while (given.get(role, number) !== undefined || request.isTaken(`${role}-${number}`)) number++;
  if (number === first) raiseNumber(database, role, number + 1);
  const agentId = `${role}-${number}`;
  database
    .prepare(
      "INSERT INTO agents (agent_id, role, number, ticket_id, created_at, is_supervised) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(agentId, role, number, request.ticketId ?? null, at, Number(request.isSupervised));
  return agentId;
}

/** All numbers of the role below `next` count as given. Never goes down: a number is never given twice. */
export function raiseNumber(database: DatabaseSync, role: string, next: number): void {
  database
    .prepare(
      "INSERT INTO numbers (role, next) VALUES (?, ?) ON CONFLICT (role) DO UPDATE SET next = max(next, excluded.next)",
    )
    .run(role, next);
}

/** Numbers of these names are never given. */
export function reserveNames(database: DatabaseSync, names: Iterable<AgentId>): void {
  for (const name of names) {
    const parsed = parseAgentId(name);
    if (parsed !== undefined) raiseNumber(database, parsed.role, parsed.number + 1);
  }
}

export function readSpawn(database: DatabaseSync, spawnId: string): SpawnRow {
  const row = database.prepare("SELECT * FROM spawns WHERE spawn_id = ?").get(spawnId);
  if (row === undefined) throw new Error(`There is no open spawn ${printable(spawnId)}.`);
  return spawnOf(row);
}

export function openSpawns(database: DatabaseSync): readonly SpawnRow[] {
  return database.prepare("SELECT * FROM spawns ORDER BY spawn_id").all().map(spawnOf);
}

function spawnOf(row: Readonly<Record<string, unknown>>): SpawnRow {
  return {
    spawnId: String(row["spawn_id"]),
    agentId: String(row["agent_id"]),
    generation: Number(row["generation"]),
    isNew: row["is_new"] === 1,
    owner: typeof row["owner"] === "string" ? row["owner"] : undefined,
  };
}

/** The newest session of the agent is over, unless `generation` is an older one. */
export function endSession(
  database: DatabaseSync,
  agentId: AgentId,
  generation: number,
  end: { readonly reason: string; readonly exitCode?: number | undefined; readonly at: string },
): void {
  if (generation !== lastGeneration(database, agentId)) return;
  database
    .prepare(
      "UPDATE sessions SET ended_at = ?, exit_code = ?, end_reason = ? WHERE agent_id = ? AND generation = ? AND ended_at IS NULL",
    )
    .run(end.at, end.exitCode ?? null, end.reason, agentId, generation);
  freePlace(database, agentId);
}

/** What is known now of why a session ended. */
export function nameEnd(database: DatabaseSync, agentId: AgentId, generation: number, reason: string): void {
  database
    .prepare(
      "UPDATE sessions SET end_reason = ? WHERE agent_id = ? AND generation = ? AND ended_at IS NOT NULL",
    )
    .run(reason, agentId, generation);
}

/** Frees the (ticket, role) place and the ports of an agent. */
function freePlace(database: DatabaseSync, agentId: AgentId): void {
  database.prepare("DELETE FROM live WHERE agent_id = ?").run(agentId);
  database.prepare("DELETE FROM ports WHERE agent_id = ?").run(agentId);
}

export function retireAgent(database: DatabaseSync, agentId: AgentId, at: string): void {
  const agent = readAgent(database, agentId);
  if (agent === undefined) return;
  const generation = agent.session?.generation;
  if (generation !== undefined) endSession(database, agentId, generation, { reason: "killed", at });
  database
    .prepare("UPDATE agents SET retired_at = ? WHERE agent_id = ? AND retired_at IS NULL")
    .run(at, agentId);
  freePlace(database, agentId);
}

export function lastGeneration(database: DatabaseSync, agentId: AgentId): number | undefined {
  const row = database
    .prepare("SELECT max(generation) AS last FROM sessions WHERE agent_id = ?")
    .get(agentId);
  return typeof row?.["last"] === "number" ? row["last"] : undefined;
}

function agentLive(
  agentId: AgentId,
  role: string,
  ticketId: string | undefined,
): WorkflowError<"AGENT_LIVE"> {
  const where = ticketId === undefined ? "" : ` on ${printable(ticketId)}`;
  return new WorkflowError(
    "AGENT_LIVE",
    `${agentId} is the live ${role}${where}`,
    { agentId, role, ticketId },
    { hint: `Watch it with 'wiggum logs ${agentId}' or end it with 'wiggum kill ${agentId}'.` },
  );
}
