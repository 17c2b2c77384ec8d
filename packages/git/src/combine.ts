import { type CommitId, type Identity, requireCommit } from "./commits.js";
import type { Git } from "./create-git.js";
import { mergeCommits } from "./merge-trees.js";

/** What became of several branches that were to be one commit. */
export type CombinedBranches =
  | { readonly status: "combined"; readonly commit: CommitId }
  /** `source` does not go together with what came before it. */
  | { readonly status: "conflict"; readonly source: string; readonly files: readonly string[] };

/** How `combineBranches` makes its merges. */
export interface CombineOptions {
  /** Makes the message of each merge. Default `Merge <source>`. */
  readonly message?: ((source: string) => string) | undefined;
  readonly identity?: Identity | undefined;
  /** May this source be merged with that commit although they share no history? Default: none may. */
  readonly allowUnrelated?: ((source: string, commit: CommitId) => Promise<boolean>) | undefined;
}

/**
 * A commit that contains `base` and all `sources` (commit names), merged one after the other in nobody's checkout; no ref moves.
 * What is contained already costs no merge, so a single ready source ahead of base is answered as it is.
 * @throws COMMIT_NOT_FOUND UNRELATED_HISTORIES
 */
export async function combineBranches(
  git: Git,
  base: string,
  sources: readonly string[],
  options: CombineOptions = {},
): Promise<CombinedBranches> {
  let commit: CommitId = await requireCommit(git, base);
  for (const source of sources) {
    const message = options.message?.(source) ?? `Merge ${source}`;
    const theirs = await requireCommit(git, source);
    const allowUnrelated = (await options.allowUnrelated?.(source, commit)) ?? false;
    const merge = await mergeCommits(git, commit, theirs, {
      message,
      identity: options.identity,
      allowUnrelated,
    });
    if (merge.status === "conflict") return { status: "conflict", source, files: merge.files };
    commit = merge.commit;
  }
  return { status: "combined", commit };
}
