import { lstat, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join, sep } from "node:path";
import {
  commonDirectory,
  isGitError,
  keepCopiedWorktree,
  lookAtMovedWorktree,
  type MovedWorktree,
  mendMovedWorktrees,
} from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import type { AgentFacts, AgentId, WorkflowError } from "@wiggum/workflow";
import { worktreeCopied } from "./find-project.js";
import type { ProjectParts } from "./project-parts.js";

type Parts = Pick<ProjectParts, "git" | "paths" | "registry">;

/**
 * Before agents are started or ended: worktrees that moved along with the project are tied to it again, and those of a copied project, which
 * still lead to the original, are refused. `agentId` = only that one's matters. Answers in words what was mended.
 * @throws WORKTREE_COPIED
 */
export async function requireOwnWorktrees(parts: Parts, agentId?: AgentId): Promise<readonly string[]> {
  const mended = await mendMoved(parts);
  for (const agent of await parts.registry.list()) {
    if (agentId !== undefined && agent.agentId !== agentId) continue;
    const error = await copyOf(parts, agent);
    if (error !== undefined) throw error;
  }
  return mended;
}

/** The worktree of an agent, if it still leads git to the project that this one was copied from. */
export async function copyOf(
  { git, paths }: Pick<Parts, "git" | "paths">,
  { worktree }: Pick<AgentFacts, "worktree">,
): Promise<WorkflowError<"WORKTREE_COPIED"> | undefined> {
  if (worktree === undefined) return undefined;
  const moved = await inRepository(async () => lookAtMovedWorktree(worktree, await commonDirectory(git)));
  if (moved?.kind !== "copied") return undefined;
  return worktreeCopied({ worktree, root: paths.root, original: moved.original });
}

/** Makes the copy of a worktree this project's own, as it is. The original is not touched. */
export async function keepCopy(
  { git, paths }: Pick<Parts, "git" | "paths">,
  worktree: string,
): Promise<void> {
  const kept = await keepCopiedWorktree(git, worktree);
  if (kept !== undefined) await leadLinksHere(kept, paths.root);
}

async function mendMoved({ git, paths }: Parts): Promise<readonly string[]> {
  const moved = (await inRepository(() => mendMovedWorktrees(git))) ?? [];
  for (const worktree of moved) await leadLinksHere(worktree, paths.root);
  return moved.map(({ folder }) => `git was told that ${printable(folder)} is in another place now`);
}

/** Links at the top of a worktree that we, or its set-up, made into the project: they lead to where it was. */
async function leadLinksHere({ folder, from }: MovedWorktree, root: string): Promise<void> {
  if (!folder.startsWith(`${root}${sep}`) || !from.endsWith(folder.slice(root.length))) return;
  const former = from.slice(0, from.length - (folder.length - root.length));
  for (const name of await readdir(folder)) {
    const link = join(folder, name);
    if (!(await lstat(link)).isSymbolicLink()) continue;
    const target = await readlink(link);
    if (!target.startsWith(`${former}${sep}`)) continue;
    await rm(link);
    await symlink(join(root, target.slice(former.length + 1)), link);
  }
}

/** Without a repository there are no worktrees. */
async function inRepository<Result>(ask: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isGitError(error, "NOT_A_REPOSITORY")) return undefined;
    throw error;
  }
}
