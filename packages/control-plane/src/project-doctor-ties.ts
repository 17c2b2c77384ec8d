import { existsSync } from "node:fs";
import { lookAtWorktreeLink, type WorktreeLink } from "@wiggum/git";
import { type AgentFacts, WorkflowError } from "@wiggum/workflow";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { tieWorktree } from "./worktree-tie.js";

/** Worktrees of agents that git does not know as such: whatever git is asked in one, it answers for another repository. */
export async function examineTies(
  { git, paths }: Pick<ProjectParts, "git" | "paths">,
  agents: readonly AgentFacts[],
): Promise<readonly ProjectFinding[]> {
  const findings: ProjectFinding[] = [];
  for (const { agentId, worktree, branch, retiredAt } of agents) {
    if (retiredAt !== undefined || worktree === undefined || !existsSync(worktree)) continue;
    const link = await lookAtWorktreeLink(git, worktree);
    if (link === "whole") continue;
    const path = fromRoot(paths, worktree);
    const finding = {
      area: "worktrees",
      severity: "error",
      code: "WORKTREE_UNTIED",
      message: `git does not know ${path}, the worktree of ${agentId}: ${reasons[link]}`,
    } as const;
    if (link === "foreign") {
      const hint = `Move ${path}/.git out of the worktree: 'wiggum doctor --fix' then writes the right one.`;
      findings.push({ ...finding, hint });
      continue;
    }
    const apply = async () => {
      const tie = await tieWorktree(git, worktree, branch ?? agentId);
      if (tie.isWhole) return;
      const why = tie.told ?? "git does not know it";
      throw new WorkflowError(
        "WORKTREE_UNSAFE",
        `${path} stays as it is: ${why}`,
        { worktree, reasons: [why] },
        { hint: `'wiggum kill ${agentId}' ends the agent; its folder stays.` },
      );
    };
    findings.push({
      ...finding,
      fix: { plan: `tie ${path} to the repository again; its files stay`, apply },
    });
  }
  return findings;
}

const reasons: Readonly<Record<Exclude<WorktreeLink, "whole">, string>> = {
  broken: "its file .git is gone or damaged",
  moved: "it was moved",
  foreign: "its .git belongs to another repository or worktree, or is a link",
};
