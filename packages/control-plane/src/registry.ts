import type { DatabaseSync } from "node:sqlite";
import { type AgentFacts, type AgentRegistry, metLimit, type SpawnStepRecord } from "@wiggum/workflow";
import type { FoundAgents } from "./find-agents.js";
import { factsHere, sessionHere } from "./moved-agents.js";
import { createOwner, isOwnerAlive, type Owner } from "./owner-lock.js";
import { writePanels } from "./panels-view.js";
import type { ProjectPaths } from "./project-paths.js";
import { enterAgents } from "./registry-adoption.js";
import { liftPause, listBudgetEntries, readPause, recordLimit, recordUse } from "./registry-budgets.js";
import * as changes from "./registry-changes.js";
import { openRegistryDatabase } from "./registry-database.js";
import { forgetFailedSpawns, listFailedSpawns, recordFailedSpawn } from "./registry-failed-spawns.js";
import { leasePort } from "./registry-ports.js";
import { listAgents, readAgent, sessionsOf } from "./registry-rows.js";
import { newUlid } from "./ulid.js";

/** Where the registry of agents keeps its files, and whom it asks when they are gone. */
export interface AgentRegistryOptions {
  /** `agents.db` */
  readonly database: string;
  /** `panels.json`, written after each change, never read. */
  readonly panelsFile: string;
  /** Folder of the kernel locks that prove that a process lives. */
  readonly ownersDirectory: string;
  /** Wall clock, for display. Default: the real one. */
  readonly now?: (() => Date) | undefined;
  /**
   * Agents that left traces or run. Asked when a new registry is made (the first one, or after somebody deleted the file): those that run
   * keep their place, no number is given again.
   */
  readonly whatIsThere?: (() => Promise<FoundAgents>) | undefined;
  /** Of the project as it lies now: what was noted where it lay before is corrected in every answer. Default: told as noted. */
  readonly paths?: ProjectPaths | undefined;
}

/**
 * The registry of agents over SQLite: one write transaction per change, usable from any number of processes of this host. Nothing is
 * opened before the first call.
 * @throws (all methods) REGISTRY_BROKEN REGISTRY_BUSY
 */
