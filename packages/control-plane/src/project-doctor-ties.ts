import { existsSync } from "node:fs";
import { lookAtWorktreeLink, type WorktreeLink } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { type AgentFacts, WorkflowError } from "@wiggum/workflow";
import { fromRoot } from "./init-files.js";
import { copiedReason } from "./moved-agents.js";
import { copyOf, keepCopy } from "./own-worktrees.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import { tieWorktree } from "./worktree-tie.js";

/** Worktrees of agents that git does not know as such: whatever git is asked in one, it answers for another repository. */
export async function examineTies(
  parts: Pick<ProjectParts, "git" | "paths" | "registry">,
  agents: readonly AgentFacts[],
): Promise<readonly ProjectFinding[]> {
  const { git, paths } = parts;
  const findings: ProjectFinding[] = [];
  for (const { agentId, worktree, branch, retiredAt, session } of agents) {
    if (retiredAt !== undefined || worktree === undefined || !existsSync(worktree)) continue;
    const link = await lookAtWorktreeLink(git, worktree);
    if (link === "whole") continue;
    const copy = link === "copied" ? await copyOf(parts, { worktree }) : undefined;
    if (copy !== undefined) {
      findings.push(copiedFinding(parts, { agentId, worktree, session }, copy));
      continue;
    }
    const path = fromRoot(paths, worktree);
    const finding = {
      area: "worktrees",
      severity: "error",
      code: "WORKTREE_UNTIED",
      message: `git does not know ${path}, the worktree of ${agentId}: ${link === "copied" ? "it is a copy" : reasons[link]}`,
    } as const;
    if (link === "elsewhere") {
      const hint = `'wiggum kill ${agentId}' forgets the agent here and leaves that folder alone; 'worktreesDirectory' in config.yaml names another place for the next ones.`;
      findings.push({ ...finding, hint });
      continue;
    }
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

/** The project is a copy: the agent goes on in the original, and here its worktree with all that is in it may become one of ours. */
function copiedFinding(
  parts: Pick<ProjectParts, "git" | "paths" | "registry">,
  { agentId, worktree, session }: Pick<AgentFacts, "agentId" | "session"> & { readonly worktree: string },
  { data }: WorkflowError<"WORKTREE_COPIED">,
): ProjectFinding {
  const path = fromRoot(parts.paths, worktree);
  return {
    area: "worktrees",
    severity: "error",
    code: "WORKTREE_COPIED",
    message: `${path} was copied with the project: its .git still leads to ${printable(data.original)}, where the original of ${agentId} works`,
    hint: "Until then no agent is started or ended here: it would be done to the original.",
    fix: {
      plan: `make ${path} a worktree of this repository, with all that is in it; the original stays as it is`,
      async apply() {
        await keepCopy(parts, worktree);
        if (session !== undefined)
          await parts.registry.recordEnd(agentId, session.generation, { reason: copiedReason });
      },
    },
  };
}

const reasons: Readonly<Record<Exclude<WorktreeLink, "whole" | "copied">, string>> = {
  broken: "its file .git is gone or damaged",
  moved: "it was moved, or the project was",
  elsewhere:
    "it is the worktree of another repository, which this project is a copy of or shares the folder of worktrees with",
  foreign: "its .git belongs to another repository or worktree, or is a link",
};
