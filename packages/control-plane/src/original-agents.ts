import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { AgentId } from "@wiggum/workflow";
import { originalRegistries } from "./adoption-backup.js";
import { parseAgentId } from "./branch-names.js";
import type { ProjectPaths } from "./project-paths.js";

/**
 * Agents that the shell version's registry named when the project was upgraded; empty in every other project. Their numbers are not given
 * again, even where nothing else is left of them.
 */
export function readOriginalAgents(paths: ProjectPaths): readonly AgentId[] {
  const files = originalRegistries(paths).map((file) => join(paths.adoptionBackup, basename(file)));
  return files.filter((file) => existsSync(file)).flatMap(namesIn);
}

function namesIn(file: string): readonly AgentId[] {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
    return names.filter((name) => parseAgentId(name) !== undefined);
  } catch {
    return []; // A damaged one names nobody.
  }
}
