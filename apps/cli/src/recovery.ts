import type { AgentStatus, Project } from "@wiggum/control-plane";
import { isFinal } from "@wiggum/ticket-core";
import { failedWith } from "./failure.js";
import { goneWorktree } from "./gone-worktrees.js";

/** How an agent stands after a recovery. JSON-safe. */
export interface RecoveredAgent {
  readonly agentId: string;
  /**
   * `adopted`: its session runs. `resumable`: its session is over, and its ticket is still its own. `resumed`: that one was started again.
   * `released`: its session is over and nothing is held by it. `unclear`: nobody can tell, and nothing of it was touched.
   */
  readonly outcome: "adopted" | "resumable" | "resumed" | "released" | "unclear";
  readonly why: string;
  /** What to type; `null` = nothing is to be done. */
  readonly next: string | null;
}

/** Each agent with what became of it, looked at after `project.recover()`. */
export async function collectRecovered(project: Project): Promise<readonly RecoveredAgent[]> {
  const agents = await project.agents();
  const strangers = await unknownSessions(project, agents);
  return [...(await Promise.all(agents.map((agent) => recovered(project, agent)))), ...strangers];
}

async function recovered(project: Project, agent: AgentStatus): Promise<RecoveredAgent> {
  const { facts, state, why, ticketId } = agent;
  const { agentId, role, isLive } = facts;
  if (state === "unknown" || (isLive && (state === "exited" || state === "lost")))
    return { agentId, outcome: "unclear", why, next: "wiggum doctor" };
  const gone = goneWorktree(agent);
  if (isLive)
    return {
      agentId,
      outcome: "adopted",
      why: gone === undefined ? why : `${why}; ${gone.why}`,
      next: gone?.commands[0] ?? null,
    };
  const isOwn = ticketId !== undefined && (await holds(project, agentId, ticketId));
  if (!isOwn) return { agentId, outcome: "released", why, next: null };
  return { agentId, outcome: "resumable", why, next: `wiggum spawn ${role} ${ticketId}` };
}

async function holds({ tickets, types }: Project, agentId: string, ticketId: string): Promise<boolean> {
  try {
    const { ticket } = await tickets.show(ticketId);
    return ticket.assignedAgentId === agentId && !isFinal(types, ticket);
  } catch (error) {
    if (failedWith(error, "TICKET_NOT_FOUND") || failedWith(error, "TICKET_UNREADABLE")) return false;
    throw error;
  }
}

/** Sessions that run and that no live agent accounts for. */
async function unknownSessions(
  { runner, paths }: Project,
  agents: readonly AgentStatus[],
): Promise<readonly RecoveredAgent[]> {
  const running = await runner.discover({ stateRoot: paths.stateRoot });
  return running
    .filter(
      ({ agentId, generation }) =>
        !agents.some(
          ({ facts }) =>
            facts.agentId === agentId && facts.isLive && facts.session?.generation === generation,
        ),
    )
    .map(({ agentId, generation }) => ({
      agentId,
      outcome: "unclear",
      why: `processes of its session ${generation} run, which is over as far as anybody knows`,
      next: "wiggum doctor --fix",
    }));
}
