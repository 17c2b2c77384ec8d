// Which commits of `main` other hosts wrote: their hooks ran there, and are not run here once more.
import { appendFileSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import type { ObjectId } from "../objects.js";
import { uplinkPaths } from "./uplink-paths.js";

/** Lines that are kept: hooks are drained at every turn, so what is older was read long ago. */
const mostKept = 20_000;

/** Before `main` moves over these commits. */
export function noteReceived(root: string, commits: readonly ObjectId[]): void {
  if (commits.length === 0) return;
  const path = join(root, uplinkPaths.received);
  mkdirSync(dirname(path), { recursive: true });
  const lines = (readTextIfThere(path) ?? "").split("\n");
  if (lines.length > 2 * mostKept) writeFileAtomically(path, `${lines.slice(-mostKept).join("\n")}`);
  appendFileSync(path, `\n${commits.join("\n")}\n`);
}

/** Answers whether another host wrote a commit. What it has read is kept for as long as the file stays as it is. */
export function createReceived(root: string): (commit: ObjectId) => boolean {
  const path = join(root, uplinkPaths.received);
  let known: ReadonlySet<ObjectId> = new Set();
  let stamp = "";
  return (commit) => {
    const file = statSync(path, { throwIfNoEntry: false });
    const now = file === undefined ? "" : `${file.size} ${file.mtimeMs} ${file.ino}`;
    if (now !== stamp) {
      known = new Set((readTextIfThere(path) ?? "").split("\n"));
      stamp = now;
    }
    return known.has(commit);
  };
}
