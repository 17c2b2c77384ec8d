import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@wiggum/workflow";

/** Time as this machine has it. */
export const systemClock: Clock = {
  now: () => new Date(),
  // As `performance.now()`, from the same beginning, without loading all of `node:perf_hooks` first.
  monotonicMs: () => process.uptime() * 1000,
  async sleep(durationMs, signal) {
    try {
      await sleep(Math.max(0, durationMs), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Woken early: the caller looks at its signal.
      if (signal?.aborted !== true) throw error;
    }
  },
};
