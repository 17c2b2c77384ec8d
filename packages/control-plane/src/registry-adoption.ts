import type { DatabaseSync } from "node:sqlite";
import type { AgentHandle, AgentId } from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import type { FoundAgents } from "./find-agents.js";
import { raiseNumber, reserveNames } from "./registry-changes.js";

/** An agent that was found on disk, not made by a spawn: after the registry was lost. */
export interface AdoptedAgent {
  readonly agentId: AgentId;
  readonly ticketId?: string | undefined;
  readonly worktree?: string | undefined;
  readonly branch?: string | undefined;
  readonly isSupervised?: boolean | undefined;
  /** Of the session that runs. */
  readonly handle?: AgentHandle | undefined;
  readonly epoch?: number | undefined;
  /** Of the last session, which is over unless there is a handle. */
  readonly generation?: number | undefined;
}

/** Fills a new registry with what was found. `at` = now, ISO 8601. */
export function enterAgents(fresh: DatabaseSync, { names, agents }: FoundAgents, at: string): void {
  reserveNames(fresh, names);
  for (const agent of agents) adoptAgent(fresh, agent, at);
}

function adoptAgent(database: DatabaseSync, agent: AdoptedAgent, at: string): void {
  const parsed = parseAgentId(agent.agentId);
  if (parsed === undefined) return;
  raiseNumber(database, parsed.role, parsed.number + 1);
  database
    .prepare(
      "INSERT INTO agents (agent_id, role, number, ticket_id, created_at, worktree, branch, is_supervised) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      agent.agentId,
      parsed.role,
      parsed.number,
      agent.ticketId ?? null,
      at,
      agent.worktree ?? null,
      agent.branch ?? null,
      Number(agent.isSupervised ?? false),
    );
  const generation = agent.handle?.generation ?? agent.generation;
  if (generation === undefined) return;
  const isOver = agent.handle === undefined;
  database
    .prepare(
      "INSERT INTO sessions (agent_id, generation, runner, handle, epoch, started_at, ended_at, end_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .run(
      agent.agentId,
      generation,
      agent.handle?.runner ?? "",
      agent.handle === undefined ? null : JSON.stringify(agent.handle),
      agent.epoch ?? null,
      at,
      isOver ? at : null,
      isOver ? "lost" : null,
    );
  if (isOver) return;
  // Two live agents of one role on one ticket cannot be told apart any more: the first found keeps the place.
  database
    .prepare("INSERT OR IGNORE INTO live (agent_id, generation, ticket_id, role) VALUES (?, ?, ?, ?)")
    .run(agent.agentId, generation, agent.ticketId ?? null, parsed.role);
}
