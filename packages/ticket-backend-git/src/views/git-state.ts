// git's own idea of a view: branch, remote branch and index follow the files, so that `git status` there stays clean.
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Git } from "@wiggum/git";
import { readTextIfThere, writeFileAtomically } from "../files.js";
import { type GitObjects, type ObjectId, parseTree } from "../objects.js";
import { moveRefFile, readRefFile, recoverRefFile } from "../ref-files.js";
import { attachmentsFolder, mainRef } from "../store-layout.js";
import { nextIndex } from "./index-file.js";
import { sparseIndex } from "./sparse-index.js";
import type { ViewPlace } from "./view-place.js";

const remoteRef = "refs/remotes/origin/main";
const headText = `ref: ${mainRef}\n`;

/** After a kill of ours: takes away the locks that are provably ours. Under the view's mutex. */
export function recoverGitState(view: ViewPlace): void {
  recoverRefFile({ repository: view.gitFolder, ref: mainRef, privateFolder: view.privateFolder });
  const lock = statSync(indexLock(view), { bigint: true, throwIfNoEntry: false });
  for (const name of readdirSync(view.privateFolder)) {
    if (!name.startsWith("index-")) continue;
    const path = join(view.privateFolder, name);
    const own = statSync(path, { bigint: true, throwIfNoEntry: false });
    // Our private name keeps the file alive, so the same inode is the same file.
    if (lock !== undefined && own?.ino === lock.ino && own.dev === lock.dev)
      rmSync(indexLock(view), { force: true });
    rmSync(path, { force: true });
  }
}

/** Is somebody in the middle of a merge or the like there? Then only files are brought up to date. */
export function isGitBusy(view: ViewPlace): boolean {
  const marks = [
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "rebase-merge",
    "rebase-apply",
    "HEAD.lock",
    "index.lock",
  ];
  return marks.some((name) => existsSync(join(view.gitFolder, name)));
}

export interface ViewHead {
  /** Commit that the view's HEAD stands on; absent in a new view. */
  readonly commit?: ObjectId | undefined;
  readonly isOnMain: boolean;
}

export function readViewHead(view: ViewPlace): ViewHead {
  const head = readTextIfThere(join(view.gitFolder, "HEAD")) ?? "";
  if (head === headText) return { commit: readRefFile(view.gitFolder, mainRef), isOnMain: true };
  const { stdout } = view.git.runSync(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], {
    allowedExitCodes: [0, 1, 128],
  });
  return { commit: stdout.trim() || undefined, isOnMain: false };
}

/** What is known of the index that is to be written. */
export interface IndexOrder {
  /** Made from the old one; `undefined` = it has to be made anew. */
  readonly patched?: () => Buffer | undefined;
  /** Folders of tickets that the view shows; absent = all. */
  readonly shown?: ReadonlySet<string>;
  /** Which paths the view writes, where it leaves some out. */
  readonly isPresent?: (path: string) => boolean;
}

/**
 * Moves branch, remote branch and index to `tip`, the branch by compare-and-swap from what was looked at. Answers `false` where
 * somebody's git is at work in the view; the next refresh tries again. Files are not touched.
 */
export function followTip(
  view: ViewPlace,
  objects: GitObjects,
  tip: ObjectId,
  indexAt: ObjectId | undefined,
  how: IndexOrder = {},
): boolean {
  if (isGitBusy(view)) return false;
  const from = readRefFile(view.gitFolder, mainRef);
  if (from !== tip) {
    const { gitFolder: repository, privateFolder } = view;
    const moved = moveRefFile({ repository, ref: mainRef, from, to: tip, privateFolder, isPowerSafe: false });
    if (moved !== "moved") return false;
  }
  if (readTextIfThere(join(view.gitFolder, "HEAD")) !== headText) {
    writeFileAtomically(join(view.gitFolder, "HEAD"), headText, { folder: view.privateFolder });
  }
  if (readRefFile(view.gitFolder, remoteRef) !== tip) {
    mkdirSync(dirname(join(view.gitFolder, remoteRef)), { recursive: true });
    writeFileAtomically(join(view.gitFolder, remoteRef), `${tip}\n`, { folder: view.privateFolder });
  }
  if (indexAt === tip && from === tip && existsSync(join(view.gitFolder, "index"))) return true;
  return replaceIndex(view, objects, tip, how);
}

