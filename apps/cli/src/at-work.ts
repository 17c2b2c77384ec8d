import type { AgentStatus } from "@wiggum/control-plane";

/**
 * Whether an agent is at work, as far as anybody can see. What the registry holds is settled later: an agent that was looked at and has ended
 * does nothing any more, and one that could not be looked at may.
 */
export function isAtWork({ facts, state }: AgentStatus): boolean {
  return facts.isLive && state !== "exited" && state !== "lost";
}
