import type { AgentFacts } from "../registry.js";

/** A live agent with a session that runs. */
export function anAgent(role: string, number: number, values: Partial<AgentFacts> = {}): AgentFacts {
  const agentId = `${role}-${number}`;
  return {
    agentId,
    role,
    number,
    createdAt: "2026-01-02T03:04:05Z",
    isSupervised: false,
    isLive: true,
    session: {
      generation: 1,
      runner: "test",
      handle: { runner: "test", agentId, generation: 1, data: {} },
      startedAt: "2026-01-02T03:04:05Z",
    },
    ...values,
  };
}
