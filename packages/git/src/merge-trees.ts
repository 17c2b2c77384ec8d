import { type CommitId, type Identity, isAncestor, writeCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { splitNul } from "./printable.js";

export type TreeMerge =
  | { readonly status: "clean"; readonly tree: string }
  /** Files that both sides changed, from the top of the repository. */
  | { readonly status: "conflict"; readonly files: readonly string[] };

/** Merges two commits in the object store alone. Both must be commit ids: git answers a bad name like a conflict. */
export async function mergeTrees(
  git: Git,
  ours: CommitId,
  theirs: CommitId,
  options: { readonly allowUnrelated?: boolean } = {},
): Promise<TreeMerge> {
  const { stdout, exitCode } = await git.run(
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
    { allowedExitCodes: [0, 1] },
  );
  const [tree = "", ...files] = splitNul(stdout);
  if (exitCode === 0) return { status: "clean", tree };
  return { status: "conflict", files: files.filter((file) => file !== "") };
}

export type CommitMerge =
  | { readonly status: "up-to-date"; readonly commit: CommitId }
  | { readonly status: "fast-forward"; readonly commit: CommitId }
  | { readonly status: "merged"; readonly commit: CommitId }
  | { readonly status: "conflict"; readonly files: readonly string[] };

export interface CommitMergeOptions {
  readonly message: string;
  /** Default `true`. `false` = always a merge commit. */
  readonly allowFastForward?: boolean | undefined;
  /** Merge histories without a common commit. Default `false`: git refuses. */
  readonly allowUnrelated?: boolean | undefined;
  /** Default: the person's, else `wiggumIdentity`. */
  readonly identity?: Identity | undefined;
}

/** A commit that contains both; no ref moves. The person's signing is kept. */
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
    sign: "person",
  });
  return { status: "merged", commit };
}
