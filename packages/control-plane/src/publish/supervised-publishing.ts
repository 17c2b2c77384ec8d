import { isGitError } from "@wiggum/git";
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { oneLine } from "../one-line.js";
import type { Project } from "../project.js";
import type { PublishNews } from "./publisher.js";

/** After a pass that failed, milliseconds. */
const restMs = 5_000;

/** Publishing under the scheduler: beside the rounds, so that no round waits for the network. */
export interface SupervisedPublishing {
  /** Begins a pass if none is under way. @throws what a pass ended with that no later one can make good */
  look(): void;
  /** The pass that is under way has ended. */
  finish(): Promise<void>;
}

export function createSupervisedPublishing(
  { publishing, clock }: Pick<Project, "publishing" | "clock">,
  report: (news: PublishNews) => void,
): SupervisedPublishing {
  let restUntilMs = 0;
  let lastFailure = "";
  let running: Promise<void> | undefined;
  let broken: { readonly error: unknown } | undefined;

  async function pass(publisher: NonNullable<Project["publishing"]>): Promise<void> {
    try {
      await publisher.pass(report);
      lastFailure = "";
    } catch (error) {
      restUntilMs = clock.monotonicMs() + restMs;
      if (!isTicketError(error) && !isWorkflowError(error) && !isGitError(error)) broken = { error };
      else if (lastFailure !== error.message) {
        lastFailure = error.message;
        report({ what: `Publishing has to wait: ${oneLine(error.message)}`, isTrouble: true });
      }
    } finally {
      running = undefined;
    }
  }

  function throwBroken(): void {
    if (broken === undefined) return;
    const { error } = broken;
    broken = undefined;
    throw error;
  }

  return {
    look() {
      throwBroken();
      if (publishing === undefined || clock.monotonicMs() < restUntilMs) return;
      running ??= pass(publishing);
    },
    async finish() {
      await running;
      throwBroken();
    },
  };
}
