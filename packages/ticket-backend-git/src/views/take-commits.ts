// Commits that somebody made inside a view count as edits of the files that they touch.

import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { idOfPath } from "../fan-out.js";
import type { ObjectId } from "../objects.js";
import { storePaths } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import { readViewHead } from "./git-state.js";
import type { ManifestFile } from "./manifest.js";
import type { ViewPlace } from "./view-place.js";

/** Bases of the files that local commits touched: their blob at the merge base, `undefined` where the file was not there. */
export type TakenFiles = ReadonlyMap<string, ManifestFile | undefined>;

const nothing: TakenFiles = new Map();

/**
 * Looks for commits in the view that the store lacks. They are kept in the store under `refs/wiggum/taken/<commit>` first; only then
 * may the view's branch be moved. Answers the files they touched with their bases.
 */
export function takeCommits(
  store: StorePlace,
  view: ViewPlace,
  tip: ObjectId,
  known: ObjectId | undefined,
): TakenFiles {
  const { commit } = readViewHead(view);
  if (commit === undefined || commit === tip || commit === known) return nothing;
  const isKnown = view.git.runSync(["merge-base", "--is-ancestor", commit, tip], {
    allowedExitCodes: [0, 1, 128],
  });
  // 128: the commit's objects are gone, with a store that was lost.
  if (isKnown.exitCode !== 1) return nothing;
  keepCommits(store, view, commit, tip);
  const base = view.git.runSync(["merge-base", commit, tip], { allowedExitCodes: [0, 1] }).stdout.trim();
  const before = base === "" ? [] : treeFiles(view, base);
  const bases = new Map(before);
  const touched = new Map<string, ManifestFile | undefined>();
  for (const [name, blob] of treeFiles(view, commit)) {
    if (idOfPath(name) !== undefined && bases.get(name) !== blob) touched.set(name, fileOf(bases.get(name)));
    bases.delete(name);
  }
  for (const [name, blob] of bases) if (idOfPath(name) !== undefined) touched.set(name, { blob });
  return touched;
}

function fileOf(blob: ObjectId | undefined): ManifestFile | undefined {
  return blob === undefined ? undefined : { blob };
}

/** Files of a commit by their paths, at the top and in folders of tickets. */
export function treeFiles(
  view: ViewPlace,
  commit: ObjectId,
): readonly (readonly [name: string, blob: ObjectId])[] {
  const { stdoutBytes } = view.git.runSync(["ls-tree", "-r", "-z", "--full-tree", commit]);
  return Buffer.from(stdoutBytes)
    .toString("latin1")
    .split("\0")
    .flatMap((line) => {
      const [, type, blob, name] = /^\d+ (\w+) ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      const isShown = name !== undefined && (!name.includes("/") || idOfPath(name) !== undefined);
      return type === "blob" && blob !== undefined && isShown ? [[name, blob] as const] : [];
    });
}

/** Copies the commits as objects, then names them. Neither takes a lock that a kill could leave behind. */
function keepCommits(store: StorePlace, view: ViewPlace, commit: ObjectId, tip: ObjectId): void {
  const pack = view.git.runSync(["pack-objects", "--revs", "--stdout", "--quiet"], {
    input: `${commit}\n^${tip}\n`,
  });
  store.git.runSync(["unpack-objects", "-q"], { input: pack.stdoutBytes });
  const path = join(store.root, storePaths.takenRefs, commit);
  const own = join(store.privateFolder, `taken-${randomBytes(8).toString("hex")}`);
  mkdirSync(dirname(path), { recursive: true });
  mkdirSync(store.privateFolder, { recursive: true });
  writeFileSync(own, `${commit}\n`);
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
}
