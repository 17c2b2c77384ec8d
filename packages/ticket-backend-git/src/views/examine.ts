import { readdirSync } from "node:fs";
import type { TicketId } from "@wiggum/ticket-core";
import type { ObjectId } from "../objects.js";
import { idOfFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import { readMainline, readSteps } from "../timeline.js";
import { type DiskFile, lookAtFile } from "./disk.js";
import type { Manifest, ManifestFile } from "./manifest.js";
import type { ViewPlace } from "./view-place.js";

export interface ExaminedFile {
  readonly name: string;
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

/** Looks at every file that the view has or should have. `wanted` = names and blobs at `tip`. */
export function examineFiles(
  store: StorePlace,
  view: ViewPlace,
  manifest: Manifest,
  tip: ObjectId,
  wanted: ReadonlyMap<string, ObjectId>,
): readonly ExaminedFile[] {
  const names = new Set([...manifest.files.keys(), ...wanted.keys()]);
  for (const name of readdirSync(view.folder)) if (idOfFile(name) !== undefined) names.add(name);
  // A store that was restored from an older copy: what the view shows may be newer, and counts as an edit of what the store has.
  let isFromHere: boolean | undefined;
  const isOurs = () => {
    isFromHere ??= manifest.at === undefined || manifest.at === tip || store.isAncestor(manifest.at, tip);
    return isFromHere;
  };
  const past = pastBlobs(store, manifest.at, tip, isOurs);
  return [...names].sort().map((name) => {
    const stored = manifest.files.get(name);
    const disk = lookAtFile(view.folder, name, stored, tip.length);
    const isNewer =
      disk.kind === "file" && disk.blob === stored?.blob && disk.blob !== wanted.get(name) && !isOurs();
    const known = isNewer ? fileOf(wanted.get(name)) : stored;
    const file = { name, id: idOfFile(name), disk, known, wanted: wanted.get(name) };
    return { ...file, verdict: judgeFile(file, past) };
  });
}

function fileOf(blob: ObjectId | undefined): ManifestFile | undefined {
  return blob === undefined ? undefined : { blob };
}

function judgeFile(
  { name, id, disk, known, wanted }: Omit<ExaminedFile, "verdict">,
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
  return past(name, known === undefined).has(disk.blob) ? "behind" : "edited";
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