export function createAgentRegistry(options: AgentRegistryOptions): AgentRegistry {
  const now = () => (options.now?.() ?? new Date()).toISOString();
  const database = openRegistryDatabase(options.database, async () => {
    const found = await options.whatIsThere?.();
    return (fresh) => {
      if (found === undefined) return;
      enterAgents(fresh, found, now());
      if (found.agents.length > 0) writePanels(options.panelsFile, listAgents(fresh, false));
    };
  });
  let owner: Owner | undefined;
  const ownerId = () => {
    owner ??= createOwner(options.ownersDirectory);
    return owner.id;
  };
  const isAlive = (id: string | undefined) =>
    id !== undefined && (id === owner?.id || isOwnerAlive(options.ownersDirectory, id));

  /** A change that people see: the view is replaced while the write lock is held. */
  function visibleChange(action: (inside: DatabaseSync) => void): Promise<void> {
    return database.change((inside) => {
      action(inside);
      writePanels(options.panelsFile, listAgents(inside, false));
    });
  }

  const { paths } = options;
  const here = (facts: AgentFacts) => (paths === undefined ? facts : factsHere(paths, facts));

  return {
    list: async (list = {}) =>
      (await database.read((inside) => listAgents(inside, list.includeRetired === true))).map(here),
    async read(agentId) {
      const facts = await database.read((inside) => readAgent(inside, agentId));
      return facts === undefined ? undefined : here(facts);
    },
    async sessionsOf(ticketId) {
      const sessions = await database.read((inside) => sessionsOf(inside, ticketId));
      return paths === undefined
        ? sessions
        : sessions.map((session) => sessionHere(paths, session.agentId, session));
    },
    recordFailedSpawn: (failed) => database.change((inside) => recordFailedSpawn(inside, failed)),
    failedSpawns: (ticketId) => database.read((inside) => listFailedSpawns(inside, ticketId)),
    async forgetFailedSpawns(ticketId, role) {
      const known = await database.read((inside) => listFailedSpawns(inside, ticketId));
      // Nearly always there is none: a look takes no write lock.
      if (!known.some((failed) => failed.role === role)) return;
      await database.change((inside) => forgetFailedSpawns(inside, ticketId, role));
    },
    hasSession: () =>
      database.read(
        (inside) =>
          inside
            .prepare("SELECT 1 FROM sessions WHERE handle IS NOT NULL OR end_reason = 'lost' LIMIT 1")
            .get() !== undefined,
      ),
    async reserve(request) {
      const made = { spawnId: newUlid(), owner: ownerId(), at: now() };
      const place = await database.change((inside) => changes.reserve(inside, request, made));
      return { ...place, spawnId: made.spawnId };
    },
    recordStep: (spawnId, step) =>
      database.change((inside) => {
        changes.readSpawn(inside, spawnId);
        inside
          .prepare(
            `INSERT INTO spawn_steps (spawn_id, position, step, data)
             SELECT ?, coalesce(max(position), 0) + 1, ?, ? FROM spawn_steps WHERE spawn_id = ?`,
          )
          .run(spawnId, step.step, JSON.stringify(step.data), spawnId);
      }),
    recordWorktree: (agentId, worktree, branch) =>
      database.change((inside) => {
        inside
          .prepare("UPDATE agents SET worktree = ?, branch = ? WHERE agent_id = ?")
          .run(worktree, branch, agentId);
      }),
    recordStart: (spawnId, session) =>
      visibleChange((inside) => {
        const spawn = changes.readSpawn(inside, spawnId);
        inside
          .prepare(
            "UPDATE sessions SET runner = ?, handle = ?, epoch = ?, started_at = ? WHERE agent_id = ? AND generation = ?",
          )
          .run(
            session.runner,
            JSON.stringify(session.handle),
            session.epoch ?? null,
            now(),
            spawn.agentId,
            spawn.generation,
          );
      }),
    finishSpawn: (spawnId) =>
      database.change((inside) => {
        inside.prepare("DELETE FROM spawns WHERE spawn_id = ?").run(spawnId);
      }),
    abandonSpawn: (spawnId, reason) =>
      visibleChange((inside) => {
        const spawn = changes.readSpawn(inside, spawnId);
        changes.endSession(inside, spawn.agentId, spawn.generation, { reason, at: now() });
        if (spawn.isNew) changes.retireAgent(inside, spawn.agentId, now());
        inside.prepare("DELETE FROM spawns WHERE spawn_id = ?").run(spawnId);
      }),
    async unfinishedSpawns() {
      const isAbandoned = (spawn: changes.SpawnRow) => !isAlive(spawn.owner);
      // Nearly always there is none: a look takes no write lock.
      if (!(await database.read(changes.openSpawns)).some(isAbandoned)) return [];
      const mine = ownerId();
      return database.change((inside) =>
        changes
          .openSpawns(inside)
          .filter(isAbandoned)
          .map((spawn) => {
            inside.prepare("UPDATE spawns SET owner = ? WHERE spawn_id = ?").run(mine, spawn.spawnId);
            const { spawnId, agentId, generation } = spawn;
            return { spawnId, agentId, generation, steps: stepsOf(inside, spawnId) };
          }),
      );
    },
    leaveSpawn: (spawnId) =>
      database.change((inside) => {
        inside.prepare("UPDATE spawns SET owner = NULL WHERE spawn_id = ?").run(spawnId);
      }),
    isStarting: (agentId) =>
      database.read((inside) =>
        changes.openSpawns(inside).some((spawn) => spawn.agentId === agentId && isAlive(spawn.owner)),
      ),
    leasePort: (agentId, generation, tried) =>
      database.change((inside) => leasePort(inside, agentId, generation, tried)),
    recordEnd: (agentId, generation, end) =>
      visibleChange((inside) => changes.endSession(inside, agentId, generation, { ...end, at: now() })),
    retire: (agentId) => visibleChange((inside) => changes.retireAgent(inside, agentId, now())),
    pause: () => database.read(readPause),
    recordLimit: (limit, nowMs, jitterMs, session) =>
      database.change((inside) => {
        if (session !== undefined) changes.nameEnd(inside, session.agentId, session.generation, metLimit);
        return recordLimit(inside, limit, nowMs, jitterMs);
      }),
    liftPause: (seen) => database.change((inside) => liftPause(inside, seen)),
    budgetEntries: () => database.read(listBudgetEntries),
    recordUse: (agentId, generation, spent) =>
      database.change((inside) => recordUse(inside, agentId, generation, spent)),
    async close() {
      database.close();
      owner?.release();
      owner = undefined;
    },
  };
}

function stepsOf(inside: DatabaseSync, spawnId: string): readonly SpawnStepRecord[] {
  return inside
    .prepare("SELECT step, data FROM spawn_steps WHERE spawn_id = ? ORDER BY position")
    .all(spawnId)
    .map((row) => ({ step: String(row["step"]), data: JSON.parse(String(row["data"])) }));
}
