import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { branchRef, commonDirectory, type Git, gitDirectory } from "@wiggum/git";
import { processesIn } from "./worktree-processes.js";

/**
 * Removes the lock files that an agent's git left in its worktree and on its branch when it was killed; its next git command would refuse.
 * Only for an agent whose processes are proved gone: nobody else writes there. With any process in the worktree nothing is touched.
 * Answers the files that were removed.
 */
export async function removeStaleLocks(
  git: Git,
  place: { readonly worktree?: string | undefined; readonly branch?: string | undefined },
): Promise<readonly string[]> {
  const { worktree, branch } = place;
  const candidates: string[] = [];
  if (worktree !== undefined) {
    const own = await gitDirectory(git.with({ cwd: worktree, gitDirectory: undefined, workTree: undefined }));
    candidates.push(join(own, "index.lock"), join(own, "HEAD.lock"));
  }
  if (branch !== undefined) candidates.push(join(await commonDirectory(git), `${branchRef(branch)}.lock`));
  const stale = candidates.filter((path) => existsSync(path));
  if (stale.length === 0) return [];
  if (worktree !== undefined && (await processesIn(worktree)).length > 0) return [];
  for (const path of stale) await rm(path, { force: true });
  return stale;
}
