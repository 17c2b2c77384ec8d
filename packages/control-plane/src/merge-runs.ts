import { join } from "node:path";
import type { TicketId } from "@wiggum/ticket-core";
import { type ActionOutcome, backoffMs, isWorkflowError, type SupervisorEvent } from "@wiggum/workflow";
import { sweepScratch } from "./check-merge.js";
import { exclusively } from "./exclusively.js";
import { endMergeQueueNote, notedMergeQueue } from "./merge-note.js";
import { mergeTogether } from "./merge-together.js";
import type { Project } from "./project.js";

/** Runs of the merge queue beside the rounds of a supervisor, one at a time: a test may take longer than any agent should wait for it. */
export interface MergeRuns {
  /** Begins one; what becomes of it is reported when it is over. */
  begin(ticketIds: readonly TicketId[]): ActionOutcome;
  /** Is one at work, or the next not due because the last ones failed? @throws what a run ended with that no later round can make good */
  isAtWork(): boolean;
  /** Waits until nothing is at work. Answers how many runs failed. */
  finish(): Promise<number>;
  /** At its first call: removes what a killed run left. In words what was done. */
  sweep(): Promise<readonly string[]>;
}

export interface MergeRunsOptions {
  readonly report: (event: SupervisorEvent) => void;
  /** Ends a run after the test that is at work. */
  readonly signal?: AbortSignal | undefined;
  /** Turns what a merge ended with into an outcome, or throws it. */
  readonly attempt: (action: () => Promise<string | undefined>) => Promise<ActionOutcome>;
}

/** Runs for one supervisor, which is the only one of its project. */
export function createMergeRuns(project: Project, { report, signal, attempt }: MergeRunsOptions): MergeRuns {
  let current: Promise<void> | undefined;
  let broken: { readonly error: unknown } | undefined;
  let failed = 0;
  let failuresInARow = 0;
  let restUntilMs = 0;
  let isSwept = false;
  let lastSaid = "";

  /** Postponed again and again for one reason, it is told once. */
  function tell(action: Extract<SupervisorEvent, { kind: "action" }>["action"], outcome: ActionOutcome) {
    if (outcome.status === "done") report({ kind: "action", action, detail: outcome.detail });
    else if (outcome.status !== "begun") {
      if (lastSaid !== outcome.reason) report({ kind: outcome.status, action, reason: outcome.reason });
      lastSaid = outcome.reason;
      return;
    }
    lastSaid = "";
  }

  async function run(ticketIds: readonly TicketId[]): Promise<void> {
    const action = { kind: "merge-batch", ticketIds, reason: "done, and the base branch lacked it" } as const;
    try {
      const options = { report: (what: string) => report({ kind: "merging", what }), signal };
      const outcome = await attempt(() => mergeTogether(project, ticketIds, options));
      if (outcome.status === "failed") failed += 1;
      failuresInARow = outcome.status === "done" ? 0 : failuresInARow + 1;
      restUntilMs = project.clock.monotonicMs() + backoffMs(failuresInARow);
      tell(action, outcome);
    } catch (error) {
      broken = { error };
    } finally {
      current = undefined;
    }
  }

  function throwBroken(): void {
    if (broken === undefined) return;
    const { error } = broken;
    broken = undefined;
    throw error;
  }

  return {
    begin(ticketIds) {
      current ??= run(ticketIds);
      return { status: "begun" };
    },
    isAtWork() {
      throwBroken();
      return current !== undefined || project.clock.monotonicMs() < restUntilMs;
    },
    async finish() {
      await current;
      throwBroken();
      return failed;
    },
    async sweep() {
      if (isSwept) return [];
      isSwept = true;
      if (notedMergeQueue(project.paths) === undefined) endMergeQueueNote(project.paths);
      const lock = join(project.paths.ownersDirectory, "merge.db");
      try {
        const swept = await exclusively(lock, () => sweepScratch(project.git), 0);
        return swept.map((path) => `the checkout ${path} that a killed merge had left was removed`);
      } catch (error) {
        // Somebody merges by hand at this moment, and sweeps, too.
        if (isWorkflowError(error, "PROJECT_BUSY")) return [];
        throw error;
      }
    },
  };
}
