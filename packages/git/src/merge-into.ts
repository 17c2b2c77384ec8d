import { existsSync } from "node:fs";
import { branchRef, requireBranchName } from "./branches.js";
import { type CommitId, changedFiles, type Identity, requireCommit, resolveCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError, isGitError } from "./errors.js";
import { mergeCommits } from "./merge-trees.js";
import { printable } from "./printable.js";
import { readRef, updateRef } from "./refs.js";
import { readHead } from "./repository.js";
import { readStatus } from "./status.js";
import { listWorktrees } from "./worktrees.js";

/** A merge that moves a branch. */
export interface MergeInto {
  /** Short name of the branch that moves. It must exist. */
  readonly target: string;
  /** Commit name: a branch, an id. */
  readonly source: string;
  readonly message: string;
  /** Default `true`. `false` = always a merge commit. */
  readonly allowFastForward?: boolean | undefined;
  readonly allowUnrelated?: boolean | undefined;
  /** Where the target must be: at any other commit nothing moves (REF_MOVED), and nothing is tried again. */
  readonly expected?: CommitId | undefined;
  /** Default: the person's, else `wiggumIdentity`. */
  readonly identity?: Identity | undefined;
}

/** What became of a merge into a branch. Files lie from the top of the repository. */
export type MergeResult =
  /** `files` = what the target gained. `before` and `commit` = where the target was and is. */
  | {
      readonly status: "merged";
      readonly commit: CommitId;
      readonly before: CommitId;
      readonly files: readonly string[];
    }
  | { readonly status: "up-to-date"; readonly commit: CommitId; readonly files: readonly [] }
  /** Nothing moved. `files` = in conflict. */
  | { readonly status: "conflict"; readonly files: readonly string[] };

const attempts = 4;

/**
 * Merges `source` into the branch `target` in nobody's checkout: merged tree, commit, compare-and-swap of the ref; a target that
 * moved in between is merged again, three times. A checkout that is on the target follows fast-forward; where local changes there
 * touch the same files, nothing at all moves.
 * @throws CHECKOUT_OVERLAP CHECKOUT_BUSY BRANCH_CHECKED_OUT COMMIT_NOT_FOUND REF_MOVED (after the last attempt) GIT_FAILED
 */
export async function mergeInto(git: Git, merge: MergeInto): Promise<MergeResult> {
  const ref = branchRef(merge.target);
  await requireBranchName(git, merge.target);
  for (let attempt = 1; ; attempt++) {
    try {
      return await mergeOnce(git, ref, merge);
    } catch (error) {
      const isRace = isGitError(error, "REF_MOVED") || isGitError(error, "REF_LOCKED");
      if (!isRace || attempt === attempts || merge.expected !== undefined) throw error;
    }
  }
}

async function mergeOnce(git: Git, ref: string, merge: MergeInto): Promise<MergeResult> {
  const before = await requireCommit(git, ref);
  if (merge.expected !== undefined && before !== merge.expected) {
    throw new GitError("REF_MOVED", `${printable(merge.target)} is at ${before}, not at ${merge.expected}`, {
      ref,
      expected: merge.expected,
      actual: before,
    });
  }
  const source = await requireCommit(git, merge.source);
  const result = await mergeCommits(git, before, source, merge);
  if (result.status === "up-to-date") return { status: "up-to-date", commit: before, files: [] };
  if (result.status === "conflict") return result;
  const checkout = await checkoutOf(git, merge.target);
  // In a checkout git itself moves files, index and ref together, so that they can never disagree; elsewhere only the ref moves.
  if (checkout !== undefined) await followFastForward(git, merge.target, checkout, before, result.commit);
  else await updateRef(git, ref, result.commit, before, `wiggum: merge ${printable(merge.source)}`);
  return {
    status: "merged",
    commit: result.commit,
    before,
    files: await changedFiles(git, before, result.commit),
  };
}

/** The one folder that has `branch` checked out. A worktree whose folder is gone is none. */
async function checkoutOf(git: Git, branch: string): Promise<string | undefined> {
  const on = (await listWorktrees(git)).filter(
    (worktree) => worktree.branch === branch && !worktree.isBare && existsSync(worktree.path),
  );
  if (on.length < 2) return on[0]?.path;
  throw new GitError(
    "BRANCH_CHECKED_OUT",
    `${printable(branch)} is checked out in ${on.length} worktrees, only one could follow a merge`,
    { branch, worktrees: on.map((worktree) => worktree.path) },
    { hint: `Switch all but one of them to another branch.` },
  );
}

