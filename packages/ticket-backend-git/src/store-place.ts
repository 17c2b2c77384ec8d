import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import { printable, TicketError } from "@wiggum/ticket-core";
import { isLinkUnsupported, isMissing, syncFolder } from "./files.js";
import { createLocalObjects, type LocalObjectsPorts } from "./in-process/create-local-objects.js";
import { walkStraight } from "./in-process/walk-commits.js";
import { refuseLink } from "./linked-folder.js";
import { createGitObjects, type GitObjects, type ObjectId } from "./objects.js";
import { moveRefFile, type RefMoved, readRefFile, recoverRefFile } from "./ref-files.js";
import { createStoreGit } from "./store-git.js";
import { mainRef, storePaths } from "./store-layout.js";
import { createSuitability, type Suitability } from "./suitability.js";
import type { LogSelection, TimelineCommit } from "./timeline.js";

/** `process`: what was acknowledged survives a kill. `power`: folders are synced as well, it survives a power cut. */
export type Durability = "process" | "power";

export interface MainMove {
  readonly from: ObjectId;
  readonly to: ObjectId;
  /** What the move makes reachable. */
  readonly objects: readonly ObjectId[];
  /** Throws where the mutex is ours no more. */
  readonly check: () => void;
  readonly atStep?: ((step: string) => void) | undefined;
}

/** One bare repository and its branch `main`. */
export interface StorePlace {
  /** Absolute path of `tickets.git`. */
  readonly root: string;
  readonly git: Git;
  readonly objects: GitObjects;
  /** What is done in this process, and why not the rest. */
  suitability(): Suitability;
  /** Ours, inside the repository. */
  readonly privateFolder: string;
  /** The commit of `main`. @throws STORE_BROKEN */
  readMain(): ObjectId;
  /** Under the write mutex: what a killed writer left is cleared away. */
  recover(): void;
  /** Under the write mutex. */
  moveMain(move: MainMove): RefMoved;
  /** What was written survives a power cut, where the store is asked to be as durable as that. `moveMain` sees to it by itself. */
  keepObjects(objects: readonly ObjectId[]): void;
  isAncestor(ancestor: ObjectId, commit: ObjectId): boolean;
  /** The newest commit in the history of both; `undefined` = they have nothing in common. */
  mergeBase(one: ObjectId, other: ObjectId): ObjectId | undefined;
  /** Absent = git walks what is long or branches. */
  readonly history?: HistoryWalk | undefined;
  /** @throws STORE_BROKEN */
  check(): void;
}

/** The history of a repository where there is no git to ask. */
export interface HistoryWalk {
  log(selection: LogSelection): readonly TimelineCommit[];
}

/** For tests: how objects reach the disk, and a word at each step. */
export type StoreFaults = Pick<LocalObjectsPorts, "files" | "atStep">;

