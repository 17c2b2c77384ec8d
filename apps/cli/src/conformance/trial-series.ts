import type { TrialEnd, TrialProcess, TrialRefusal } from "./trial-process.js";

/** Processes, one after the other: where one ended, the next rule gets a new one. */
export interface TrialSeries {
  tryRule(index: number, limitMs: number): Promise<TrialEnd>;
  /** Lets the last one end. */
  end(): Promise<void>;
}

/** `blame` is told when a process broke down that had no rule under way: the rule before, and what happened. */
export function createTrialSeries(
  first: TrialProcess,
  start: () => Promise<TrialProcess | TrialRefusal>,
  blame: (index: number, message: string) => void,
): TrialSeries {
  let current: Promise<TrialProcess | TrialRefusal> = Promise.resolve(first);
  let last: number | undefined;

  function lookAt(process: TrialProcess): void {
    const message = process.brokenDown();
    if (message !== undefined && last !== undefined) blame(last, message);
    last = undefined;
  }

  async function living(): Promise<TrialProcess | TrialRefusal> {
    const found = current;
    const process = await found;
    if (!("refusal" in process) && !process.hasEnded()) return process;
    // Of several that wait for it the first starts the new one.
    if (current === found) {
      if (!("refusal" in process)) lookAt(process);
      current = start();
    }
    return current;
  }

  return {
    async tryRule(index, limitMs) {
      const process = await living();
      if ("refusal" in process) return { found: process.refusal };
      const end = await process.tryRule(index, limitMs);
      if (end.why === undefined) last = index;
      return end;
    },
    async end() {
      const process = await current;
      if ("refusal" in process) return;
      await process.end();
      lookAt(process);
    },
  };
}
