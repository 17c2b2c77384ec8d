// Answers of a person: to an agent that waits, to a ticket that waits.
import type { AgentAnswer, AgentStatus, Project, SentAnswer, SentMessage } from "@wiggum/control-plane";
import { findType, isTicketError, transitionNamed } from "@wiggum/ticket-core";
import { agentNamed, requireRegistered } from "./agents.js";
import { CommandError, usageError } from "./command-error.js";
import type { Context } from "./context.js";
import { explain } from "./failure.js";
import { endedHint, hasEnded } from "./pane-agents.js";
import { resolveState } from "./resolve-state.js";
import { writtenTicket } from "./ticket-data.js";
import { writeTicket } from "./write-ticket.js";

/** Who is answered: an agent, or a ticket that waits by itself. */
export type AnswerTarget =
  | { readonly kind: "agent"; readonly agent: AgentStatus }
  | { readonly kind: "ticket"; readonly ticketId: string };

/** @throws TICKET_NOT_FOUND neither an agent nor a ticket; NOTHING_ASKED nothing waits there; USAGE several agents of that ticket wait */
export async function whoWaits(project: Project, typed: string): Promise<AnswerTarget> {
  const agentId = await agentNamed(project, typed);
  if ((await project.agent(agentId)) !== undefined)
    return { kind: "agent", agent: await requireRegistered(project, agentId) };
  const ticketId = await ticketNamed(project, typed);
  const { ticket } = await project.tickets.show(ticketId);
  const waits = transitionNamed(findType(project.types, ticket.type), ticket.state, "resolve") !== undefined;
  if (ticket.actionRequired !== undefined || waits) return { kind: "ticket", ticketId };
  const agents = (await project.agents()).filter((agent) => agent.ticketId === ticketId);
  const asking = agents.filter(({ state }) => state === "waiting_input");
  const [agent, ...others] = asking.length > 0 ? asking : agents.filter(({ state }) => state === "idle");
  if (agent === undefined) throw nothingWaits(ticketId);
  if (others.length === 0) return { kind: "agent", agent };
  const names = [agent, ...others].map(({ facts }) => facts.agentId);
  throw usageError(
    `Several agents of ${ticketId} wait: ${names.join(", ")}`,
    "Name the one that you answer.",
  );
}

async function ticketNamed(project: Project, typed: string): Promise<string> {
  try {
    return await project.tickets.resolve(typed, "write");
  } catch (error) {
    if (!isTicketError(error, "TICKET_NOT_FOUND") && !isTicketError(error, "ID_INVALID")) throw error;
    throw new CommandError("TICKET_NOT_FOUND", `'${typed}' is neither an agent nor a ticket`, {
      hint: "'wiggum inbox' shows who waits for you.",
      cause: error,
    });
  }
}

function nothingWaits(ticketId: string): CommandError {
  return new CommandError("NOTHING_ASKED", `Nobody asks anything on ${ticketId}`, {
    hint: `'wiggum inbox' shows what waits for you; 'wiggum ticket comment ${ticketId} <source> <message>' says something all the same.`,
    data: { about: ticketId },
  });
}

/** What was answered, and whether it arrived. @throws NOTHING_ASKED ANSWER_UNSUITABLE DELIVERY_REFUSED DELIVERY_UNKNOWN */
export async function answerAgent(
  context: Context,
  agent: AgentStatus,
  said: AgentAnswer,
): Promise<SentAnswer & { readonly agentId: string }> {
  const { agentId } = agent.facts;
  if (hasEnded(agent))
    throw new CommandError("DELIVERY_REFUSED", `${agentId} has ended: nobody there takes an answer`, {
      hint: endedHint(agent),
      data: { agentId },
    });
  const project = await context.project();
  const sent = await project.answer(agentId, said);
  sayWhatBecame(context, agent, sent);
  return { agentId, ...sent };
}

/** The answer is on the ticket, which goes on; an agent that is still there is told. */
export async function answerTicket(
  context: Context,
  ticketId: string,
  { text, allow }: AgentAnswer,
): Promise<object> {
  if (allow !== undefined) throw usageError("A ticket wants words; --allow and --deny are for permissions");
  if (text === undefined) throw usageError("Missing argument: <answer>");
  const record = await writeTicket(context, ticketId, undefined, (project, id, write) =>
    project.tickets.clearAction(id, write, text),
  );
  context.messages.ok(`Answered ${ticketId}, which no longer waits for a person`);
  const resolved = await resolveState(context, record);
  const told = await tellHolder(context, record.ticket, text);
  return { ...writtenTicket(resolved ?? record), told };
}

/** The answer is written: that an agent was not reached is a warning, never a failure. */
async function tellHolder(
  context: Context,
  { id, assignedAgentId: agentId }: { readonly id: string; readonly assignedAgentId?: string | undefined },
  text: string,
): Promise<object | null> {
  const project = await context.project();
  if (agentId === undefined || agentId === project.caller.agent?.agentId) return null;
  const agent = await project.agent(agentId);
  // Whoever comes next reads it on the ticket.
  if (agent?.facts.isLive !== true || hasEnded(agent)) return null;
  try {
    const sent = await project.ping(agentId, `${project.caller.actor.id} answered on ${id}: ${text}`);
    if (sent.status === "refused" || sent.status === "unknown") {
      context.messages.warn(`${agentId} was not told (${sent.status}); the answer stands on ${id}`);
    } else sayWhatBecame(context, agent, sent);
    return { agentId, ...sent };
  } catch (error) {
    const { code, message } = explain(error);
    context.messages.warn(`${agentId} was not told: ${message}. The answer stands on ${id}`);
    return { agentId, status: "refused", code, reason: message };
  }
}

function sayWhatBecame({ messages }: Context, agent: AgentStatus, sent: SentMessage): void {
  const { agentId } = agent.facts;
  const onTicket = "ticketId" in sent && sent.ticketId !== undefined ? `; it stands on ${sent.ticketId}` : "";
  switch (sent.status) {
    case "delivered":
      messages.ok(`Answered ${agentId}: ${sent.proof}`);
      return;
    case "queued":
      if (sent.isUnread !== true) messages.ok(`Answered ${agentId} (queued: ${sent.where})`);
      else
        messages.warn(`${agentId} was not called: the answer waits in its inbox (${sent.where})${onTicket}`);
      return;
    case "pending":
      messages.warn(
        `${agentId} has not got it yet: ${sent.reason}. The answer is kept: the next command, or 'wiggum run', tries again${onTicket}`,
      );
      return;
    case "refused":
      throw new CommandError(
        "DELIVERY_REFUSED",
        `${agentId} did not get the answer: ${sent.reason}${onTicket}`,
        {
          hint: `See what it does: wiggum logs ${agentId}`,
          data: { agentId, ...sent },
        },
      );
    case "unknown":
      throw new CommandError(
        "DELIVERY_UNKNOWN",
        `It is not known whether ${agentId} got it: ${sent.detail}`,
        {
          hint: `Look before you answer again: wiggum logs ${agentId}`,
          data: { agentId, ...sent },
        },
      );
  }
}
