// Failures of git that a caller may handle, in the words of the workflow.
import { setTimeout as sleep } from "node:timers/promises";
import { isGitError } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { WorkflowError } from "@wiggum/workflow";

/** How long a git command of somebody else's in a checkout that is to follow is waited for, in milliseconds. */
const patienceMs = 5_000;

/**
 * Runs a step that moves branches; a checkout with local changes in the way becomes CHECKOUT_OVERLAP. One in which a git command runs at this
 * moment is waited for a little: the step is tried again from its beginning.
 * @throws CHECKOUT_BUSY BRANCH_CHECKED_OUT as git tells them
 */
export async function explainingCheckouts<Result>(action: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(500, pauseMs * 2)) {
    try {
      return await action();
    } catch (error) {
      const isHeld = isGitError(error, "CHECKOUT_BUSY") && /index\.lock/.test(error.data.stderr);
      if (!isHeld || performance.now() > deadline) throw explained(error);
      await sleep(pauseMs);
    }
  }
}

function explained(error: unknown): unknown {
  if (isGitError(error, "CHECKOUT_OVERLAP")) {
    const { worktree, files } = error.data;
    return new WorkflowError("CHECKOUT_OVERLAP", error.message, { worktree, files }, options(error));
  }
  return error;
}

/** What is told before anything is tried. */
export function checkoutOverlap(
  branch: string,
  worktree: string,
  files: readonly string[],
): WorkflowError<"CHECKOUT_OVERLAP"> {
  return new WorkflowError(
    "CHECKOUT_OVERLAP",
    `Local changes in ${printable(worktree)} are in the way of the merge into ${printable(branch)}: ${files.map(printable).join(", ")}`,
    { worktree, files },
    { hint: "Commit, stash or move them, then type it again. Nothing was moved." },
  );
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
  commands?: readonly [string, ...string[]],
): WorkflowError<"MERGE_CONFLICT"> {
  const shown = files.slice(0, 10).map((file) => printable(file));
  const more = files.length > 10 ? ` and ${files.length - 10} more` : "";
  return new WorkflowError(
    "MERGE_CONFLICT",
    `Merge conflict detected! ${printable(source)} and ${printable(target)} both changed ${shown.join(", ")}${more}`,
    { source, target, files, ...(commands !== undefined && { commands }) },
    { hint },
  );
}
