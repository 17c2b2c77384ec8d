import { existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { fromRoot } from "./init-files.js";
import type { InitPart } from "./init-report.js";
import type { ProjectPaths } from "./project-paths.js";

/** A project of the shell version: it has a store and `config.sh`, and no marker. */
export function isShellProject(paths: ProjectPaths): boolean {
  return (
    !existsSync(paths.marker) &&
    !isCleanedProject(paths) &&
    existsSync(paths.ticketStore) &&
    existsSync(paths.configShell)
  );
}

/** Is this our folder, though its marker is gone (`git clean -fdx` takes it, and leaves the store)? */
export function isCleanedProject(paths: ProjectPaths): boolean {
  return !existsSync(paths.marker) && existsSync(join(paths.ticketStore, ".git"));
}

/**
 * Keeps a copy of what the shell version wrote and we write anew: its registry. Tickets, settings, hooks, prompts and types are not
 * touched; what the store itself replaces (git hooks), it keeps inside itself.
 */
export async function backUpShellProject(paths: ProjectPaths): Promise<readonly InitPart[]> {
  const path = paths.panelsFile;
  const target = join(paths.adoptionBackup, basename(path));
  if (!existsSync(path) || existsSync(target)) return [];
  await mkdir(paths.adoptionBackup, { recursive: true });
  await cp(path, target);
  return [
    {
      part: "backup",
      path: fromRoot(paths, target),
      outcome: "created",
      detail: "the agents that the shell version knew",
    },
  ];
}
