import { existsSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { branchExists, branchRef, requireBranchName } from "./branches.js";
import { type CommitId, identityVariables, requireCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError, isGitError } from "./errors.js";
import { printable, splitNul } from "./printable.js";
import { commonDirectory, findTopLevel, gitDirectory, readHead } from "./repository.js";
import { readStatus } from "./status.js";
import { runWorktreeAdd } from "./worktree-add.js";
import { isElsewhere, mendMovedWorktrees } from "./worktree-place.js";

/** A checkout of a repository, as `git worktree list` tells it. `path` is absolute. */
export interface Worktree {
  readonly path: string;
  /** Absent in an unborn or bare one. */
  readonly commit?: string | undefined;
  /** Short name; absent = detached or bare. */
  readonly branch?: string | undefined;
  readonly isBare: boolean;
  /** The first of the list, where the repository itself lies. */
  readonly isMain: boolean;
  /** Reason of a lock, may be empty; absent = not locked. */
  readonly locked?: string | undefined;
  /** Its folder is gone, git would forget it. */
  readonly prunable?: string | undefined;
}

/**
 * All checkouts of this repository, the main one first. One that git names and that is another repository's is left out: in a copy of a
 * repository, git still names the worktrees of the original. @throws NOT_A_REPOSITORY
 */
export async function listWorktrees(git: Git): Promise<readonly Worktree[]> {
  const [main, ...linked] = await worktreesAsTold(git);
  if (main === undefined) return [];
  const common = linked.length === 0 ? "" : await commonDirectory(git);
  const path = (await separateCheckout(git, main)) ?? main.path;
  return [{ ...main, path }, ...linked.filter((worktree) => !isElsewhere(worktree.path, common))];
}

/** Of a repository whose `.git` lies apart (a submodule, `git init --separate-git-dir`) git names that folder as its main checkout. */
async function separateCheckout(git: Git, { path, isBare }: Worktree): Promise<string | undefined> {
  if (isBare || existsSync(join(path, ".git"))) return undefined;
  const common = await commonDirectory(git);
  if (canonical(path) !== common) return undefined;
  const asked = ["config", "--file", join(common, "config"), "--type=path", "core.worktree"];
  const { stdout, exitCode } = await git.run(asked, { allowedExitCodes: [0, 1] });
  if (exitCode === 0) return canonical(resolve(common, stdout.replace(/\n$/, "")));
  return (await gitDirectory(git)) === common ? findTopLevel(git) : undefined;
}

async function worktreesAsTold(git: Git): Promise<readonly Worktree[]> {
  const { stdout } = await git.run(["worktree", "list", "--porcelain", "-z"]);
  const worktrees: Worktree[] = [];
  for (const block of stdout.split("\0\0")) {
    const lines = splitNul(block);
    if (lines.length === 0) continue;
    const value = (key: string) => {
      const line = lines.find((candidate) => candidate === key || candidate.startsWith(`${key} `));
      return line === undefined ? undefined : line.slice(key.length + 1);
    };
    const commit = value("HEAD");
    worktrees.push({
      path: value("worktree") ?? "",
      commit: commit === undefined || /^0+$/.test(commit) ? undefined : commit,
      branch: value("branch")?.replace(/^refs\/heads\//, ""),
      isBare: value("bare") !== undefined,
      isMain: worktrees.length === 0,
      locked: value("locked"),
      prunable: value("prunable"),
    });
  }
  return worktrees;
}

/** A worktree to be made. */
export interface NewWorktree {
  /** Folder to make; its parents are made, too. */
  readonly path: string;
  /** Short name. An existing branch is checked out as it is, a new one starts at `startAt`. */
  readonly branch: string;
  /** Commit name for a new branch; default HEAD. In a repository without any commit the branch is unborn. */
  readonly startAt?: string | undefined;
}

/**
 * Makes a linked worktree. Answers whether the branch was made, too.
 * @throws GIT_FAILED the folder exists and is not empty, or the branch is checked out elsewhere; COMMIT_NOT_FOUND, REF_NAME_INVALID
 */
export async function addWorktree(
  git: Git,
  worktree: NewWorktree,
): Promise<{ readonly isNewBranch: boolean }> {
  await requireBranchName(git, worktree.branch);
  const path = resolve(git.options.cwd ?? process.cwd(), worktree.path);
  // A folder that somebody deleted by hand is still registered, and git would refuse to make it again.
  if (!existsSync(path)) await pruneWorktrees(git);
  if (await branchExists(git, worktree.branch)) {
    await runWorktreeAdd(git, path, { branch: worktree.branch });
    return { isNewBranch: false };
  }
  if (worktree.startAt === undefined && (await readHead(git)).commit === undefined) {
    await addUnborn(git, path, worktree.branch);
    return { isNewBranch: true };
  }
  const start = await requireCommit(git, worktree.startAt ?? "HEAD");
  await runWorktreeAdd(git, path, { branch: worktree.branch, startAt: start });
  return { isNewBranch: true };
}

/** git learned `worktree add --orphan` with 2.42. Older ones need a commit: an empty one that no ref keeps. */
async function addUnborn(git: Git, path: string, branch: string): Promise<void> {
  const tree = (await git.run(["mktree"], { input: "" })).stdout.trim();
  const variables = await identityVariables(git);
  const commit = await git
    .with({ env: { ...git.options.env, ...variables } })
    .run(["commit-tree", tree], { input: "Start of a worktree without history\n" });
  await runWorktreeAdd(git, path, { commit: commit.stdout.trim(), isWithoutFiles: true });
  const inside = git.with({ cwd: path, gitDirectory: undefined, workTree: undefined });
  await inside.run(["symbolic-ref", "HEAD", branchRef(branch)]);
  // The reflog would keep naming a commit that is nobody's.
  await rm(join(await gitDirectory(inside), "logs", "HEAD"), { force: true });
}

/** Makes a linked worktree that is on no branch. @throws GIT_FAILED the folder exists and is not empty, or there is no such commit */
export async function addDetachedWorktree(git: Git, path: string, commit: CommitId): Promise<void> {
  await runWorktreeAdd(git, path, { commit });
}

/**
 * Removes a linked worktree whose files are all committed; its branch stays. Ignored files go with it (git's own rule): a caller
 * that must keep them looks first. Never forced. Answers `false` when git knows no such worktree.
 * @throws WORKTREE_NOT_CLEAN WORKTREE_LOCKED
 */
export async function removeWorktree(git: Git, path: string): Promise<boolean> {
  const absolute = canonical(resolve(git.options.cwd ?? process.cwd(), path));
  const known = (await listWorktrees(git)).find((worktree) => canonical(worktree.path) === absolute);
  if (known === undefined || known.isMain) return false;
  if (known.locked !== undefined) {
    throw new GitError(
      "WORKTREE_LOCKED",
      `The worktree ${printable(path)} is locked${known.locked ? `: ${printable(known.locked)}` : ""}`,
      { path: known.path, reason: known.locked },
      { hint: "Unlock it with 'git worktree unlock'." },
    );
  }
  try {
    await git.run(["worktree", "remove", "--", known.path]);
  } catch (error) {
    if (!isGitError(error, "GIT_FAILED") || !existsSync(known.path)) throw error;
    const status = await readStatus(
      git.with({ cwd: known.path, gitDirectory: undefined, workTree: undefined }),
    );
    if (status.entries.length === 0) throw error;
    const files = status.entries.map((entry) => entry.path);
    throw new GitError(
      "WORKTREE_NOT_CLEAN",
      `The worktree ${printable(path)} has changes that are not committed: ${files
        .slice(0, 5)
        .map((file) => printable(file))
        .join(", ")}${files.length > 5 ? ", ..." : ""}`,
      { path: known.path, files },
      { hint: "Commit them or salvage the worktree first.", cause: error },
    );
  }
  return true;
}

/**
 * Makes git forget worktrees whose folder is gone; locked ones stay. One whose folder is there and lacks its `.git` git would forget, too:
 * what was staged there would be lost. Those that moved along with the repository are tied to it first.
 */
export async function pruneWorktrees(git: Git): Promise<void> {
  await mendMovedWorktrees(git);
  for (const { path, locked, prunable } of await listWorktrees(git)) {
    if (prunable === undefined || locked !== undefined || existsSync(path)) continue;
    // By name and not by `worktree prune`, which also takes away those that another git is only making. Gone since by another process, as it
    // should be. Without force: a folder that has come back is looked at by git first.
    await git.run(["worktree", "remove", "--", path], { allowedExitCodes: [0, 128] });
  }
}

function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // Deleted by hand: git knows it by the path that it had.
  }
}
