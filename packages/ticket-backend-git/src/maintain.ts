// Keeps a store quick: packs the objects that writes leave. Its own lock, never a writer's; nothing that could still be needed is thrown away.
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isGitError } from "@wiggum/git";
import { isTicketError, printable } from "@wiggum/ticket-core";
import { isMissing, readTextIfThere, writeFileAtomically } from "./files.js";
import { openMutex } from "./mutex.js";
import { storePaths } from "./store-layout.js";
import { openStorePlace, type StorePlace } from "./store-place.js";

/** What is due: `pack` = many loose objects, `clean` = a week has passed since the last time. */
export type DueMaintenance = "pack" | "clean";

/** What became of it. `busy`: another process is at it. `failed`: git said no; `diagnose` tells of it until it works again. */
export type StoreMaintenance = "not-due" | "busy" | "packed" | "cleaned" | "failed";

/** Which store, and what is taken for due. */
export interface MaintenanceOptions {
  /** Path of the bare repository `tickets.git`. */
  readonly path: string;
  /** Wall clock. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Loose objects from which on they are packed. Default 2,000: what about 400 writes leave. */
  readonly looseLimit?: number | undefined;
}

const defaultLooseLimit = 2_000;
const cleanAfterMs = 7 * 24 * 60 * 60 * 1000;
/** Packing a large store for the first time takes minutes. */
const timeoutMs = 30 * 60 * 1000;
/** Ids spread evenly: a few of the 256 folders tell how many objects there are. */
const sampledFolders = ["17", "5c", "a3", "e8", "39", "71", "c4", "0f"];

/** Is there something to do? Cheap: looks at the names in a few folders. */
export function dueMaintenance({
  path,
  now = () => new Date(),
  looseLimit = defaultLooseLimit,
}: MaintenanceOptions): DueMaintenance | undefined {
  const sample = sampledFolders.map((name) => objectsIn(join(path, "objects", name)));
  const loose = (sample.reduce((sum, count) => sum + count, 0) * 256) / sampledFolders.length;
  const last = timeOf(join(path, storePaths.maintained)) ?? timeOf(join(path, "config"));
  if (last !== undefined && now().getTime() - last > cleanAfterMs) return "clean";
  return loose > looseLimit ? "pack" : undefined;
}

/**
 * Does what is due, and blocks this process for as long as git takes: for a process of its own. Safe beside any number of writers and readers,
 * and to be killed: new packs are whole before what is in them goes, and objects that nothing names yet are kept for two weeks. Never
 * `--prune=now`: it takes the objects of a write whose commit is not in the history yet.
 */
export async function maintainStore(options: MaintenanceOptions): Promise<StoreMaintenance> {
  if (dueMaintenance(options) === undefined) return "not-due";
  const place = openStorePlace(options.path);
  place.check();
  const mutex = openMutex(join(place.root, storePaths.maintenanceMutex));
  try {
    // Looked at again: another process may just have done it.
    return await mutex.run(() => runDue(place, dueMaintenance(options)), { waitMs: 0 });
  } catch (error) {
    if (isTicketError(error, "STORE_BUSY")) return "busy";
    throw error;
  }
}

function runDue(place: StorePlace, due: DueMaintenance | undefined): StoreMaintenance {
  if (due === undefined) return "not-due";
  const failure = join(place.root, storePaths.maintenanceFailed);
  try {
    // Also objects that no commit names are packed by it, so that none of a write that is going on is lost.
    if (due === "pack") place.git.runSync(["repack", "-d", "-q", "--geometric=2"], { timeoutMs });
    else place.git.runSync(["gc", "--quiet", "--cruft", "--prune=2.weeks.ago"], { timeoutMs });
  } catch (error) {
    if (!isGitError(error)) throw error;
    // Somebody's own, or that of one of ours that was killed.
    if (isGitError(error, "GIT_FAILED") && /gc is already running/.test(error.data.stderr)) return "busy";
    note(failure, `${error.message}\n`);
    return "failed";
  }
  rmSync(failure, { force: true });
  if (due === "pack") return "packed";
  note(join(place.root, storePaths.maintained), "");
  return "cleaned";
}

/** Why it did not work the last time; `undefined` = it did. */
export function failedMaintenance({ root }: Pick<StorePlace, "root">): string | undefined {
  const text = readTextIfThere(join(root, storePaths.maintenanceFailed))?.trim();
  return text === undefined ? undefined : printable(text.slice(0, 500));
}

function note(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileAtomically(path, text);
}

function objectsIn(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{38,62}$/.test(name)).length;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
