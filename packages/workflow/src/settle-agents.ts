import { isWorkflowError } from "./errors.js";
import { reachesSessionsOf } from "./reaches-sessions.js";
import type { AgentRegistry } from "./registry.js";
import type { AgentHandle, AgentId, AgentRunner, Evidence } from "./runner.js";

/** How a session ended. `reason` is in words for people. */
export interface SessionEnd {
  readonly reason: string;
  readonly exitCode?: number | undefined;
}

/** How a session ended, by positive evidence; `undefined` = it runs, or nobody knows. A look that failed proves nothing. */
export function sessionEndOf(evidence: readonly Evidence[]): SessionEnd | undefined {
  for (const { fact } of evidence) {
    if (fact.kind === "lost") return { reason: "lost" };
    if (fact.kind !== "exited") continue;
    const reason = fact.signal === undefined ? "exited" : `ended by ${fact.signal}`;
    return { reason, ...(fact.code === undefined ? {} : { exitCode: fact.code }) };
  }
  return undefined;
}

/**
 * Frees the place of every session that is provably over: exited, or its processes are gone. A session of another runner cannot be
 * looked at from here and stays. Answers who was settled, and how it ended.
 */
export async function settleAgents(ports: {
  readonly registry: AgentRegistry;
  readonly runner: AgentRunner;
}): Promise<readonly { readonly agentId: AgentId; readonly reason: string }[]> {
  const { registry, runner } = ports;
  const settled: { agentId: AgentId; reason: string }[] = [];
  for (const { agentId, isLive, session } of await registry.list()) {
    if (!isLive || session?.handle === undefined || !reachesSessionsOf(runner, session.runner)) continue;
    const { generation, handle } = session;
    const evidence = await look(runner, handle);
    const end = sessionEndOf(evidence.filter((item) => item.generation === generation));
    if (end === undefined) continue;
    await registry.recordEnd(agentId, generation, end);
    settled.push({ agentId, reason: end.reason });
  }
  return settled;
}

/** A look that fails proves nothing, and one agent that cannot be looked at is in no other's way. */
async function look(runner: AgentRunner, handle: AgentHandle): Promise<readonly Evidence[]> {
  try {
    return await runner.observe(handle);
  } catch (error) {
    if (isWorkflowError(error, "RUNNER_FAILED") || isWorkflowError(error, "STALE_HANDLE")) return [];
    throw error;
  }
}
