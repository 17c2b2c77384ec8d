import { isGitError } from "@wiggum/git";
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { oneLine } from "../one-line.js";
import type { Project } from "../project.js";

/** After a pass that failed, milliseconds. */
const restMs = 5_000;

/** Publishing under the scheduler: beside the rounds, so that no round waits for the network. */
export interface SupervisedPublishing {
  /** Begins a pass if none is under way. In words what the last ones did. @throws what a pass failed with that cannot pass by itself */
  look(): Promise<readonly string[]>;
  /** The pass that is under way has ended. */
  finish(): Promise<readonly string[]>;
}

export function createSupervisedPublishing({
  publishing,
  clock,
}: Pick<Project, "publishing" | "clock">): SupervisedPublishing {
  let restUntilMs = 0;
  let lastFailure = "";
  let running: Promise<void> | undefined;
  let said: string[] = [];
  let broken: { readonly error: unknown } | undefined;

  function tell(): readonly string[] {
    if (broken !== undefined) {
      const { error } = broken;
      broken = undefined;
      throw error;
    }
    const lines = said;
    said = [];
    return lines;
  }

  return {
    async look() {
      if (publishing === undefined) return [];
      if (running === undefined && clock.monotonicMs() < restUntilMs) return tell();
      running ??= publishing
        .pass()
        .then((lines) => void said.push(...lines))
        .catch((error: unknown) => {
          if (!isTicketError(error) && !isWorkflowError(error) && !isGitError(error)) broken = { error };
          else if (lastFailure !== error.message)
            said.push(`publishing has to wait: ${oneLine(error.message)}`);
          lastFailure = error instanceof Error ? error.message : "";
          restUntilMs = clock.monotonicMs() + restMs;
        })
        .finally(() => {
          running = undefined;
        });
      return tell();
    },
    async finish() {
      await running;
      return tell();
    },
  };
}
