import { type CommitId, isAncestor, requireCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError } from "./errors.js";
import { printable } from "./printable.js";
import { createRef, deleteRef, invalidRefName, listRefs, readRef, requireRefName } from "./refs.js";

/** A local branch and where it stands. */
export interface Branch {
  /** Short name, for example `feature/tk-5c46`. */
  readonly name: string;
  readonly commit: CommitId;
  /** The checkout that is on it, if there is one. */
  readonly worktreePath?: string | undefined;
}

/** `refs/heads/<name>`. */
export function branchRef(name: string): string {
  return `refs/heads/${name}`;
}

/** Local branches, sorted by name; `prefix` such as `feature/` narrows. */
export async function listBranches(git: Git, prefix = ""): Promise<readonly Branch[]> {
  const refs = await listRefs(git, ["refs/heads/"]);
  return refs
    .map(({ name, ...rest }) => ({ name: name.slice("refs/heads/".length), ...rest }))
    .filter(({ name }) => name.startsWith(prefix));
}

/**
 * Sees to it that git accepts this as the short name of a branch. @throws REF_NAME_INVALID also for names that git's own commands would take for an
 * option
 */
export async function requireBranchName(git: Git, name: string): Promise<void> {
  if (name.startsWith("-") || name === "HEAD") throw invalidRefName(name);
  await requireRefName(git, branchRef(name));
}

/** The branch's tip; `undefined` = there is no such branch. */
export async function readBranch(git: Git, name: string): Promise<CommitId | undefined> {
  return readRef(git, branchRef(name));
}

/** Is there a local branch of that short name? */
export async function branchExists(git: Git, name: string): Promise<boolean> {
  return (await readBranch(git, name)) !== undefined;
}

/** Is all of `branch` in the history of `into` (any commit name)? @throws COMMIT_NOT_FOUND */
export async function isMergedInto(git: Git, branch: string, into: string): Promise<boolean> {
  return isAncestor(git, branchRef(branch), into);
}

/** Makes a branch that must not exist. Answers the commit that it stands on. @throws REF_MOVED COMMIT_NOT_FOUND REF_NAME_INVALID */
export async function createBranch(git: Git, name: string, startAt: string): Promise<CommitId> {
  await requireBranchName(git, name);
  const commit = await requireCommit(git, startAt);
  await createRef(git, branchRef(name), commit, `branch: created from ${printable(startAt)}`);
  return commit;
}

/**
 * Deletes a branch whose work is all in `into`. Answers `false` when there is no such branch.
 * @throws BRANCH_NOT_MERGED BRANCH_CHECKED_OUT REF_MOVED somebody moved it after the check
 */
export async function deleteBranchIfMerged(git: Git, name: string, into: string): Promise<boolean> {
  const branch = (await listBranches(git)).find((candidate) => candidate.name === name);
  if (branch === undefined) return false;
  if (branch.worktreePath !== undefined) {
    throw new GitError(
      "BRANCH_CHECKED_OUT",
      `${printable(name)} is checked out in ${printable(branch.worktreePath)}`,
      { branch: name, worktrees: [branch.worktreePath] },
      { hint: "Remove that worktree or switch it to another branch." },
    );
  }
  if (!(await isAncestor(git, branch.commit, into))) {
    throw new GitError(
      "BRANCH_NOT_MERGED",
      `${printable(name)} has commits that ${printable(into)} lacks`,
      { branch: name, into },
      { hint: `Merge it first, or delete it yourself with 'git branch -D ${printable(name)}'.` },
    );
  }
  // By the value that was judged: a commit that came in between keeps the branch.
  await deleteRef(git, branchRef(name), branch.commit);
  return true;
}

/** Deletes a branch by the value that the caller judged, whatever it contains. @throws REF_MOVED */
export async function deleteBranch(git: Git, name: string, expected: CommitId): Promise<void> {
  await deleteRef(git, branchRef(name), expected);
}