async function followFastForward(
  git: Git,
  branch: string,
  worktree: string,
  before: CommitId,
  commit: CommitId,
): Promise<void> {
  const inside = git.with({ cwd: worktree, gitDirectory: undefined, workTree: undefined });
  try {
    // Options by name, since configuration (merge.ff, merge.autoStash, branch.*.mergeOptions) may say otherwise.
    await inside.run(
      [
        "merge",
        "--ff-only",
        "--no-autostash",
        "--no-overwrite-ignore",
        "--no-squash",
        "--no-stat",
        "--quiet",
        commit,
      ],
      // Stopped half-way, it would leave the person's checkout between two commits.
      { isUninterrupted: true },
    );
  } catch (error) {
    if (!isGitError(error, "GIT_FAILED")) throw error;
    throw await refusal(inside, branch, worktree, { before, commit }, error);
  }
  const reached = await readRef(git, branchRef(branch));
  if (reached === commit || (reached !== undefined && (await contains(git, reached, commit)))) return;
  // The person switched branches between our look and the merge; what moved is the branch that they switched to.
  throw new GitError(
    "CHECKOUT_BUSY",
    `${printable(worktree)} was switched away from ${printable(branch)} during the merge; it now stands at ${commit}`,
    { branch, worktree, stderr: "" },
    { hint: `Check 'git -C ${printable(worktree)} reflog' and run the merge again.` },
  );
}

async function contains(git: Git, commit: CommitId, part: CommitId): Promise<boolean> {
  return (
    (await git.run(["merge-base", "--is-ancestor", part, commit], { allowedExitCodes: [0, 1] })).exitCode ===
    0
  );
}

/** Why git would not follow. It moved nothing. */
async function refusal(
  inside: Git,
  branch: string,
  worktree: string,
  moving: { readonly before: CommitId; readonly commit: CommitId },
  cause: GitError<"GIT_FAILED">,
): Promise<GitError> {
  const { stderr } = cause.data;
  const now = await resolveCommit(inside, branchRef(branch));
  const head = await readHead(inside);
  if (now !== moving.before || head.branch !== branch) {
    return new GitError(
      "REF_MOVED",
      `${printable(branch)} was moved during the merge`,
      { ref: branchRef(branch), expected: moving.before, actual: now },
      { cause },
    );
  }
  const gained = new Set(await changedFiles(inside, moving.before, moving.commit));
  const status = await readStatus(inside, { ignored: true });
  const local = [...status.entries, ...status.ignored].map((entry) => entry.path);
  const files = local.filter((path) => gained.has(path) || [...gained].some((file) => isWithin(file, path)));
  if (files.length > 0 && !/index\.lock/.test(stderr)) {
    return new GitError(
      "CHECKOUT_OVERLAP",
      `Local changes in ${printable(worktree)} are in the way of the merge: ${files.map((file) => printable(file)).join(", ")}`,
      { branch, worktree, files },
      { hint: "Commit, stash or move them, then run the merge again. Nothing was moved.", cause },
    );
  }
  return new GitError(
    "CHECKOUT_BUSY",
    `${printable(worktree)}, which is on ${printable(branch)}, cannot follow the merge: ${whyBusy(stderr)}`,
    { branch, worktree, stderr },
    {
      hint: "Finish what is open there (git status tells), then run the merge again. Nothing was moved.",
      cause,
    },
  );
}

function whyBusy(stderr: string): string {
  if (/index\.lock/.test(stderr)) return "a git command is at work there, or left its index.lock behind";
  if (/MERGE_HEAD|unmerged|conclude/i.test(stderr)) return "a merge with conflicts is open there";
  return printable(stderr.trim()).slice(0, 500);
}

/** Does one of two paths lie inside the other (a file where the merge needs a folder, or a wholly ignored folder)? */
function isWithin(one: string, other: string): boolean {
  const folder = other.endsWith("/") ? other : `${other}/`;
  return one.startsWith(folder) || other.startsWith(`${one}/`);
}