/** Opens nothing yet: a missing or broken store shows at the first use. */
export function openStorePlace(
  path: string,
  durability: Durability = "process",
  faults: StoreFaults = {},
): StorePlace {
  const root = resolve(path);
  const git = createStoreGit({ cwd: root, gitDirectory: root });
  const privateFolder = join(root, storePaths.private);
  const suitability = createSuitability({ root, git });
  const native = createGitObjects(git);
  const local = createLocalObjects({ repository: root, native, ...faults });
  let isChecked = false;

  function check(): void {
    if (isChecked) return;
    refuseLink(root);
    const isThere = ["HEAD", "objects", "config"].every(
      (name) => statSync(join(root, name), { throwIfNoEntry: false }) !== undefined,
    );
    if (!isThere) throw storeBroken(root, "it is not a bare git repository");
    isChecked = true;
  }

  function usesRefFiles(): boolean {
    return suitability().hasPlainRefs;
  }

  /** @throws GIT_FAILED git does not take it for a repository that it knows */
  function nativeMain(): ObjectId | undefined {
    const { stdout } = git.runSync(["rev-parse", "--verify", "--quiet", mainRef], {
      allowedExitCodes: [0, 1],
    });
    return stdout.trim() || undefined;
  }

  function readMain(): ObjectId {
    check();
    let id: ObjectId | undefined;
    try {
      id = usesRefFiles() ? readRefFile(root, mainRef) : nativeMain();
    } catch (error) {
      throw storeBroken(root, (error as Error).message, error);
    }
    if (id === undefined) throw storeBroken(root, "it has no branch main");
    return id;
  }

  function isAncestor(ancestor: ObjectId, commit: ObjectId): boolean {
    if (walkStraight(place.objects, commit, ancestor)?.hasMet === true) return true;
    const args = ["merge-base", "--is-ancestor", ancestor, commit];
    return git.runSync(args, { allowedExitCodes: [0, 1, 128] }).exitCode === 0;
  }

  /** Where hard links or files for refs are missing: git's own compare-and-swap. */
  function moveNatively({ from, to, check: checkMutex }: MainMove): RefMoved {
    checkMutex();
    const args = ["-c", "core.fsync=reference", "update-ref", "--no-deref", mainRef, to, from];
    if (git.runSync(args, { allowedExitCodes: [0, 1, 128] }).exitCode === 0) return "moved";
    return nativeMain() === from ? "held" : "changed";
  }

  const place: StorePlace = {
    root,
    git,
    objects: chosenObjects(() => (suitability().hasPlainObjects ? local : native)),
    suitability,
    privateFolder,
    check,
    readMain,
    isAncestor,
    mergeBase(one, other) {
      const { stdout } = git.runSync(["merge-base", one, other], { allowedExitCodes: [0, 1] });
      return stdout.split("\n", 1)[0] || undefined;
    },
    keepObjects(objects) {
      if (durability === "power") syncObjectFolders(root, objects);
    },
    recover() {
      recoverRefFile({ repository: root, ref: mainRef, privateFolder });
    },
    moveMain(move) {
      place.keepObjects(move.objects);
      if (!usesRefFiles()) return moveNatively(move);
      const isPowerSafe = durability === "power";
      try {
        const result = moveRefFile({ ...move, repository: root, ref: mainRef, privateFolder, isPowerSafe });
        if (result !== "unknown") return result;
        const now = readRefFile(root, mainRef);
        return now !== undefined && isAncestor(move.to, now) ? "moved" : "unknown";
      } catch (error) {
        if (isLinkUnsupported(error)) return moveNatively(move);
        throw error;
      }
    },
  };
  return place;
}

/** Why the store at `path` is read and written by git processes instead of in this one, in words; empty = it is not. */
export function whyNative(path: string): readonly string[] {
  return openStorePlace(path).suitability().reasons;
}

/** The repository may be given another form while it is open: looked at anew for each call. */
function chosenObjects(choose: () => GitObjects): GitObjects {
  return {
    get isInProcess() {
      return choose().isInProcess;
    },
    read: (names) => choose().read(names),
    readAll: (names) => choose().readAll(names),
    sizes: (names) => choose().sizes(names),
    writeBlob: (content) => choose().writeBlob(content),
    writeBlobs: (contents) => choose().writeBlobs(contents),
    writeTree: (entries) => choose().writeTree(entries),
    writeCommit: (commit) => choose().writeCommit(commit),
  };
}

/** git syncs what is in an object, not the folder that its name is in. */
function syncObjectFolders(root: string, objects: readonly ObjectId[]): void {
  const folders = new Set(objects.map((id) => join(root, "objects", id.slice(0, 2))));
  for (const folder of folders) if (existsSync(folder)) syncFolder(folder);
  // Many at once are in a pack.
  const packs = join(root, "objects", "pack");
  if (existsSync(packs)) syncFolder(packs);
  syncFolder(join(root, "objects"));
}

export function storeBroken(path: string, why: string, cause?: unknown): TicketError<"STORE_BROKEN"> {
  return new TicketError(
    "STORE_BROKEN",
    `The ticket store ${printable(path)} cannot be used: ${printable(why)}`,
    { path },
    {
      hint: "'wiggum doctor' tells more; 'wiggum doctor --fix' restores the store from the people's view.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** When a lock of somebody else's git was made, in milliseconds since 1970; `undefined` = there is none now. */
export function foreignLockSince(place: StorePlace): number | undefined {
  try {
    return statSync(mainLockPath(place)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function mainLockPath(place: Pick<StorePlace, "root">): string {
  return `${join(place.root, mainRef)}.lock`;
}
