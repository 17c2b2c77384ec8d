import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Git } from "@wiggum/git";
import { printable, TicketError } from "@wiggum/ticket-core";
import { isLinkUnsupported, isMissing, syncFolder } from "./files.js";
import { refuseLink } from "./linked-folder.js";
import { createGitObjects, type GitObjects, type ObjectId } from "./objects.js";
import { moveRefFile, type RefMoved, readRefFile, recoverRefFile } from "./ref-files.js";
import { createStoreGit } from "./store-git.js";
import { mainRef, storePaths } from "./store-layout.js";

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
  /** Ours, inside the repository. */
  readonly privateFolder: string;
  /** The commit of `main`. @throws STORE_BROKEN */
  readMain(): ObjectId;
  /** Under the write mutex: what a killed writer left is cleared away. */
  recover(): void;
  /** Under the write mutex. */
  moveMain(move: MainMove): RefMoved;
  isAncestor(ancestor: ObjectId, commit: ObjectId): boolean;
  /** @throws STORE_BROKEN */
  check(): void;
}

/** Opens nothing yet: a missing or broken store shows at the first use. */
export function openStorePlace(path: string, durability: Durability = "process"): StorePlace {
  const root = resolve(path);
  const git = createStoreGit({ cwd: root, gitDirectory: root });
  const privateFolder = join(root, storePaths.private);
  let isChecked = false;
  let usesRefFiles = true;

  function check(): void {
    if (isChecked) return;
    refuseLink(root);
    const isThere = ["HEAD", "objects", "config"].every(
      (name) => statSync(join(root, name), { throwIfNoEntry: false }) !== undefined,
    );
    if (!isThere) throw storeBroken(root, "it is not a bare git repository");
    const head = readFileSync(join(root, "HEAD"), "latin1").trim();
    // A repository whose refs lie elsewhere (reftable) says so in this way.
    usesRefFiles = head !== "ref: refs/heads/.invalid";
    isChecked = true;
  }

  function nativeMain(): ObjectId | undefined {
    const { stdout } = git.runSync(["rev-parse", "--verify", "--quiet", mainRef], {
      allowedExitCodes: [0, 1, 128],
    });
    return stdout.trim() || undefined;
  }

  function readMain(): ObjectId {
    check();
    let id: ObjectId | undefined;
    try {
      id = usesRefFiles ? readRefFile(root, mainRef) : nativeMain();
    } catch (error) {
      throw storeBroken(root, (error as Error).message, error);
    }
    if (id === undefined) throw storeBroken(root, "it has no branch main");
    return id;
  }

  function isAncestor(ancestor: ObjectId, commit: ObjectId): boolean {
    const args = ["merge-base", "--is-ancestor", ancestor, commit];
    return git.runSync(args, { allowedExitCodes: [0, 1, 128] }).exitCode === 0;
  }

  /** Where hard links or files for refs are missing: git's own compare-and-swap. */
  function moveNatively({ from, to, check: checkMutex }: MainMove): RefMoved {
    checkMutex();
    const args = ["update-ref", "--no-deref", mainRef, to, from];
    if (git.runSync(args, { allowedExitCodes: [0, 1, 128] }).exitCode === 0) return "moved";
    return nativeMain() === from ? "held" : "changed";
  }

  return {
    root,
    git,
    objects: createGitObjects(git),
    privateFolder,
    check,
    readMain,
    isAncestor,
    recover() {
      recoverRefFile({ repository: root, ref: mainRef, privateFolder });
    },
    moveMain(move) {
      if (durability === "power") syncObjectFolders(root, move.objects);
      if (!usesRefFiles) return moveNatively(move);
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
