import type { AgentId, Clock } from "@wiggum/workflow";

export interface SilenceWatch {
  /** Has this sign of progress been the same for a whole lease, as far as this process saw? */
  isExpired(agentId: AgentId, sign: string): boolean;
}

/**
 * Judges leases: "unchanged for a whole lease on my own monotonic clock". Wall clocks of others, and of the past, decide nothing; a new
 * supervisor therefore waits a whole lease again.
 */
export function createSilenceWatch(clock: Pick<Clock, "monotonicMs">, leaseMs: number): SilenceWatch {
  const seen = new Map<AgentId, { readonly sign: string; readonly sinceMs: number }>();
  return {
    isExpired(agentId, sign) {
      const nowMs = clock.monotonicMs();
      const last = seen.get(agentId);
      if (last === undefined || last.sign !== sign) {
        seen.set(agentId, { sign, sinceMs: nowMs });
        return false;
      }
      return nowMs - last.sinceMs >= leaseMs;
    },
  };
}
