import { randomBytes } from "node:crypto";
import { closeSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { storePaths } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import { registeredViews, viewLockPath } from "./views/view-place.js";

/** Lock files, of the store and its views, that SQLite cannot use: every write, or every refresh of that view, fails on them. */
export function unusableLockFiles(place: StorePlace): readonly string[] {
  const views = registeredViews(place).map(({ view }) => viewLockPath(view));
  return [join(place.root, storePaths.mutex), ...views].filter(isUnusable);
}

/** Moves such a file aside. Nobody holds a lock on what cannot be locked. One that was put right meanwhile stays. */
export function moveLockFileAside(path: string): void {
  if (isUnusable(path)) renameSync(path, `${path}.broken-${randomBytes(4).toString("hex")}`);
}

const header = Buffer.from("SQLite format 3\0");

function isUnusable(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return false;
  if (!stats.isFile()) return true;
  // A sound one is empty for ever, and is not opened: closing it again would let go what this process has locked.
  if (stats.size === 0) return false;
  const start = Buffer.alloc(header.length);
  const descriptor = openSync(path, "r");
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return !start.equals(header);
}
