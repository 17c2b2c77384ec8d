import { type AgentId, type Clock, type LeaseWatch, observeLease } from "@wiggum/workflow";

export interface SilenceWatch {
  /** Was this sign of life the same for a whole lease, as far as this process saw? `undefined` = the look failed. */
  isExpired(agentId: AgentId, sign: string | undefined): boolean;
}

/** Remembers, for as long as this process lives, since when each agent has been silent. A new supervisor waits a whole lease again. */
export function createSilenceWatch(clock: Pick<Clock, "monotonicMs">, leaseMs: number): SilenceWatch {
  const watches = new Map<AgentId, LeaseWatch | undefined>();
  return {
    isExpired(agentId, sign) {
      const { status, watch } = observeLease(watches.get(agentId), sign, clock.monotonicMs(), leaseMs);
      watches.set(agentId, watch);
      return status === "expired";
    },
  };
}
