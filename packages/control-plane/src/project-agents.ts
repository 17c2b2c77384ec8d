import { printable, storageFault } from "@wiggum/ticket-core";
import {
  type AgentId,
  reachesSessionsOf,
  readAgentTickets,
  settleAgents,
  slotsUsed,
  WorkflowError,
} from "@wiggum/workflow";
import type { ProjectParts } from "./project-parts.js";

/** The last lines of what an agent printed; also after its end. @throws NO_SESSION AGENT_NOT_FOUND RUNNER_UNSUPPORTED */
export async function readLogs(parts: ProjectParts, agentId: AgentId, lastLines: number): Promise<string> {
  const { handle } = await requireSession(parts, agentId, "output");
  return parts.runner.output(handle, lastLines);
}

/** A look at the slots; a spawn decides by itself. */
export async function readCapacity(
  parts: ProjectParts,
): Promise<{ readonly used: number; readonly maxAgents: number }> {
  const { registry, tickets, types, settings } = parts;
  // Where nothing can be noted, an agent that has ended counts as if it ran: no place is promised that may not be there.
  await settleAgents(parts).catch((error: unknown) => {
    if (storageFault(error) === undefined) throw error;
  });
  const agents = await registry.list();
  return {
    used: slotsUsed(agents, await readAgentTickets(tickets, agents), types),
    maxAgents: settings.maxAgents,
  };
}

/** @throws NO_SESSION AGENT_NOT_FOUND RUNNER_UNSUPPORTED */
export async function requireSession(
  { registry, runner, settings }: ProjectParts,
  agentId: AgentId,
  method: string,
) {
  if (!(await registry.hasSession())) {
    throw new WorkflowError(
      "NO_SESSION",
      "Session not found",
      { session: settings.session },
      { hint: "No agent was started in this project yet: 'wiggum spawn worker <ticket>' does it." },
    );
  }
  const agent = await registry.read(agentId);
  const session = agent?.session;
  if (agent === undefined || session?.handle === undefined) {
    throw new WorkflowError(
      "AGENT_NOT_FOUND",
      `Agent not found in registry: ${printable(agentId)}`,
      { agentId },
      { hint: "'wiggum list' shows the agents." },
    );
  }
  if (reachesSessionsOf(runner, session.runner)) return { agent, handle: session.handle };
  throw new WorkflowError(
    "RUNNER_UNSUPPORTED",
    `${agentId} runs in the ${printable(session.runner)} runner, which is not in use here`,
    { runner: runner.name, method },
    { hint: "Use the runner that it was started with." },
  );
}
