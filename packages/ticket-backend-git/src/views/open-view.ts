// One turn with a view, under its own lock: what is there, what it was made from, what the store wants it to be.
import { isGitError } from "@wiggum/git";
import type { TicketId } from "@wiggum/ticket-core";
import { fanFolder, pathIn, type StoreLayout } from "../fan-out.js";
import { again, type Held, openMutex } from "../mutex.js";
import type { ObjectId } from "../objects.js";
import type { EffectiveTickets, Refusals } from "../refusals.js";
import type { Snapshot } from "../snapshot.js";
import { idOfFile, isOrdinaryFile, isStoreFile, ticketFile } from "../store-layout.js";
import type { StorePlace } from "../store-place.js";
import type { FileVersion } from "../store-tree.js";
import { copyObjects, hasCommit } from "./copy-objects.js";
import { type ExaminedFile, examineFiles } from "./examine.js";
import { recoverGitState } from "./git-state.js";
import { type Manifest, type ManifestFile, readManifest, writeManifest } from "./manifest.js";
import { endSparse, keepSparse, shownFolders } from "./sparse-view.js";
import { takeCommits, treeFiles } from "./take-commits.js";
import {
  ensureView,
  fetchObjects,
  type ViewKind,
  type ViewPlace,
  viewLockPath,
  viewPlace,
} from "./view-place.js";
import { wholeAt } from "./whole-view.js";

export interface ViewPorts {
  readonly place: StorePlace;
  /** The store as it counts now. */
  readonly look: () => {
    readonly snapshot: Snapshot;
    readonly refusals: Refusals;
    readonly tickets: EffectiveTickets;
    readonly files: ReadonlyMap<string, FileVersion>;
  };
  /** Of the store as it is now. */
  readonly layout: () => StoreLayout;
  /** What a ticket waits for; nothing where it cannot be told. */
  readonly dependenciesOf: (id: TicketId) => readonly TicketId[];
  /** The store at a commit; `undefined` = it does not have that commit. */
  readonly snapshotAt: (commit: ObjectId) => Snapshot | undefined;
  readonly lockWaitMs: number;
  /** Told the name of each step. For tests that stop the process at one. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** A view as this turn found it. */
export interface OpenView {
  readonly view: ViewPlace;
  readonly tip: ObjectId;
  readonly manifest: Manifest;
  /** Folders of tickets that it shows; absent = all of them. */
  readonly shown?: ReadonlySet<string> | undefined;
  /** The manifest is what the tree of a later commit says, and is not written yet. */
  readonly isDerived: boolean;
  readonly files: readonly ExaminedFile[];
}

/** Makes the view if it is missing, takes commits that were made inside it, looks at its files, then does `work`, which may not wait. */
export async function withView<Result>(
  ports: ViewPorts,
  folder: string,
  kind: ViewKind | undefined,
  work: (open: OpenView) => Result,
  showing: readonly TicketId[] = [],
): Promise<Result> {
  const { place } = ports;
  return withLockedView(ports, folder, kind, (view, kindNow) => {
    recoverGitState(view);
    const now = ports.look();
    const { snapshot } = now;
    const tip = snapshot.commit;
    const isSparse = kindNow === "shared" && snapshot.layout === "fan-out";
    const asked = isSparse ? showing.flatMap((id) => [id, ...ports.dependenciesOf(id)]) : [];
    const shown = isSparse ? shownFolders(view, asked.map(fanFolder)) : undefined;
    if (shown === undefined) endSparse(view);
    else keepSparse(view, shown);
    const written = readManifest(view.privateFolder) ?? adopted(view);
    const stored = followed(ports, view, written);
    if (stored.indexAt !== tip) bringObjects(place, view, stored.indexAt, tip);
    const taken = takeCommits(place, view, tip, stored.at);
    const manifest = taken.size === 0 ? stored : withTaken(stored, taken);
    // The bases must be on disk before the branch moves: after that the commits could not be told from edits any more.
    if (taken.size > 0) {
      writeManifest(view.privateFolder, manifest);
      ports.atStep?.("commits-taken");
    }
    const files = examineFiles(place, view, manifest, tip, wantedFiles(now, shown));
    return work({ view, tip, manifest, shown, isDerived: stored !== written, files });
  });
}

/** Makes the view if it is missing, then does `work` under its lock, which may not wait and looks at no file of its own accord. */
export async function withLockedView<Result>(
  { place, lockWaitMs }: ViewPorts,
  folder: string,
  kind: ViewKind | undefined,
  work: (view: ViewPlace, kind: ViewKind) => Result,
): Promise<Result> {
  const view = viewPlace(folder);
  place.check();
  let kindNow: ViewKind = "shared";
  // Deleted (`git clean`) and made anew between our opening the lock and now.
  const turn = (held: Held): Result | typeof again => (held.isOurs() ? work(view, kindNow) : again);
  for (let attempt = 1; ; attempt++) {
    kindNow = ensureView(place, view, kind);
    const mutex = openMutex(viewLockPath(view));
    try {
      return await mutex.run<Result>(turn, { waitMs: lockWaitMs });
    } catch (error) {
      const isGone =
        (error as NodeJS.ErrnoException).code === "ENOENT" || isGitError(error, "NOT_A_REPOSITORY");
      if (!isGone || attempt === attempts) throw error;
    }
  }
}

/** A view may be deleted under our hands, and is then made again. */
const attempts = 5;

/** A view that keeps its own objects needs those of the tip before its branch and index can name them. */
export function bringObjects(
  place: StorePlace,
  view: ViewPlace,
  from: ObjectId | undefined,
  tip: ObjectId,
): void {
  const isThere = place.objects.isInProcess ? hasCommit(view, tip) : undefined;
  if (isThere === true || (isThere === false && copyObjects(place, view, from, tip))) return;
  const has = view.git.runSync(["cat-file", "-e", `${tip}^{commit}`], { allowedExitCodes: [0, 1, 128] });
  if (has.exitCode !== 0) fetchObjects(place, view);
}

/** The view may have followed the store since, by a few files at a time: then every file was made from what the commit noted has. */
function followed({ place, snapshotAt }: ViewPorts, view: ViewPlace, manifest: Manifest): Manifest {
  const at = wholeAt(view);
  if (at === undefined || at === manifest.at || manifest.at === undefined) return manifest;
  const snapshot = snapshotAt(at);
  if (snapshot?.own === undefined || !place.isAncestor(manifest.at, at)) return manifest;
  const files = new Map<string, ManifestFile>();
  const put = (path: string, blob: ObjectId) => {
    const known = manifest.files.get(path);
    files.set(path, known?.blob === blob ? known : { blob });
  };
  for (const { name, mode, id } of snapshot.tree.top)
    if (isStoreFile(name) && isOrdinaryFile(mode)) put(name, id);
  for (const { path, id } of snapshot.contents().tickets.values()) put(path, id);
  return { at, indexAt: at, files };
}

/** A view without a manifest: what git has checked out there is what its files were made from. */
function adopted(view: ViewPlace): Manifest {
  const head = view.git.runSync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    allowedExitCodes: [0, 1, 128],
  });
  const commit = head.stdout.trim();
  const files = commit === "" ? [] : treeFiles(view, commit).map(([name, blob]) => [name, { blob }] as const);
  return { files: new Map(files) };
}

