import type { AgentStatus, Project } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import { retell } from "./retell.js";

/** @throws NO_SESSION when no agent was ever started in this project */
export async function requireSession(project: Project): Promise<void> {
  if (await project.registry.hasSession()) return;
  throw told("NO_SESSION", { session: project.settings.session });
}

/** The agent of that name. @throws NO_SESSION AGENT_NOT_FOUND */
export async function requireAgent(project: Project, agentId: string): Promise<AgentStatus> {
  await requireSession(project);
  const agent = await project.agent(agentId);
  if (agent === undefined) throw told("AGENT_NOT_FOUND", { agentId });
  return agent;
}

function told(code: "NO_SESSION" | "AGENT_NOT_FOUND", data: Readonly<Record<string, unknown>>): CommandError {
  const { message, hint } = retell(code, data);
  return new CommandError(code, message ?? code, { hint, data });
}
