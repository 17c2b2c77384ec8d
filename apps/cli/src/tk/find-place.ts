import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the tickets of a caller are. */
export type TkPlace =
  | { readonly kind: "folder"; readonly path: string }
  /** `TICKETS_DIR` names a folder that is not there. */
  | { readonly kind: "missing"; readonly path: string }
  /** No folder of tickets anywhere; a Wiggum project may be. */
  | { readonly kind: "project" }
  | { readonly kind: "none" };

/** `TICKETS_DIR` as given, else the nearest `.tickets` here or above, else a Wiggum project. */
export function findPlace(environment: NodeJS.ProcessEnv, workingDirectory: string): TkPlace {
  const given = environment["TICKETS_DIR"];
  if (given) return { kind: isFolder(given) ? "folder" : "missing", path: given };
  let isProject = false;
  for (let folder = workingDirectory; ; folder = dirname(folder)) {
    const path = join(folder, ".tickets");
    if (isFolder(path)) return { kind: "folder", path };
    // A linked worktree has a file `.git`: its project may be elsewhere.
    isProject ||= isFolder(join(folder, ".wiggum")) || isFile(join(folder, ".git"));
    if (dirname(folder) === folder) return { kind: isProject ? "project" : "none" };
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