function withTaken(manifest: Manifest, taken: ReturnType<typeof takeCommits>): Manifest {
  const files = new Map(manifest.files);
  for (const [name, base] of taken) {
    if (base === undefined) files.delete(name);
    else files.set(name, base);
  }
  return { ...manifest, files };
}

/** The files that a view shows: tickets as they count, and the store's own. Nothing else is ever written into a person's folder. */
function wantedFiles(
  { snapshot, refusals, tickets, files: ownFiles }: ReturnType<ViewPorts["look"]>,
  shown: ReadonlySet<string> | undefined,
): ReadonlyMap<string, ObjectId> {
  const wanted = new Map<string, ObjectId>();
  for (const [name, { mode, id }] of ownFiles) if (isOrdinaryFile(mode)) wanted.set(name, id);
  if (shown !== undefined) {
    for (const { name, path } of snapshot.tree.some(shown)) {
      const id = idOfFile(name);
      const version = id === undefined ? undefined : tickets.get(id);
      if (version !== undefined) wanted.set(path, version.id);
    }
    // Those that a push took away.
    for (const { id, good } of refusals.tickets.values()) {
      const path = pathIn(snapshot.layout, ticketFile(id));
      if (good !== undefined && shown.has(fanFolder(id)) && snapshot.tree.find(ticketFile(id)) === undefined)
        wanted.set(path, good.id);
    }
    return wanted;
  }
  const { tickets: stored } = snapshot.contents();
  for (const [id, version] of tickets.all()) {
    const name = ticketFile(id);
    wanted.set(stored.get(id)?.path ?? pathIn(snapshot.layout, name), version.id);
  }
  return wanted;
}
