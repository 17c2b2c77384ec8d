import { branchExists } from "./branches.js";
import type { Git } from "./create-git.js";
import { isGitError } from "./errors.js";
import { betweenWorktreeTries, metHalfMadeWorktree, worktreeTries } from "./half-made-worktree.js";

/** What a new worktree is on: a branch, which is made where `startAt` is given, or a commit. */
export type WorktreeContent = { readonly isWithoutFiles?: boolean | undefined } & (
  | { readonly branch: string; readonly startAt?: string | undefined }
  | { readonly commit: string }
);

/**
 * `git worktree add`, which makes its own folder for a worktree in steps: a `git worktree prune` at that moment (also that of a `git gc`) takes
 * the half-made folder away, and whoever removes the last other worktree removes the folder of all. Nothing is left then, so it is tried again.
 * @throws GIT_FAILED
 */
export async function runWorktreeAdd(git: Git, path: string, content: WorktreeContent): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await git.run(["worktree", "add", "--quiet", ...(await words(git, path, content, tries > 1))]);
      return;
    } catch (error) {
      if (!isTakenAway(error) || tries === worktreeTries) throw error;
      await betweenWorktreeTries(tries);
    }
  }
}

async function words(git: Git, path: string, content: WorktreeContent, isAgain: boolean): Promise<string[]> {
  const files = content.isWithoutFiles === true ? ["--no-checkout"] : [];
  if ("commit" in content) return [...files, "--detach", "--", path, content.commit];
  const { branch, startAt } = content;
  // git makes the branch first: it may be there from the time before.
  const isMade = startAt === undefined || (isAgain && (await branchExists(git, branch)));
  return [...files, ...(isMade ? ["--", path, branch] : ["--no-track", "-b", branch, "--", path, startAt])];
}

function isTakenAway(error: unknown): boolean {
  // Of the new worktree, which git looks into when it has made its folder.
  if (isGitError(error, "NOT_A_REPOSITORY")) return true;
  if (!isGitError(error, "GIT_FAILED")) return false;
  const { stderr } = error.data;
  return metHalfMadeWorktree(stderr) || /unable to write symref for HEAD: No such file/.test(stderr);
}
