// A ref of a repository with the ordinary "files" layout, read and moved in this process by git's own rules.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isMissing, syncFolder, writeFileAtomically } from "./files.js";
import type { ObjectId } from "./objects.js";

/** The id that `ref` holds; `undefined` = it does not exist. Throws on anything that is no id. */
export function readRefFile(repository: string, ref: string): ObjectId | undefined {
  // `git pack-refs` writes the packed file first and then removes the loose one: look loose, packed, and loose again.
  return readLoose(repository, ref) ?? readPacked(repository, ref) ?? readLoose(repository, ref);
}

function readLoose(repository: string, ref: string): ObjectId | undefined {
  let text: string;
  try {
    text = readFileSync(join(repository, ref), "latin1");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const id = text.trim();
  if (/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(id)) return id;
  throw new Error(`${ref} holds no object id`);
}

function readPacked(repository: string, ref: string): ObjectId | undefined {
  let text: string;
  try {
    text = readFileSync(join(repository, "packed-refs"), "latin1");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const at = text.indexOf(` ${ref}\n`);
  if (at === -1) return undefined;
  const line = text.slice(text.lastIndexOf("\n", at) + 1, at);
  return /^[0-9a-f]{40,64}$/.test(line) ? line : undefined;
}

export interface RefMove {
  readonly repository: string;
  readonly ref: string;
  /** `undefined` = must not exist. */
  readonly from: ObjectId | undefined;
  readonly to: ObjectId;
  /** Our own folder on the same file system, for the private lock file and the intent. */
  readonly privateFolder: string;
  /** Also sync folders, so that a power cut loses nothing acknowledged. */
  readonly isPowerSafe: boolean;
  /** Throws where the mutex is ours no more. Called at the last moment before the ref moves. */
  readonly check?: (() => void) | undefined;
  /** Told the name of each step; tests stop the process there. */
  readonly atStep?: ((step: string) => void) | undefined;
}

export type RefMoved =
  | "moved"
  /** Somebody else's git holds the lock. */
  | "held"
  /** The ref is not at `from`. */
  | "changed"
  /** The lock or the ref was replaced by somebody: it may or may not have moved. */
  | "unknown"
  /** It moved, and the disk did not say that it would survive a power cut. */
  | "unsynced";

/**
 * Moves a ref as git does (create `<ref>.lock`, compare, rename), with a lock that can be told from others': its content is the
 * commit, written whole before the lock appears (`link`), and recorded as our intent. Runs under a mutex of ours.
 */
export function moveRefFile(move: RefMove): RefMoved {
  const lock = `${join(move.repository, move.ref)}.lock`;
  const step = move.atStep ?? (() => {});
  const own = join(move.privateFolder, `wl-${randomBytes(8).toString("hex")}`);
  const descriptor = openSync(own, "wx");
  try {
    writeWhole(descriptor, `${move.to}\n`);
    fdatasyncSync(descriptor);
    step("own-lock-written");
    writeFileAtomically(intentPath(move), `${move.to}\n`, { isSynced: true });
    step("intent-written");
    if (!linkOrHeld(own, lock)) return "held";
    try {
      return swapLocked(move, descriptor, own, step);
    } catch (error) {
      // Nothing has moved. The intent goes with us, so nobody could tell later that this lock was ours.
      if (isSameFile(descriptor, lock)) rmSync(lock, { force: true });
      throw error;
    }
  } finally {
    closeSync(descriptor);
    rmSync(own, { force: true });
    rmSync(intentPath(move), { force: true });
  }
}

/** With the lock ours: compare, and let the lock become the ref. */
function swapLocked(move: RefMove, descriptor: number, own: string, step: (name: string) => void): RefMoved {
  const path = join(move.repository, move.ref);
  const lock = `${path}.lock`;
  step("locked");
  rmSync(own, { force: true });
  if (readRefFile(move.repository, move.ref) !== move.from) {
    rmSync(lock, { force: true });
    return "changed";
  }
  step("compared");
  move.check?.();
  if (!isSameFile(descriptor, lock)) return "unknown";
  renameSync(lock, path);
  step("moved");
  if (move.isPowerSafe && !isSynced(dirname(path))) return "unsynced";
  // After the rename the lock is free, and a push may already have put its own file there: then ours must be in its history.
  return isSameFile(descriptor, path) ? "moved" : "unknown";
}

/** After a kill: removes the lock that the intent's commit id identifies as ours, and what else a dead writer left. Under the mutex. */
export function recoverRefFile(move: Pick<RefMove, "repository" | "ref" | "privateFolder">): void {
  const names = readFolder(move.privateFolder);
  if (names.includes("intent")) {
    const lock = `${join(move.repository, move.ref)}.lock`;
    const intent = readIfThere(intentPath(move));
    // The id alone decides: nobody else can know a commit that was never published.
    if (intent !== "" && intent !== undefined && readIfThere(lock) === intent) rmSync(lock, { force: true });
    rmSync(intentPath(move), { force: true });
  }
  for (const name of names) {
    if (name.startsWith("wl-") || name.startsWith("tmp-"))
      rmSync(join(move.privateFolder, name), { force: true });
  }
}

function isSynced(folder: string): boolean {
  try {
    syncFolder(folder);
    return true;
  } catch {
    return false; // Said in the answer: the ref has moved, so this is no failure to move it.
  }
}

function intentPath(move: Pick<RefMove, "privateFolder">): string {
  return join(move.privateFolder, "intent");
}

function linkOrHeld(own: string, lock: string): boolean {
  for (let attempt = 1; ; attempt++) {
    try {
      linkSync(own, lock);
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") return false;
      // git removes folders of refs that have become empty.
      if (code !== "ENOENT" || attempt > 3) throw error;
      mkdirSync(dirname(lock), { recursive: true });
    }
  }
}

function isSameFile(descriptor: number, path: string): boolean {
  const ours = fstatSync(descriptor, { bigint: true });
  const there = statSync(path, { bigint: true, throwIfNoEntry: false });
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

// On a full disk a single write may be short without an error.
function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(descriptor, bytes, offset);
}

function readFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1").trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
