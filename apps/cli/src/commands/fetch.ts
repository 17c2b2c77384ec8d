import type { Project } from "@wiggum/control-plane";
import { encodeTicket } from "@wiggum/ticket-core";
import { requireAgent } from "../agents.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { failedWith } from "../failure.js";
import { agentQuestion, plainAccount } from "../insight/agent-question.js";
import { askProgram } from "../insight/ask-program.js";
import { agentArgument, textArgument, wordsWithText } from "../parameters.js";
import { printable } from "../printable.js";
import { optionalText } from "../read-text.js";

const lastLines = 100;

export default defineCommand({
  examples: ["wiggum fetch worker-0", 'wiggum fetch worker-0 "any blockers?"'],
  details: [
    "Puts your question (default: what it does, and whether anything stands in its way) to the agent program, together with the agent's last 100 lines, its ticket and its changes, and prints the answer. The program gets no tools; what the agent printed is marked as data.",
    "Where no answer comes within a minute, a plain account is printed instead, exit 0. While nothing has changed, the same question gets the same answer for ten minutes without being asked again.",
  ],
  ...wordsWithText([agentArgument], textArgument("prompt", "Your question; - reads standard input"), 0, {}),
  async run(context: Context, _flags: object, ...inputs: readonly string[]) {
    const [typed = "", ...words] = inputs;
    const question = (await optionalText(context, words)) ?? "";
    const project = await context.project();
    const agent = await requireAgent(project, typed);
    const { agentId } = agent.facts;
    const [output, changes, ticketText] = await Promise.all([
      project.logs(agentId, lastLines),
      project.changesOf(agent.facts),
      agent.ticketId === undefined ? undefined : textOf(project, agent.ticketId),
    ]);
    const findings = { agent, output, changes, ticketText };
    const insight = await askProgram(context, project, agentQuestion(findings, question));
    const text = insight.answer ?? plainAccount(findings);
    const data = {
      agentId,
      state: agent.state,
      ticketId: agent.ticketId ?? null,
      ticketState: agent.ticketState ?? null,
      ...insight,
      text,
    };
    return { data, text: `${printable(text, "lines")}\n` };
  },
});

/** A ticket that cannot be read leaves the question with less to go by. */
async function textOf(project: Project, ticketId: string): Promise<string | undefined> {
  try {
    const { text, ticket } = await project.tickets.show(ticketId);
    // Some stores keep no Markdown.
    return text ?? encodeTicket(ticket);
  } catch (error) {
    if (failedWith(error, "TICKET_NOT_FOUND") || failedWith(error, "TICKET_UNREADABLE")) return undefined;
    throw error;
  }
}
