import { existsSync } from "node:fs";
import { createGit } from "@wiggum/git";
import type { Tickets } from "@wiggum/ticket-core";
import { findAgents } from "./find-agents.js";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";
import { createAgentRegistry } from "./registry.js";

/**
 * Makes the registry of an upgraded project: agents that have a worktree are known, their sessions are over. The shell version's own sessions
 * are none of ours, so no runner is asked.
 */
export async function enterOriginalAgents(paths: ProjectPaths, tickets: Tickets): Promise<InitPart> {
  const isThere = existsSync(paths.agentsDatabase);
  const runner = { name: "process", discover: async () => [] };
  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
    whatIsThere: () => findAgents({ paths, git: createGit({ cwd: paths.root }), tickets, runner }),
  });
  try {
    const names = (await registry.list()).map(({ agentId }) => agentId).sort();
    return {
      part: "registry",
      path: fromRoot(paths, paths.agentsDatabase),
      outcome: isThere ? "kept" : "created",
      detail: names.length === 0 ? undefined : `known from before: ${names.join(", ")}`,
    };
  } finally {
    await registry.close();
  }
}
