import type { ProjectStatus } from "../project-status.js";

/** Something that goes on only when a person does something, and what to type for it. */
export interface Wait {
  readonly what: string;
  readonly command: string;
}

const waitingStates: ReadonlySet<string> = new Set(["waiting_input", "blocked"]);

/** What waits for a person, most urgent first: agents, then tickets, then what can be merged at any time. */
export function waitsIn(status: ProjectStatus, agentsInPanes: ReadonlySet<string>): readonly Wait[] {
  const agents = status.agents
    .filter(({ state }) => waitingStates.has(state))
    .map(({ agentId, why }) => ({
      what: `${agentId} waits: ${why}`,
      command: agentsInPanes.has(agentId) ? `wiggum attach ${agentId}` : `wiggum logs ${agentId}`,
    }));
  return [
    ...agents,
    ...status.actionRequired.map(({ id, reason }) => ({
      what: `${id}: ${reason}`,
      command: `wiggum ticket action clear ${id}`,
    })),
    ...status.failedHooks.map(({ eventId, hook, ticketId }) => ({
      what: `Hook ${hook} failed for ${ticketId}`,
      command: `wiggum hook retry ${eventId} ${hook}`,
    })),
    ...status.notStarted.map(({ ticketId, role, attempts, reason }) => ({
      what: `No ${role} could be started for ${ticketId} (${attempts === 1 ? "once" : `${attempts} times`}): ${reason}`,
      command: `wiggum spawn ${role} ${ticketId}`,
    })),
    ...status.unmerged.map((id) => ({
      what: `${id} is done and not merged`,
      command: `wiggum branch merge ${id}`,
    })),
  ];
}
