import { type AgentStatus, copiedReason, type Project } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import { retell } from "./retell.js";

/** @throws NO_SESSION when no agent was ever started in this project: also where some are known, taken over from the original or about to start */
export async function requireSession(project: Project): Promise<void> {
  if (await project.registry.hasSession()) return;
  const { session } = project.settings;
  const known = await project.registry.list();
  if (known.length === 0) throw told("NO_SESSION", { session });
  const agents = known.map(({ agentId }) => agentId);
  throw new CommandError("NO_SESSION", "Session not found", {
    hint: `Not started yet: ${agents.join(", ")}. 'wiggum status' shows them; 'wiggum run' goes on with their tickets.`,
    data: { session, agents },
  });
}

/** The agent of that name, or of the pane with that number, wherever it is. @throws NO_SESSION AGENT_NOT_FOUND */
export async function requireKnown(project: Project, typed: string): Promise<AgentStatus> {
  await requireSession(project);
  const agentId = await agentNamed(project, typed);
  const agent = await project.agent(agentId);
  if (agent === undefined) throw told("AGENT_NOT_FOUND", { agentId });
  return agent;
}

/**
 * The same, for whoever wants something of its session. One that 'wiggum list' names is never unknown: where nothing of it can be reached, that
 * is said, and what to do.
 * @throws NO_SESSION AGENT_NOT_FOUND
 */
export async function requireAgent(project: Project, typed: string): Promise<AgentStatus> {
  const agent = await requireKnown(project, typed);
  const reason = unreachable(agent);
  if (reason === undefined) return agent;
  const { agentId } = agent.facts;
  throw new CommandError("AGENT_NOT_FOUND", reason, { hint: wayOn(agent), data: { agentId } });
}

/** Why nothing of an agent can be reached from here, one sentence; `undefined` = it can. */
export function unreachable({ facts, handle }: AgentStatus): string | undefined {
  const { agentId, session, retiredAt } = facts;
  if (handle !== undefined || retiredAt !== undefined) return undefined;
  if (session === undefined) return `${agentId} was not started here yet`;
  return session.endReason === copiedReason
    ? `${agentId} ran in the project that this one is a copy of: nothing of it runs here`
    : `${agentId} printed nothing here: its start did not come that far`;
}

function wayOn({ facts, ticketId }: AgentStatus): string {
  const spawn = `'wiggum spawn ${facts.role} ${ticketId ?? "<ticket>"}' starts it here`;
  return facts.session?.endReason === copiedReason
    ? `${spawn}; 'wiggum doctor' says first what has to be put right.`
    : `${spawn}.`;
}

/** The same, but not one that was ended for good: the registry has it no more, only what it printed is left. @throws NO_SESSION AGENT_NOT_FOUND */
export async function requireRegistered(project: Project, typed: string): Promise<AgentStatus> {
  const agent = await requireAgent(project, typed);
  const { agentId, retiredAt } = agent.facts;
  if (retiredAt === undefined) return agent;
  const { message } = retell("AGENT_NOT_FOUND", { agentId });
  throw new CommandError("AGENT_NOT_FOUND", message ?? "AGENT_NOT_FOUND", {
    hint: `It was ended; 'wiggum logs ${agentId}' shows what it printed. 'wiggum list' shows the agents.`,
    data: { agentId },
  });
}

/** No agent's name is a number: then it is that of a pane, as tmux shows it (`C-b q`), in the first window that has such a pane. */
export async function agentNamed(project: Project, typed: string): Promise<string> {
  if (!/^\d{1,4}$/.test(typed)) return typed;
  const session = await project.panes?.session();
  const pane = session?.panes.find(
    ({ paneIndex, agentId }) => paneIndex === Number(typed) && agentId !== undefined,
  );
  return pane?.agentId ?? typed;
}

function told(code: "NO_SESSION" | "AGENT_NOT_FOUND", data: Readonly<Record<string, unknown>>): CommandError {
  const { message, hint } = retell(code, data);
  return new CommandError(code, message ?? code, { hint, data });
}
