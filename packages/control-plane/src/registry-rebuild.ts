import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { AgentId } from "@wiggum/workflow";
import { exclusively } from "./exclusively.js";
import { type AgentSources, findAgents } from "./find-agents.js";
import { writePanels } from "./panels-view.js";
import { enterAgents } from "./registry-adoption.js";
import { openRegistryDatabase } from "./registry-database.js";
import { listAgents } from "./registry-rows.js";
import { newUlid } from "./ulid.js";

/** What was found when the registry of agents was made anew. */
export interface RebuiltRegistry {
  /** Where the damaged file went; absent = there was none. */
  readonly movedTo?: string | undefined;
  /** Agents that were found on disk or running. */
  readonly adopted: readonly AgentId[];
}

/**
 * For a registry that cannot be read or is gone: moves what is there aside and makes a new one from what is on disk. Numbers go on above
 * every name that a branch, worktree, log, salvage point or ticket bears or bore; agents with a worktree are taken in again, those that run
 * keep their place.
 */
export async function rebuildRegistry(sources: AgentSources): Promise<RebuiltRegistry> {
  const { paths } = sources;
  // Everything is looked at first: what cannot be looked at must not cost the old file.
  const found = await findAgents(sources);
  const at = new Date().toISOString();
  return exclusively(join(paths.ownersDirectory, "rebuild.db"), async () => {
    const isThere = existsSync(paths.agentsDatabase);
    const movedTo = `${paths.agentsDatabase}.damaged-${newUlid()}`;
    for (const suffix of ["", "-journal", "-wal", "-shm"]) {
      const file = `${paths.agentsDatabase}${suffix}`;
      if (existsSync(file)) renameSync(file, `${movedTo}${suffix}`);
    }
    const database = openRegistryDatabase(
      paths.agentsDatabase,
      async () => (fresh) => enterAgents(fresh, found, at),
    );
    try {
      await database.read((inside) => writePanels(paths.panelsFile, listAgents(inside, false)));
    } finally {
      database.close();
    }
    return {
      ...(isThere ? { movedTo } : {}),
      adopted: found.agents.map(({ agentId }) => agentId),
    };
  });
}
