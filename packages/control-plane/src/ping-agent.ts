import type { AgentId } from "@wiggum/workflow";
import { sendKept } from "./kept-messages.js";
import { requireSession } from "./project-agents.js";
import type { SentMessage } from "./project-messages.js";
import type { ProjectParts } from "./project-parts.js";

/** @throws NO_SESSION AGENT_NOT_FOUND RUNNER_UNSUPPORTED */
export async function pingAgent(parts: ProjectParts, agentId: AgentId, text: string): Promise<SentMessage> {
  const { agent } = await requireSession(parts, agentId, "send");
  return sendKept(parts, agent, { from: parts.caller.actor.id, text });
}