/** A new index beside the old one, git's own lock on it, one rename. */
function replaceIndex(view: ViewPlace, objects: GitObjects, tip: ObjectId, how: IndexOrder): boolean {
  const index = join(view.gitFolder, "index");
  const own = join(view.privateFolder, `index-${randomBytes(8).toString("hex")}`);
  try {
    const plain = how.patched?.() ?? plainIndex(index, objects, tip, how);
    if (plain === undefined) makeIndex(view, own, tip, how);
    else writeFileSync(own, plain);
    linkSync(own, indexLock(view));
    renameSync(indexLock(view), index);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
    rmSync(`${own}.lock`, { force: true });
  }
}

function plainIndex(
  index: string,
  objects: GitObjects,
  tip: ObjectId,
  { shown, isPresent }: IndexOrder,
): Buffer | undefined {
  if (!objects.isInProcess || tip.length !== 40) return undefined;
  const tree = objects.read([`${tip}^{tree}`]).get(`${tip}^{tree}`);
  const changedNs = statSync(index, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  const old = changedNs === undefined ? undefined : { content: readFileSync(index), changedNs };
  if (tree === undefined) return undefined;
  if (shown !== undefined && isPresent !== undefined)
    return sparseIndex(objects, old, tree.id, shown, isPresent);
  return old && nextIndex(old, tree.id, parseTree(tree.content, 20));
}

/** By git, whatever the tree and the old index have in them. */
function makeIndex(view: ViewPlace, own: string, tip: ObjectId, { isPresent }: IndexOrder): void {
  const index = join(view.gitFolder, "index");
  const git = view.git.with({ env: { GIT_INDEX_FILE: own } });
  if (isPresent !== undefined) {
    git.runSync([...wholeIndex, "read-tree", tip]);
    const { stdoutBytes } = git.runSync([...wholeIndex, "ls-files", "-z"]);
    const paths = Buffer.from(stdoutBytes).toString("latin1").split("\0");
    hidePaths(
      git,
      paths.filter((path) => path !== "" && !isPresent(path)),
    );
    return;
  }
  if (existsSync(index)) copyFileSync(index, own);
  // Made from the old one it keeps what git knows of unchanged files; an index in conflict cannot be merged into.
  const merged = git.runSync(["read-tree", "-i", "-m", tip], { allowedExitCodes: [0, 1, 128] });
  if (merged.exitCode !== 0) {
    rmSync(own, { force: true });
    git.runSync(["read-tree", tip]);
  }
  hideAttachments(git);
}

/** A view shows tickets, not what is attached to them: git must not take those files for deleted. */
function hideAttachments(git: Git): void {
  const { stdoutBytes } = git.runSync(["ls-files", "-z", "--", `:(glob)**/${attachmentsFolder}/*`]);
  const paths = Buffer.from(stdoutBytes).toString("latin1").split("\0");
  hidePaths(
    git,
    paths.filter((path) => path !== ""),
  );
}

function hidePaths(git: Git, paths: readonly string[]): void {
  if (paths.length === 0) return;
  const input = Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1");
  git.runSync([...wholeIndex, "update-index", "-z", "--skip-worktree", "--stdin"], { input });
}

/** Whatever the view's settings say: every file has an entry of its own while we write it. */
const wholeIndex: readonly string[] = ["-c", "core.sparseCheckout=false", "-c", "index.sparse=false"];

function indexLock(view: ViewPlace): string {
  return join(view.gitFolder, "index.lock");
}
