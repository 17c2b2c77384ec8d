import { randomInt } from "node:crypto";
import { type AgentFacts, type AgentId, isWorkflowError, metLimit, rateLimitIn } from "@wiggum/workflow";
import type { Project } from "./project.js";
import type { AgentStatus } from "./project-sessions.js";

/** Notices agents that met a limit of their provider. */
export interface LimitWatch {
  /** Notes what was met, for the whole pool. Answers who says at this moment that it is limited. */
  look(agents: readonly AgentStatus[]): Promise<ReadonlySet<AgentId>>;
}

/** Lines of a session that explain its end. */
const lastLines = 5;
/** A session that ended longer ago says nothing of the limits of now. */
const freshMs = 60 * 60_000;
const jitterMs = 20_000;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Each session is looked at once where it has ended, and whenever it says something else while it runs. */
export function createLimitWatch(project: Project): LimitWatch {
  const { registry, clock } = project;
  const examined = new Set<string>();
  const said = new Map<AgentId, string>();
  let isFirst = true;

  async function examineEnd(facts: AgentFacts): Promise<void> {
    const { agentId, session } = facts;
    if (session?.endedAt === undefined || session.exitCode === 0 || session.endReason === metLimit) return;
    const name = `${agentId} ${session.generation}`;
    if (examined.has(name)) return;
    examined.add(name);
    const endedAtMs = Date.parse(session.endedAt);
    const nowMs = clock.now().getTime();
    if (nowMs - endedAtMs > freshMs) return;
    const limit = rateLimitIn(tail(await outputOf(project, agentId)), endedAtMs, zone);
    if (limit === undefined) return;
    const { generation } = session;
    await registry.recordLimit(limit, nowMs, randomInt(jitterMs), { agentId, generation });
  }

  return {
    async look(agents) {
      const limited = new Set<AgentId>();
      for (const { facts, state, says } of agents) {
        await examineEnd(facts);
        const { agentId } = facts;
        const words = (state === "blocked" || state === "retrying") && says !== undefined ? says : undefined;
        const nowMs = clock.now().getTime();
        const limit = words === undefined ? undefined : rateLimitIn(words, nowMs, zone);
        if (words === undefined || limit === undefined) {
          said.delete(agentId);
          continue;
        }
        limited.add(agentId);
        // What stood there before this process came may be hours old: a time of day in it would be taken for tomorrow's.
        if (said.get(agentId) !== words && !isFirst)
          await registry.recordLimit(limit, nowMs, randomInt(jitterMs));
        said.set(agentId, words);
      }
      isFirst = false;
      return limited;
    },
  };
}

/** A session whose output cannot be read says nothing. */
async function outputOf(project: Project, agentId: AgentId): Promise<string> {
  try {
    return await project.logs(agentId, 40);
  } catch (error) {
    const isGone = (["AGENT_NOT_FOUND", "NO_SESSION", "RUNNER_FAILED", "STALE_HANDLE"] as const).some(
      (code) => isWorkflowError(error, code),
    );
    if (isGone) return "";
    throw error;
  }
}

function tail(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-lastLines).join("\n");
}
