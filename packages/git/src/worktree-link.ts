// The file `.git` of a linked worktree: without it git takes the folder for a part of whatever repository lies around it.
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { branchExists } from "./branches.js";
import type { Git } from "./create-git.js";
import { commonDirectory } from "./repository.js";
import { runWorktreeAdd } from "./worktree-add.js";
import {
  lookAtMovedWorktree,
  type MovedWorktree,
  namedGitFolder,
  namesIn,
  placeOf,
  realPathOf,
  replaceFile,
  tieTogether,
} from "./worktree-place.js";
import { listWorktrees } from "./worktrees.js";

/**
 * `whole`: the folder is a worktree of this repository. `broken`: its `.git` is gone, or no link that leads anywhere. `moved`: git still
 * looks for it in another place, or it was moved together with its repository. `copied`: it was copied together with its repository, and its
 * `.git` still leads to the original. `elsewhere`: it is the worktree of
 * another repository. `foreign`: something else is there, a repository of its own, a symbolic link, another worktree's `.git`.
 */
export type WorktreeLink = "whole" | "broken" | "moved" | "copied" | "elsewhere" | "foreign";

/** How the folder is tied to the repository of `git`. Runs no git in the folder itself. @throws NOT_A_REPOSITORY */
export async function lookAtWorktreeLink(git: Git, folder: string): Promise<WorktreeLink> {
  const shared = await commonDirectory(git);
  const link = join(folder, ".git");
  const status = lstatSync(link, { throwIfNoEntry: false });
  if (status === undefined) return "broken";
  if (!status.isFile()) return "foreign";
  const moved = lookAtMovedWorktree(folder, shared);
  if (moved !== undefined) return moved.kind;
  const own = namedGitFolder(folder);
  if (own === undefined || !existsSync(join(own, "HEAD"))) return "broken";
  if (dirname(own) !== join(shared, "worktrees"))
    return basename(dirname(own)) === "worktrees" && placeOf(own) === realPathOf(folder)
      ? "elsewhere"
      : "foreign";
  const back = placeOf(own);
  if (back === realPathOf(folder)) return "whole";
  return back !== undefined && existsSync(join(back, ".git")) ? "foreign" : "moved";
}

/**
 * Ties a `broken` or `moved` worktree to its repository again; no file of it but `.git` is touched. Where git has forgotten it (`git worktree
 * prune`), it is made known anew, on `branch`; what was staged is then changed but not staged. Answers whether that was done: not where
 * git knows nothing of the folder and the branch is gone or checked out elsewhere.
 */
export async function mendWorktreeLink(git: Git, folder: string, branch?: string): Promise<boolean> {
  const link = await lookAtWorktreeLink(git, folder);
  if (link === "moved") {
    const moved = lookAtMovedWorktree(folder, await commonDirectory(git));
    if (moved !== undefined) await tieTogether(folder, moved.own);
    else await git.run(["worktree", "repair", "--", folder]);
    return true;
  }
  if (link !== "broken") return false;
  const known = await registeredAt(git, folder);
  if (known !== undefined) {
    await replaceFile(join(folder, ".git"), `gitdir: ${known}\n`, dirname(folder));
    return true;
  }
  if (branch === undefined || !(await branchExists(git, branch))) return false;
  if ((await listWorktrees(git)).some((worktree) => worktree.branch === branch)) return false;
  await registerAnew(git, folder, branch);
  return true;
}

/**
 * Makes a `copied` worktree this repository's: as it is, with what is staged in it. The original is not touched. `undefined` = it is
 * no copy, nothing was done.
 */
export async function keepCopiedWorktree(git: Git, folder: string): Promise<MovedWorktree | undefined> {
  const copied = lookAtMovedWorktree(folder, await commonDirectory(git));
  if (copied?.kind !== "copied") return undefined;
  await tieTogether(folder, copied.own);
  return { folder, from: copied.original };
}

/** git's own folder of the worktree that it knows in this place. */
async function registeredAt(git: Git, folder: string): Promise<string | undefined> {
  const all = join(await commonDirectory(git), "worktrees");
  const place = realPathOf(folder);
  return namesIn(all)
    .map((name) => join(all, name))
    .find((own) => existsSync(join(own, "HEAD")) && placeOf(own) === place);
}

/** By git alone: a worktree without files elsewhere, whose link is then put into the folder. */
async function registerAnew(git: Git, folder: string, branch: string): Promise<void> {
  const around = join(dirname(folder), `.mend-${randomBytes(6).toString("hex")}`);
  // git names its own folder for the worktree by the last part.
  const empty = join(around, basename(folder));
  await mkdir(around);
  try {
    await runWorktreeAdd(git, empty, { branch, isWithoutFiles: true });
    await replaceFile(join(folder, ".git"), readFileSync(join(empty, ".git"), "utf8"), dirname(folder));
    await rm(empty, { recursive: true });
    await git.run(["worktree", "repair", "--", folder]);
    await git.with({ cwd: folder, gitDirectory: undefined, workTree: undefined }).run(["read-tree", "HEAD"]);
  } finally {
    await rm(around, { recursive: true, force: true });
  }
}
