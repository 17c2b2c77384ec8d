// Failures of git that a caller may handle, in the words of the workflow.
import { isGitError } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";

/** Runs a step that moves branches; a checkout that cannot follow becomes CHECKOUT_OVERLAP. */
export async function explainingCheckouts<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (isGitError(error, "CHECKOUT_OVERLAP")) {
      const { worktree, files } = error.data;
      throw new WorkflowError("CHECKOUT_OVERLAP", error.message, { worktree, files }, options(error));
    }
    if (isGitError(error, "CHECKOUT_BUSY")) {
      const { worktree } = error.data;
      throw new WorkflowError("CHECKOUT_OVERLAP", error.message, { worktree, files: [] }, options(error));
    }
    if (isGitError(error, "BRANCH_CHECKED_OUT")) {
      const worktree = error.data.worktrees[0] ?? "";
      throw new WorkflowError("CHECKOUT_OVERLAP", error.message, { worktree, files: [] }, options(error));
    }
    throw error;
  }
}

function options(error: { readonly hint: string | undefined }): { hint?: string; cause: unknown } {
  return { ...(error.hint === undefined ? {} : { hint: error.hint }), cause: error };
}

export function branchMissing(branch: string, hint?: string): WorkflowError<"BRANCH_MISSING"> {
  const what = branch.startsWith("feature/") ? "Feature branch" : "Branch";
  return new WorkflowError(
    "BRANCH_MISSING",
    `${what} not found: ${printable(branch)}`,
    { branch },
    hint === undefined ? {} : { hint },
  );
}

export function mergeConflict(
  source: string,
  target: string,
  files: readonly string[],
  hint: string,
): WorkflowError<"MERGE_CONFLICT"> {
  const shown = files.slice(0, 10).map((file) => printable(file));
  const more = files.length > 10 ? ` and ${files.length - 10} more` : "";
  return new WorkflowError(
    "MERGE_CONFLICT",
    `Merge conflict detected! ${printable(source)} and ${printable(target)} both changed ${shown.join(", ")}${more}`,
    { source, target, files },
    { hint },
  );
}
