import type { SupervisorFacts } from "./supervisor-facts.js";

/** Which places a tick can still give away. */
export interface Places {
  /** Is there one for this role? */
  has(role: string): boolean;
  take(role: string): void;
}

/** The places that agents at work and pending hooks leave. A slot that a spawn of this plan takes is counted. */
export function placesIn(facts: SupervisorFacts, pendingHooks: number): Places {
  const atWork = facts.agents.filter((agent) => agent.usesSlot && !agent.isEnded);
  const usedByRole = new Map<string, number>();
  for (const { role } of atWork) usedByRole.set(role, (usedByRole.get(role) ?? 0) + 1);
  // A hook that hands a ticket to its next stage needs a slot, too: begun work goes before new work.
  let used = atWork.length + pendingHooks;
  const usedOf = (role: string) => usedByRole.get(role) ?? 0;
  return {
    has: (role) =>
      used < facts.maxAgents && usedOf(role) < (facts.maxAgentsByRole?.[role] ?? facts.maxAgents),
    take(role) {
      used += 1;
      usedByRole.set(role, usedOf(role) + 1);
    },
  };
}
