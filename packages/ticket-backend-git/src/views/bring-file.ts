// One file of a view, written or removed whole.
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomically } from "../files.js";
import type { ObjectId } from "../objects.js";
import type { ViewPlace } from "./view-place.js";

/** `wanted` absent = the file goes. The temporary file lies in the git folder: nobody takes it for a ticket. */
export function bringFile(
  { folder, privateFolder }: Pick<ViewPlace, "folder" | "privateFolder">,
  file: { readonly path: string; readonly wanted?: ObjectId | undefined },
  contents: ReadonlyMap<ObjectId, Buffer>,
): void {
  const path = join(folder, file.path);
  const isInFolder = file.path.includes("/");
  if (file.wanted === undefined) {
    rmSync(path, { force: true });
    if (isInFolder) removeIfEmpty(dirname(path));
    return;
  }
  const content = contents.get(file.wanted);
  if (content === undefined) return;
  if (isInFolder) mkdirSync(dirname(path), { recursive: true });
  writeFileAtomically(path, content, { folder: privateFolder });
}

/** As git does when the last file of a folder goes. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes(code)) throw error;
  }
}
