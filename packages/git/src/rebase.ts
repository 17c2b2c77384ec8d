import { existsSync } from "node:fs";
import { join } from "node:path";
import { type CommitId, identityVariables, requireCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError, isGitError } from "./errors.js";
import { pathText } from "./path-text.js";
import { printable, splitNul } from "./printable.js";
import { gitDirectory, readHead } from "./repository.js";

/** What became of a rebase. `files` are those in conflict. */
export type RebaseResult =
  /** `isMoved` = false: it was up to date. */
  | { readonly status: "done"; readonly commit: CommitId; readonly isMoved: boolean }
  /** Stopped; it stays open in this worktree until `continueRebase` or `abortRebase`. */
  | { readonly status: "conflict"; readonly files: readonly string[] };

/**
 * Rebases the branch that is checked out at the git's working directory. A conflict leaves the rebase open there.
 * @throws REBASE_OPEN one is open already, COMMIT_NOT_FOUND, GIT_FAILED (uncommitted changes, ...)
 */
export async function startRebase(git: Git, onto: string): Promise<RebaseResult> {
  if (await isRebaseOpen(git)) {
    throw new GitError(
      "REBASE_OPEN",
      "A rebase is open in this worktree",
      { path: placeOf(git) },
      { hint: "Resolve the files, 'git add' them, then 'git rebase --continue'; or 'git rebase --abort'." },
    );
  }
  const before = await requireCommit(git, "HEAD");
  const target = await requireCommit(git, onto);
  return finish(git, before, [
    "-c",
    "rebase.updateRefs=false",
    "rebase",
    "--no-autostash",
    "--no-autosquash",
    "--no-fork-point",
    "--no-stat",
    "--quiet",
    target,
  ]);
}

/** Goes on after the files were resolved and added. @throws NO_REBASE, GIT_FAILED (files still in conflict) */
export async function continueRebase(git: Git): Promise<RebaseResult> {
  await requireOpen(git);
  const before = await requireCommit(git, "HEAD");
  return finish(git, before, ["-c", "rebase.updateRefs=false", "rebase", "--continue"]);
}

/** Puts branch, index and files back to where they were before the rebase. @throws NO_REBASE */
export async function abortRebase(git: Git): Promise<void> {
  await requireOpen(git);
  await git.run(["rebase", "--abort"]);
}

/** Is a rebase stopped in this worktree? */
export async function isRebaseOpen(git: Git): Promise<boolean> {
  const folder = await gitDirectory(git);
  return existsSync(join(folder, "rebase-merge")) || existsSync(join(folder, "rebase-apply"));
}

/** Files with unresolved conflicts in this worktree. */
export async function conflictedFiles(git: Git): Promise<readonly string[]> {
  const { stdoutBytes } = await git.run([
    "diff",
    "--name-only",
    "--diff-filter=U",
    "--no-ext-diff",
    "--no-relative",
    "-z",
    "--",
  ]);
  return [...new Set(splitNul(pathText(stdoutBytes)))];
}

async function finish(git: Git, before: CommitId, args: readonly string[]): Promise<RebaseResult> {
  const variables = await identityVariables(git);
  // The author of each commit stays; only who commits is filled in where git knows nobody.
  const { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL } = variables;
  const committer = GIT_COMMITTER_NAME === undefined ? {} : { GIT_COMMITTER_NAME, GIT_COMMITTER_EMAIL };
  try {
    await git.with({ env: { ...git.options.env, ...committer } }).run(args);
  } catch (error) {
    if (!isGitError(error, "GIT_FAILED") || !(await isRebaseOpen(git))) throw error;
    const files = await conflictedFiles(git);
    if (files.length === 0) throw error;
    return { status: "conflict", files };
  }
  const { commit } = await readHead(git);
  return { status: "done", commit: commit ?? before, isMoved: commit !== before };
}

async function requireOpen(git: Git): Promise<void> {
  if (await isRebaseOpen(git)) return;
  throw new GitError("NO_REBASE", `No rebase is open in ${printable(placeOf(git))}`, { path: placeOf(git) });
}

function placeOf(git: Git): string {
  return git.options.cwd ?? process.cwd();
}
