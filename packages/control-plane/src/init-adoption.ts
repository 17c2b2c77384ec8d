import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ProjectPaths } from "./project-paths.js";

/** A project of the shell version, also one whose upgrade was cut off: it has a store and `config.sh`, and no marker. */
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
  const isCutOff = existsSync(paths.adoptionBackup) && !existsSync(finishedSign(paths));
  return !existsSync(paths.marker) && existsSync(join(paths.ticketStore, ".git")) && !isCutOff;
}

/** Written when an upgrade is through: tells what the folder is for. */
export function finishedSign(paths: ProjectPaths): string {
  return join(paths.adoptionBackup, "README.md");
}
