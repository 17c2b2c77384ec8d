import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@wiggum/workflow";

export function systemClock(): Clock {
  return {
    now: () => new Date(),
    monotonicMs: () => performance.now(),
    async sleep(durationMs, signal) {
      await sleep(durationMs, undefined, { ...(signal && { signal }) }).catch((error: unknown) => {
        if (signal?.aborted !== true) throw error;
      });
    },
  };
}
