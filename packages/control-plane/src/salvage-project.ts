import { join, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import type { Project } from "./project.js";
import type { ProjectPaths } from "./project-paths.js";
import { dropSalvage, findSalvage, listSalvage, showSalvage } from "./salvage.js";
import { dropExpiredSalvage } from "./salvage-refs.js";
import { restoreSalvage } from "./salvage-restore.js";

/** The `salvage` part of a project, without what every look asks. `cwd` is what a relative folder is relative to. */
export function createProjectSalvage(options: {
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly cwd: string;
  readonly now: () => Date;
}): Omit<Project["salvage"], "points"> {
  const { git, paths, cwd, now } = options;
  return {
    list: () => listSalvage(git),
    show: (name) => showSalvage(git, name),
    async restore(name, into) {
      const entry = await findSalvage(git, name);
      // Beside the worktrees: ignored by git, and no agent's name.
      const fresh = join(paths.worktreesDirectory, "salvaged", ...entry.name.split("/"));
      return restoreSalvage(git, entry.name, into === undefined ? fresh : resolve(cwd, into));
    },
    drop: (name) => dropSalvage(git, name),
    dropExpired: () => dropExpiredSalvage(git, now()),
  };
}
