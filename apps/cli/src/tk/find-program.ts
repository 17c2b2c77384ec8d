import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a program is on PATH; undefined = nowhere. A name with a `/` is no program of PATH. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  if (name.includes("/")) return undefined;
  return pathFolders(path)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Folders of PATH; an empty one is the working directory. Without a PATH there are none. */
export function pathFolders(path: string | undefined): readonly string[] {
  if (!path) return [];
  return path.split(delimiter).map((folder) => folder || ".");
}

/** Is this a file that may be run? */
export function isExecutable(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
