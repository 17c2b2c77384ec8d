import { isGitError } from "@wiggum/git";
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError } from "@wiggum/workflow";
import { oneLine } from "../one-line.js";
import type { Project } from "../project.js";
import { createProjectPublisher } from "./project-publisher.js";
import type { Publisher, PublishNews } from "./publisher.js";

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
  project: Project,
  report: (news: PublishNews) => void,
): SupervisedPublishing {
  const publisher = createProjectPublisher(project);
  const { clock } = project;
  let restUntilMs = 0;
  let lastFailure = "";
  let running: Promise<void> | undefined;
  let broken: { readonly error: unknown } | undefined;

  async function pass(chosen: Publisher): Promise<void> {
    try {
      await chosen.pass(report);
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
      if (publisher === undefined || clock.monotonicMs() < restUntilMs) return;
      running ??= pass(publisher);
    },
    async finish() {
      await running;
      throwBroken();
    },
  };
}
