import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { TicketId } from "@wiggum/ticket-core";
import { idOfPath, isFanName, nameOfPath } from "../fan-out.js";
import type { ObjectId } from "../objects.js";
import { readSteps } from "../read-steps.js";
import type { StorePlace } from "../store-place.js";
import { readMainline } from "../timeline.js";
import { type DiskFile, lookAtFile } from "./disk.js";
import type { Manifest, ManifestFile } from "./manifest.js";
import type { ViewPlace } from "./view-place.js";

export interface ExaminedFile {
  /** From the view's folder: `tk-5c46.md`, `5c/tk-5c46.md`. */
  readonly path: string;
  /** Absent for the store's other files. */
  readonly id?: TicketId | undefined;
  readonly disk: DiskFile;
  /** What it was made from. */
  readonly known?: ManifestFile | undefined;
  /** What the store has for it now. */
  readonly wanted?: ObjectId | undefined;
  /**
   * `current`: nothing to do. `behind`: ours, to be brought to `wanted`. `edited`: somebody changed, made or deleted it.
   * `foreign`: something that is no file lies there.
   */
  readonly verdict: "current" | "behind" | "edited" | "foreign";
}

/** Looks at every file that the view has or should have. `wanted` = paths and blobs at `tip`. */
export function examineFiles(
  store: StorePlace,
  view: ViewPlace,
  manifest: Manifest,
  tip: ObjectId,
  wanted: ReadonlyMap<string, ObjectId>,
): readonly ExaminedFile[] {
  const paths = new Set([...manifest.files.keys(), ...wanted.keys(), ...ticketPaths(view.folder)]);
  // A store that was restored from an older copy: what the view shows may be newer, and counts as an edit of what the store has.
  let isFromHere: boolean | undefined;
  const isOurs = () => {
    isFromHere ??= manifest.at === undefined || manifest.at === tip || store.isAncestor(manifest.at, tip);
    return isFromHere;
  };
  const past = pastBlobs(store, manifest.at, tip, isOurs);
  const moved = movedPaths(manifest, wanted);
  return [...paths].sort().map((path) => {
    const stored = manifest.files.get(path);
    const disk = lookAtFile(view.folder, path, stored, tip.length);
    const isNewer =
      disk.kind === "file" && disk.blob === stored?.blob && disk.blob !== wanted.get(path) && !isOurs();
    const known = isNewer ? fileOf(wanted.get(path)) : (stored ?? deletedBefore(path));
    const file = { path, id: idOfPath(path), disk, known, wanted: wanted.get(path) };
    return { ...file, verdict: judgeFile(file, past) };
  });

  /** The ticket's file lay elsewhere before the layout changed, and somebody had deleted it there: that is their edit still. */
  function deletedBefore(path: string): ManifestFile | undefined {
    const before = moved.get(path);
    if (before === undefined) return undefined;
    const isGone = lookAtFile(view.folder, before, undefined, tip.length).kind === "absent";
    return isGone ? manifest.files.get(before) : undefined;
  }
}

/** Where files of tickets lie now, with where they lay when the view was written. */
function movedPaths(manifest: Manifest, wanted: ReadonlyMap<string, ObjectId>): ReadonlyMap<string, string> {
  const gone = new Map<string, string>();
  for (const path of manifest.files.keys()) if (!wanted.has(path)) gone.set(nameOfPath(path), path);
  if (gone.size === 0) return gone;
  const moved = new Map<string, string>();
  for (const path of wanted.keys()) {
    const before = gone.get(nameOfPath(path));
    if (before !== undefined) moved.set(path, before);
  }
  return moved;
}

/** Everything in the folder that bears a ticket's name, at the top or in its own folder. */
function ticketPaths(folder: string): readonly string[] {
  const paths: string[] = [];
  for (const name of readdirSync(folder)) {
    if (idOfPath(name) !== undefined) paths.push(name);
    // Links are never followed.
    if (!isFanName(name) || !lstatSync(join(folder, name)).isDirectory()) continue;
    for (const inside of readdirSync(join(folder, name))) {
      const path = `${name}/${inside}`;
      if (idOfPath(path) !== undefined) paths.push(path);
    }
  }
  return paths;
}

function fileOf(blob: ObjectId | undefined): ManifestFile | undefined {
  return blob === undefined ? undefined : { blob };
}

function judgeFile(
  { path, id, disk, known, wanted }: Omit<ExaminedFile, "verdict">,
  past: (name: string, isAll: boolean) => ReadonlySet<ObjectId>,
): ExaminedFile["verdict"] {
  if (disk.kind === "other") return "foreign";
  if (disk.kind === "absent") {
    if (wanted === undefined) return "current";
    // Deleting the file of a ticket is an edit; the store's other files just come back.
    return known === undefined || id === undefined ? "behind" : "edited";
  }
  if (disk.blob === wanted) return "current";
  if (disk.blob === known?.blob) return "behind";
  // Written by us before a kill, or by a plain `git pull`: what the store once had since then is nobody's edit.
  return past(nameOfPath(path), known === undefined).has(disk.blob) ? "behind" : "edited";
}

/** Blobs that each file had in the store since `from` (or ever). Read at the first question. */
function pastBlobs(store: StorePlace, from: ObjectId | undefined, tip: ObjectId, isFromHere: () => boolean) {
  const read = (since: ObjectId | undefined) => {
    const blobs = new Map<string, Set<ObjectId>>();
    for (const step of readSteps(store, since, readMainline(store, since, tip) ?? [])) {
      for (const { name, after } of step.changes) {
        if (after !== undefined) blobs.set(name, (blobs.get(name) ?? new Set()).add(after.id));
      }
    }
    return blobs;
  };
  let all: Map<string, Set<ObjectId>> | undefined;
  let recent: Map<string, Set<ObjectId>> | undefined;
  const none: ReadonlySet<ObjectId> = new Set();
  return (name: string, isAll: boolean): ReadonlySet<ObjectId> => {
    if (isAll || from === undefined || !isFromHere()) {
      all ??= read(undefined);
      return all.get(name) ?? none;
    }
    recent ??= from === tip ? new Map() : read(from);
    return recent.get(name) ?? none;
  };
}
