import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@wiggum/workflow";

/** Time as this machine has it. */
export const systemClock: Clock = {
  now: () => new Date(),
  // `performance.now()` tells the same, and loads all of `node:perf_hooks` first.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  async sleep(durationMs, signal) {
    try {
      await sleep(Math.max(0, durationMs), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Woken early: the caller looks at its signal.
      if (signal?.aborted !== true) throw error;
    }
  },
};
