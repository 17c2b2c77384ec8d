// A look at every file of a large view costs more than any question to the store: that a view was whole is noted beside its manifest.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import type { ObjectId } from "../objects.js";
import { readViewHead } from "./git-state.js";
import type { ViewPlace } from "./view-place.js";

/** Views with fewer files are looked at every time: an edit there is told by the next command. */
const fewestFiles = 1000;

function notePath({ privateFolder }: ViewPlace): string {
  return join(privateFolder, "whole-at");
}

/** The commit at which the view was whole the last time that anybody looked. */
export function wholeAt(view: ViewPlace): ObjectId | undefined {
  return readTextIfThere(notePath(view))?.trim() || undefined;
}

export function isLarge(files: number): boolean {
  return files >= fewestFiles;
}

/** Was every file as the store had it at `tip`, and has nobody committed in the view since? */
export function isWholeAt(view: ViewPlace, tip: ObjectId): boolean {
  if (readTextIfThere(notePath(view)) !== `${tip}\n`) return false;
  const { commit, isOnMain } = readViewHead(view);
  return isOnMain && commit === tip;
}

/** `tip` = the view, a large one, is whole at that commit; absent = it is not. */
export function noteWhole(view: ViewPlace, tip: ObjectId | undefined): void {
  const path = notePath(view);
  const note = tip === undefined ? undefined : `${tip}\n`;
  if (readTextIfThere(path) === note) return;
  if (note === undefined) rmSync(path, { force: true });
  else writeFileAtomically(path, note);
}
