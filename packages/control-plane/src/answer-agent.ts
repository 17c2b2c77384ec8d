import { isFinal } from "@wiggum/ticket-core";
import { type AgentId, readAgentTickets, ticketOfAgent, WorkflowError } from "@wiggum/workflow";
import { agentStatus } from "./agent-statuses.js";
import { sendKept } from "./kept-messages.js";
import { requireSession } from "./project-agents.js";
import type { AgentAnswer, SentAnswer } from "./project-messages.js";
import type { ProjectParts } from "./project-parts.js";
import type { AgentStatus } from "./project-sessions.js";

/**
 * Answers an agent that waits. The answer is written on its ticket first, under an id; then it is given to the session under the same id: as the
 * answer to what that asks, where its runner can do so, else as a message. It is kept and tried again until the session has taken it.
 * @throws NO_SESSION AGENT_NOT_FOUND RUNNER_UNSUPPORTED NOTHING_ASKED ANSWER_UNSUITABLE; whatever a write on the ticket may end with
 */
export async function answerAgent(
  parts: ProjectParts,
  agentId: AgentId,
  answer: AgentAnswer,
): Promise<SentAnswer> {
  const { agent } = await requireSession(parts, agentId, "answer");
  const status = await agentStatus(parts, agentId);
  if (status === undefined || !mayWait.has(status.state)) throw nothingAsked(agentId, status);
  requireFitting(parts, status, answer);
  const { tickets, types, caller } = parts;
  const messageId = parts.newId();
  const ticket = ticketOfAgent(agent, await readAgentTickets(tickets, [agent]), types);
  if (ticket !== undefined && !isFinal(types, ticket)) {
    const event = { kind: "answer", source: caller.actor.id, text: onTicket(status, answer), id: messageId };
    await tickets.addEvent(ticket.id, event, parts.writeContext());
  }
  const { request } = status;
  const generation = agent.session?.generation ?? 0;
  const reply = {
    allow: answer.allow ?? true,
    ...(answer.text === undefined ? {} : { text: answer.text }),
  };
  const sent = await sendKept(parts, agent, {
    id: messageId,
    from: caller.actor.id,
    text: answer.text ?? verdict(answer),
    isAnswer: true,
    ...(request === undefined ? {} : { answers: { requestId: request.id, generation, reply } }),
  });
  return ticket === undefined ? sent : { ...sent, ticketId: ticket.id };
}

/** States in which it may want something of a person, as far as anybody can tell. */
const mayWait: ReadonlySet<string> = new Set(["waiting_input", "idle", "running", "unknown"]);

function nothingAsked(agentId: AgentId, status: AgentStatus | undefined): WorkflowError<"NOTHING_ASKED"> {
  return new WorkflowError(
    "NOTHING_ASKED",
    `${agentId} asks nothing now (${status?.state ?? "unknown"})`,
    { about: agentId },
    {
      hint: `'wiggum inbox' shows what waits for you; 'wiggum ping ${agentId} <message>' sends a message all the same.`,
    },
  );
}

function requireFitting(
  { caller }: ProjectParts,
  { facts, request, says }: AgentStatus,
  { text, allow }: AgentAnswer,
): void {
  const { agentId } = facts;
  // Where the runner does not say what it is, no word may allow anything, either.
  const isPermission = request !== undefined && request.asks !== "question";
  const said = says === undefined ? "" : `: ${says}`;
  if (isPermission && allow === undefined)
    throw unsuitable(agentId, `${agentId} asks for a permission, which words do not give${said}`, [
      `wiggum answer ${agentId} --allow`,
      `wiggum answer ${agentId} --deny "<reason>"`,
    ]);
  if (isPermission && caller.agent !== undefined)
    throw unsuitable(agentId, "Only a person gives a permission: an agent does not", ["wiggum inbox"]);
  if (!isPermission && allow !== undefined && request !== undefined)
    throw unsuitable(agentId, `${agentId} asks a question, which wants words${said}`, [
      `wiggum answer ${agentId} "<answer>"`,
    ]);
  if (!isPermission && allow !== undefined)
    throw unsuitable(agentId, `${agentId} asks for no permission that can be given from here`, [
      `a dialog in its pane is answered there: wiggum attach ${agentId}`,
    ]);
  if (!isPermission && (text === undefined || text.trim() === ""))
    throw unsuitable(agentId, `${agentId} waits for words${said}`, [`wiggum answer ${agentId} "<answer>"`]);
}

function unsuitable(
  agentId: AgentId,
  message: string,
  commands: readonly string[],
): WorkflowError<"ANSWER_UNSUITABLE"> {
  return new WorkflowError("ANSWER_UNSUITABLE", message, { agentId }, { hint: commands.join(", or: ") });
}

/** Whoever reads the ticket later knows what was asked, and what was said to it. */
function onTicket({ facts, says }: AgentStatus, answer: AgentAnswer): string {
  const asked = says === undefined ? `To ${facts.agentId}:` : `${facts.agentId} asked: ${says}`;
  const words = answer.text?.trim() === "" ? undefined : answer.text;
  const said = answer.allow === undefined ? words : [verdict(answer), words].filter(Boolean).join(" ");
  return `${asked}\n\n${said ?? ""}`;
}

function verdict({ allow }: AgentAnswer): string {
  return allow === false ? "Denied." : "Allowed.";
}
