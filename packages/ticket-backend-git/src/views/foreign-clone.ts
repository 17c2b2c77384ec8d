// A checkout of the store that plain git made (the original shell version did): what is in it and nowhere else, and how it becomes a view.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { TicketId } from "@wiggum/ticket-core";
import { idOfPath } from "../fan-out.js";
import { isMissing, readTextIfThere, writeFileAtomically } from "../files.js";
import { createGitObjects, type ObjectId } from "../objects.js";
import { createStoreGit } from "../store-git.js";
import { blobId } from "./disk.js";
import { treeFiles } from "./take-commits.js";
import { type ViewPlace, viewPlace } from "./view-place.js";

/** What a clone holds that the store lacks. */
export interface ForeignClone {
  /** Commits on its branch that the store does not have. */
  readonly unpushedCommits: number;
  /** Tickets whose file differs from what is committed there. */
  readonly editedTickets: readonly TicketId[];
  /** git stopped in the middle of this and waits for somebody to go on. */
  readonly stoppedIn?: "rebase" | "merge" | undefined;
}

const rebaseFolders = ["rebase-merge", "rebase-apply"] as const;
const mergeMarks = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"] as const;
/** What git leaves beside those, and takes away itself when it goes on. */
const leftovers = ["REBASE_HEAD", "AUTO_MERGE", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG"] as const;

/**
 * Looks at a clone and changes nothing in it, not even its index. Undefined where the folder is no repository.
 * `storePath` = the bare repository.
 */
export function lookAtClone(storePath: string, folder: string): ForeignClone | undefined {
  const view = viewPlace(folder);
  if (!existsSync(join(view.gitFolder, "HEAD"))) return undefined;
  const stoppedIn = stepOf(view);
  const head = headBefore(view);
  const git = createStoreGit({
    cwd: view.folder,
    gitDirectory: view.gitFolder,
    workTree: view.folder,
    env: { GIT_OPTIONAL_LOCKS: "0", GIT_ALTERNATE_OBJECT_DIRECTORIES: join(resolve(storePath), "objects") },
  });
  const refs = createStoreGit({ cwd: storePath, gitDirectory: storePath })
    .runSync(["for-each-ref", "--format=%(objectname)", "refs/heads/", "refs/wiggum/taken/"])
    .stdout.split("\n")
    .filter((line) => line !== "");
  const unpushed =
    head === undefined
      ? "0"
      : git.runSync(["rev-list", "--count", "--stdin"], {
          input: `${head}\n${refs.map((id) => `^${id}\n`).join("")}`,
          allowedExitCodes: [0, 128],
        }).stdout;
  const status = git.runSync([
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--no-renames",
  ]).stdout;
  const names = status.split("\0").map((line) => line.slice(3));
  return {
    unpushedCommits: Number(unpushed.trim() || "0"),
    editedTickets: names
      .map(idOfPath)
      .filter((id) => id !== undefined)
      .sort(),
    ...(stoppedIn === undefined ? {} : { stoppedIn }),
  };
}

/**
 * Takes a stopped rebase or merge back, so that the clone stands on the commits that it had before; a later refresh takes them as edits.
 * What a person had put right in a file stays. A kill in between is made good by the next call; git's own locks are not used.
 */
export function settleClone(folder: string): void {
  const view = viewPlace(folder);
  if (stepOf(view) === undefined) return;
  const head = headBefore(view);
  const rebased = readInRebase(view, "onto");
  if (head !== undefined) {
    bringBack(view, head, rebased);
    const branch = readInRebase(view, "head-name");
    const text = branch?.startsWith("refs/heads/") === true ? `ref: ${branch}\n` : undefined;
    if (text !== undefined) writeFileAtomically(join(view.gitFolder, "HEAD"), text);
  }
  for (const name of [...rebaseFolders, ...mergeMarks, ...leftovers])
    rmSync(join(view.gitFolder, name), { recursive: true, force: true });
}

function stepOf({ gitFolder }: ViewPlace): ForeignClone["stoppedIn"] {
  if (rebaseFolders.some((name) => existsSync(join(gitFolder, name)))) return "rebase";
  return mergeMarks.some((name) => existsSync(join(gitFolder, name))) ? "merge" : undefined;
}

/** The commit that the clone's branch stands on, also while a rebase has HEAD elsewhere. */
function headBefore(view: ViewPlace): ObjectId | undefined {
  const before = readInRebase(view, "orig-head");
  if (before !== undefined) return before;
  const { stdout } = view.git.runSync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    allowedExitCodes: [0, 1, 128],
  });
  return stdout.trim() || undefined;
}

function readInRebase({ gitFolder }: ViewPlace, file: string): string | undefined {
  for (const folder of rebaseFolders) {
    const text = readTextIfThere(join(gitFolder, folder, file))?.trim();
    if (text) return text;
  }
  return undefined;
}

/** Files that the stopped step left unsettled, or had not come to yet, are those of `head` again. */
function bringBack(view: ViewPlace, head: ObjectId, onto: ObjectId | undefined): void {
  const others = new Map(onto === undefined ? [] : treeFiles(view, onto));
  for (const [name, blob] of treeFiles(view, head)) {
    if (idOfPath(name) === undefined || others.get(name) === blob) continue;
    const path = join(view.folder, name);
    const content = readBytes(path);
    const isOthers = content !== undefined && blobId(content, head.length) === others.get(name);
    const isUnsettled = content === undefined ? onto !== undefined : isOthers || hasConflictMarks(content);
    if (!isUnsettled) continue;
    const own = createGitObjects(view.git).read([blob]).get(blob)?.content;
    if (own === undefined) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileAtomically(path, own, { folder: view.gitFolder });
  }
}

function hasConflictMarks(content: Buffer): boolean {
  return /^<{7} [\s\S]*^>{7} /m.test(content.toString("latin1"));
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
