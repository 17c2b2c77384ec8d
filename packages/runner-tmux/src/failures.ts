import { runnerFailed } from "@wiggum/runner-process/sessions";
import type { WorkflowError } from "@wiggum/workflow";

/** This runner's name in handles, registry rows and errors. */
export const runnerName = "tmux";

/** Something that this runner needs did not work. */
export function tmuxFailed(
  message: string,
  extra: { hint?: string; cause?: unknown } = {},
): WorkflowError<"RUNNER_FAILED"> {
  return runnerFailed(runnerName, message, extra);
}
