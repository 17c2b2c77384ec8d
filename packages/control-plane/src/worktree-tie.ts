import { existsSync } from "node:fs";
import { type Git, lookAtWorktreeLink, mendWorktreeLink, type WorktreeLink } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { worktreePaths } from "./project-paths.js";

/** What an agent's worktree is to git, and what became of it. */
export interface WorktreeTie {
  /** May git be asked about what lies in it? Otherwise git would answer for another repository. */
  readonly isWhole: boolean;
  /** Said to people: that it was mended, or why not and what to do. Absent = it was whole. */
  readonly told?: string | undefined;
}

/**
 * Ties a worktree whose `.git` is gone or damaged to its repository again, before git is asked anything in it. Where git has forgotten it, only
 * with an agent's own file in it: any other folder in this place is somebody's.
 */
export async function tieWorktree(git: Git, worktree: string, branch?: string): Promise<WorktreeTie> {
  const link = await lookAtWorktreeLink(git, worktree);
  if (link === "whole") return { isWhole: true };
  const isAgents = existsSync(worktreePaths(worktree).agentFile);
  if (await mendWorktreeLink(git, worktree, isAgents ? branch : undefined)) {
    const told =
      link === "moved"
        ? `git was told that ${printable(worktree)} is in another place now`
        : `The file .git of ${printable(worktree)} was gone or damaged: it was written anew`;
    return { isWhole: true, told };
  }
  return { isWhole: false, told: untiedReason(link) };
}

/** Why git knows nothing of what lies in a worktree, with the next step. In the middle of a sentence. */
export function untiedReason(link: WorktreeLink): string {
  if (link === "copied") {
    return "it is a copy, and its .git still leads to the original; 'wiggum doctor --fix' makes it this project's own";
  }
  if (link === "elsewhere") {
    return "it is the worktree of another repository (which this project is a copy of, or shares the folder of worktrees with), and is left alone";
  }
  return link === "foreign"
    ? "its .git belongs to another repository or worktree, or is a link, so what was changed in it cannot be told; move that .git out of it, then type the command again"
    : "git knows no worktree there, and nothing proves that it is the agent's; look through the folder and remove it by hand";
}
