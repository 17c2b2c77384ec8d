import { type CommitId, type Identity, isAncestor, writeCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { GitError } from "./errors.js";
import { pathText } from "./path-text.js";
import { printable, splitNul } from "./printable.js";

/** What became of a merge of two trees; nothing but the object store was written. */
export type TreeMerge =
  | { readonly status: "clean"; readonly tree: string }
  /** Files that both sides changed, from the top of the repository. */
  | { readonly status: "conflict"; readonly files: readonly string[] };

/**
 * Merges two commits in the object store alone. Both must be commit ids: git answers a bad name like a conflict.
 * @throws UNRELATED_HISTORIES unless they are allowed
 */
export async function mergeTrees(
  git: Git,
  ours: CommitId,
  theirs: CommitId,
  options: { readonly allowUnrelated?: boolean } = {},
): Promise<TreeMerge> {
  const { stdoutBytes, stderr, exitCode } = await git.run(
    [
      "merge-tree",
      "--write-tree",
      "--name-only",
      "--no-messages",
      "-z",
      ...(options.allowUnrelated === true ? ["--allow-unrelated-histories"] : []),
      ours,
      theirs,
    ],
    { allowedExitCodes: [0, 1, 128] },
  );
  if (exitCode === 128) throw refusedMerge(ours, theirs, stderr);
  const [tree = "", ...files] = splitNul(pathText(stdoutBytes));
  if (exitCode === 0) return { status: "clean", tree };
  // Where one side needs a folder of that name, git calls the file by its name and the side that it came from.
  const names = files.map((file) => file.replace(new RegExp(`~(?:${ours}|${theirs})(?:_\\d+)?$`), ""));
  return { status: "conflict", files: [...new Set(names.filter((file) => file !== ""))] };
}

function refusedMerge(ours: CommitId, theirs: CommitId, stderr: string): GitError {
  if (/unrelated histories/.test(stderr)) {
    return new GitError(
      "UNRELATED_HISTORIES",
      `${ours.slice(0, 12)} and ${theirs.slice(0, 12)} have no commit in common`,
      { ours, theirs },
      {
        hint: "Was the history rewritten? Put the work on top of the new one: git rebase --onto <new> <old>.",
      },
    );
  }
  const args = ["merge-tree", ours, theirs];
  const said = printable(stderr.trim(), "lines").slice(0, 2000);
  return new GitError("GIT_FAILED", `git ${args.join(" ")} failed with exit code 128: ${said}`, {
    args,
    exitCode: 128,
    stderr: stderr.slice(0, 4000),
  });
}

/** What became of a merge of two commits. `files` are those in conflict, from the top of the repository. */
export type CommitMerge =
  | { readonly status: "up-to-date"; readonly commit: CommitId }
  | { readonly status: "fast-forward"; readonly commit: CommitId }
  | { readonly status: "merged"; readonly commit: CommitId }
  | { readonly status: "conflict"; readonly files: readonly string[] };

/** How `mergeCommits` makes its commit. */
export interface CommitMergeOptions {
  readonly message: string;
  /** Default `true`. `false` = always a merge commit. */
  readonly allowFastForward?: boolean | undefined;
  /** Merge histories without a common commit. Default `false`: git refuses. */
  readonly allowUnrelated?: boolean | undefined;
  /** Default: the person's, else `wiggumIdentity`. */
  readonly identity?: Identity | undefined;
  /** Default `person`: where they sign their commits, this one is signed. */
  readonly sign?: "person" | "never" | undefined;
}

/** A commit that contains both; no ref moves. */
export async function mergeCommits(
  git: Git,
  ours: CommitId,
  theirs: CommitId,
  options: CommitMergeOptions,
): Promise<CommitMerge> {
  if (await isAncestor(git, theirs, ours)) return { status: "up-to-date", commit: ours };
  if (options.allowFastForward !== false && (await isAncestor(git, ours, theirs))) {
    return { status: "fast-forward", commit: theirs };
  }
  const merge = await mergeTrees(git, ours, theirs, { allowUnrelated: options.allowUnrelated === true });
  if (merge.status === "conflict") return merge;
  const commit = await writeCommit(git, {
    tree: merge.tree,
    parents: [ours, theirs],
    message: options.message,
    identity: options.identity,
    sign: options.sign ?? "person",
  });
  return { status: "merged", commit };
}
