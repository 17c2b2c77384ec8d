import { lstat, readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import {
  type CommitId,
  type Git,
  gitDirectory,
  pathText,
  readStatus,
  resolveCommit,
  type Status,
} from "@wiggum/git";
import { isTicketError, printable, type TicketViews } from "@wiggum/ticket-core";
import { findIgnoredWork, type IgnoredFileRules, isOwnFile } from "./ignored-files.js";
import { isLinkedFolder } from "./linked-control.js";
import { type MuchWork, tellMuchWork } from "./much-work.js";
import { openCommits } from "./open-operations.js";
import { worktreePaths } from "./project-paths.js";
import { hashFiles, type StoredFile, storeBytes, storeFiles, writeTreeWith } from "./salvage-objects.js";
import { treeOfIndex } from "./staged-tree.js";
import { fileAt } from "./worktree-file.js";

export interface SnapshotRules extends Omit<IgnoredFileRules, "worktree"> {
  /** Keeps the ticket view of a worktree; absent = there are none. */
  readonly views?: Pick<TicketViews, "edits"> | undefined;
  /** Most that ignored files may be together, in bytes, to be kept. */
  readonly ignoredLimitBytes?: number | undefined;
  /** Told before much data is kept, once for a worktree: that takes a while. */
  readonly onMuchWork?: ((work: MuchWork) => void) | undefined;
}

/** Everything in a worktree that a removal would destroy. The objects are stored already; nothing refers to them yet. */
export interface WorkSnapshot {
  readonly worktree: string;
  /** Absent = no commit yet. */
  readonly head?: CommitId | undefined;
  /** Absent = detached. */
  readonly branch?: string | undefined;
  /** What is stopped half-way in it. */
  readonly open?: string | undefined;
  /** Changed, staged and untracked files as they are on disk. */
  readonly changed: readonly StoredFile[];
  readonly deleted: readonly string[];
  /** Ignored files and unsent ticket edits that exist nowhere else. */
  readonly ignored: readonly StoredFile[];
  /** HEAD's tree with all of these. */
  readonly tree: string;
  /** Tree of the index, where that holds what neither HEAD nor the files do. */
  readonly indexTree?: string | undefined;
  /** Commits that only this worktree may refer to. */
  readonly commits: readonly CommitId[];
  /** What cannot be kept, in words; empty = all can. */
  readonly obstacles: readonly string[];
}

const defaultIgnoredLimitBytes = 50 * 1024 * 1024;

/** Is everything but ignored files in a commit? */
export function hasNoChanges(snapshot: WorkSnapshot): boolean {
  const { changed, deleted, indexTree } = snapshot;
  return changed.length === 0 && deleted.length === 0 && indexTree === undefined;
}

/** Do two looks show the same? */
export function isSameWork(one: WorkSnapshot, other: WorkSnapshot): boolean {
  const key = ({ tree, indexTree, head, branch, commits, obstacles }: WorkSnapshot) =>
    JSON.stringify([tree, indexTree, head, branch, [...commits].sort(), obstacles]);
  return key(one) === key(other);
}

/** Looks at a worktree; touches neither its files nor its index. `git` is any of the same repository. */
export async function takeSnapshot(git: Git, worktree: string, rules: SnapshotRules): Promise<WorkSnapshot> {
  const inside = git.with({ cwd: worktree, gitDirectory: undefined, workTree: undefined });
  const status = await readStatus(inside, { ignored: true });
  const obstacles: string[] = [];
  const { present, gone } = await sortOut(inside, worktree, status, obstacles);
  await tellMuchWork(worktree, present, rules);
  const changed = await storeFiles(inside, worktree, present);
  const ignored = await storeIgnored(inside, worktree, status, rules, obstacles);
  const head = status.commit;
  const stored = new Set(changed.map(({ path }) => path));
  const deleted = [...new Set([...gone, ...present.filter((path) => !stored.has(path))])].sort();
  const folder = await gitDirectory(inside);
  // Nothing but HEAD's own files, as mostly: no tree has to be made.
  const isUnchanged = head !== undefined && status.entries.length + changed.length + ignored.length === 0;
  const tree = isUnchanged
    ? (await inside.run(["rev-parse", `${head}^{tree}`])).stdout.trim()
    : await writeTreeWith(inside, head, [...changed, ...ignored], deleted);
  const indexTree = isUnchanged ? undefined : await treeOfIndex(inside, folder, status, tree);
  const { commits, open } = await openCommits(inside, folder);
  const tip =
    status.branch === undefined ? undefined : await resolveCommit(inside, `refs/heads/${status.branch}`);
  return {
    worktree,
    ...(head === undefined ? {} : { head }),
    ...(status.branch === undefined ? {} : { branch: status.branch }),
    ...(open === undefined ? {} : { open }),
    changed,
    deleted,
    ignored,
    tree,
    ...(indexTree === undefined ? {} : { indexTree }),
    commits: [...new Set([head, tip, ...commits].filter((commit) => commit !== undefined))],
    obstacles,
  };
}

/** Paths that are files now, and paths that are gone. */
async function sortOut(
  inside: Git,
  worktree: string,
  status: Status,
  obstacles: string[],
): Promise<{ readonly present: readonly string[]; readonly gone: readonly string[] }> {
  const present: string[] = [];
  const gone: string[] = [];
  for (const entry of status.entries) {
    if (entry.kind === "untracked" && isOwnFile(worktree, entry.path)) continue;
    if (entry.isSubmodule) {
      obstacles.push(`the sub-module ${printable(entry.path)} has changes`);
      continue;
    }
    if (entry.originalPath !== undefined) gone.push(entry.originalPath);
    if (entry.path.endsWith("/")) {
      obstacles.push(`${printable(entry.path)} is a repository of its own`);
      continue;
    }
    const file = await lstat(fileAt(worktree, entry.path)).catch(() => undefined);
    if (file?.isFile() || file?.isSymbolicLink()) present.push(entry.path);
    else if (entry.kind !== "untracked") gone.push(entry.path);
    else obstacles.push(`${printable(entry.path)} cannot be read`);
  }
  for (const path of await hiddenChanges(inside, worktree)) present.push(path);
  return { present, gone: gone.filter((path) => !present.includes(path)) };
}

/** Files whose changes somebody told git not to show (assume-unchanged, skip-worktree). */
async function hiddenChanges(inside: Git, worktree: string): Promise<readonly string[]> {
  const list = async (flag: string) => {
    const { stdoutBytes } = await inside.run(["ls-files", flag, "-z"]);
    return pathText(stdoutBytes).split("\0");
  };
  const flagged = (await list("-v"))
    .filter((line) => /^(?:[a-z]|S) /.test(line))
    .map((line) => line.slice(2));
  const present: string[] = [];
  const links: string[] = [];
  for (const path of flagged) {
    const file = await lstat(fileAt(worktree, path)).catch(() => undefined);
    if (file?.isSymbolicLink()) links.push(path);
    else if (file !== undefined && !file.isDirectory()) present.push(path);
  }
  if (present.length + links.length === 0) return [];
  const inIndex = new Map<string, string>();
  for (const line of await list("--stage")) {
    const [, object = ""] = line.split(" ", 2);
    inIndex.set(line.slice(line.indexOf("\t") + 1), object);
  }
  const onDisk = [...(await hashFiles(inside, present))];
  for (const path of links) {
    const target = await readlink(fileAt(worktree, path), { encoding: "buffer" });
    onDisk.push((await inside.run(["hash-object", "--stdin"], { input: target })).stdout.trim());
  }
  return [...present, ...links].filter((path, index) => inIndex.get(path) !== onDisk[index]);
}

async function storeIgnored(
  inside: Git,
  worktree: string,
  status: Status,
  rules: SnapshotRules,
  obstacles: string[],
): Promise<readonly StoredFile[]> {
  const paths = status.ignored.map(({ path }) => path);
  const found = await findIgnoredWork(paths, { ...rules, worktree });
  for (const path of found.repositories) obstacles.push(`${printable(path)}/ is a repository of its own`);
  const limit = rules.ignoredLimitBytes ?? defaultIgnoredLimitBytes;
  if (found.totalBytes > limit) {
    const named = found.files.slice(0, 5).map((path) => printable(path));
    const size = Math.ceil(found.totalBytes / 1024 / 1024);
    obstacles.push(
      `ignored files of ${size} MB are too many to keep: ${named.join(", ")}${found.files.length > 5 ? ", ..." : ""}`,
    );
    return [];
  }
  const files = await storeFiles(inside, worktree, found.files);
  return [...files, ...(await storeViewEdits(inside, worktree, rules))];
}

/** What the agent wrote into its ticket view and nobody has submitted yet. */
async function storeViewEdits(
  inside: Git,
  worktree: string,
  rules: SnapshotRules,
): Promise<readonly StoredFile[]> {
  const { controlDirectory, ticketView: view } = worktreePaths(worktree);
  if (isLinkedFolder(controlDirectory)) return [];
  const isThere = (await lstat(view).catch(() => undefined))?.isDirectory() === true;
  if (rules.views === undefined || !isThere) return [];
  const below = view.slice(worktree.length + 1);
  try {
    const stored: StoredFile[] = [];
    for (const edit of await rules.views.edits(view)) {
      if (edit.text === undefined) continue;
      const object = await storeBytes(inside, edit.text);
      stored.push({ path: relative(worktree, edit.path), mode: "100644", object });
    }
    return stored;
  } catch (error) {
    if (!isTicketError(error)) throw error;
    // A view that cannot be understood may hold anything: all its files are kept as they are.
    const names = await ticketFilesIn(view);
    return storeFiles(
      inside,
      worktree,
      names.map((name) => `${below}/${name}`),
    );
  }
}

/** At the top of a view, and in its folders of tickets. Links are not followed. */
async function ticketFilesIn(view: string): Promise<readonly string[]> {
  const entries = await readdir(view, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name));
  const inside = await Promise.all(
    folders.map(async ({ name }) => (await readdir(join(view, name))).map((file) => `${name}/${file}`)),
  );
  return [...entries.map(({ name }) => name), ...inside.flat()].filter((name) => name.endsWith(".md"));
}
