import { lstatSync } from "node:fs";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";
import { worktreePaths } from "./project-paths.js";

/** Does a symbolic link stand in this place? `false` also where nothing stands. */
export function isLinkedFolder(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch {
    return false; // A folder above it is none: whoever uses the path is told so.
  }
}

/**
 * An agent writes what it likes in its worktree, a link in the place of the control folder, too. Nothing is written through that. The
 * project's own control folder may be a link: a person laid it.
 * @throws FOREIGN_FOLDER
 */
export function refuseLinkedControl(worktree: string): void {
  const path = worktreePaths(worktree).controlDirectory;
  if (isLinkedFolder(path)) throw linkedControl(path);
}

/**
 * The files that show the tickets to the caller. Refused before anything is written: half of each command would be left undone.
 * @throws FOREIGN_FOLDER
 */
export function refuseLinkedView(folder: string): void {
  if (isLinkedFolder(folder)) throw linkedControl(folder);
}

function linkedControl(path: string): WorkflowError<"FOREIGN_FOLDER"> {
  return new WorkflowError(
    "FOREIGN_FOLDER",
    `${printable(path)} is a symbolic link: nothing is read or written through it`,
    { path },
    {
      hint: "Remove the link, and put the folder itself in its place if it is yours. Otherwise it is made again: the tickets' files by 'wiggum doctor --fix', an agent's folder by 'wiggum spawn' for its ticket.",
    },
  );
}
