import { printable } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { findBaseBranch } from "./feature-branch.js";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";

/** The configured base branch is none: no agent can be started from it, and no work merged into it. */
export async function examineBaseBranch({
  git,
  paths,
  settings: { baseBranch },
}: ProjectParts): Promise<readonly ProjectFinding[]> {
  if (baseBranch === undefined) return [];
  try {
    await findBaseBranch(git, baseBranch);
    return [];
  } catch (error) {
    if (!isWorkflowError(error, "BRANCH_MISSING")) throw error;
    const file = fromRoot(paths, paths.configYaml);
    return [
      {
        area: "settings",
        severity: "warning",
        code: "BRANCH_MISSING",
        message: `The base branch '${printable(baseBranch)}' does not exist: no agent can be started, and no work merged`,
        hint: `Correct baseBranch in ${file}, or bring the branch back: git branch ${printable(baseBranch)} <commit>`,
      },
    ];
  }
}
