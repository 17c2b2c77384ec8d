import { newUlid, type Project } from "@wiggum/control-plane";
import { appendEvent } from "@wiggum/ticket-core";
import { defineCommand } from "./command.js";
import type { Context } from "./context.js";
import { explain } from "./failure.js";
import {
  noSyncFlag,
  oneLine,
  operationIdFlag,
  sourceArgument,
  textArgument,
  ticketArgument,
  wordsWithText,
} from "./parameters.js";
import { readText } from "./read-text.js";
import { writeTicketOrFile } from "./write-ticket.js";

interface Flags {
  readonly stdin?: boolean;
  readonly noSync?: boolean;
  readonly operationId?: string;
}

/** `feedback` and `comment`: an entry at the end of its own section; the assigned agent is told. */
export function entryCommand(kind: "feedback" | "comment", examples: readonly [string, ...string[]]) {
  return defineCommand({
    examples,
    details: [
      "The words are joined by spaces; a single - (or --stdin) takes the whole text from standard input, so that no shell has a hand in it. Words that begin with - come after --.",
      "The assigned agent, if it runs, gets one line that names the ticket.",
    ],
    ...wordsWithText(
      [ticketArgument, sourceArgument],
      textArgument("message", "The text; - reads standard input"),
      0,
      {
        stdin: {
          kind: "boolean",
          optional: true,
          withNegated: false,
          brief: "Take the message from standard input",
        } as const,
        noSync: noSyncFlag,
        operationId: operationIdFlag,
      },
    ),
    async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
      const [typedId = "", typedSource = "", ...words] = inputs;
      const source = oneLine("<source>")(typedSource);
      const text = await readText(context, flags.stdin === true ? ["-"] : words, "message");
      const { ticket, data } = await writeTicketOrFile(
        context,
        typedId,
        flags,
        async (project) => appending(project, kind, source, text),
        (project, id, write) => project.tickets.addEvent(id, { kind, source, text }, write),
      );
      context.messages.ok(`Added ${kind} to ${ticket.id}`);
      const told = data.revision === null ? null : await tellAssignee(context, ticket, source, kind);
      return { data: { ...data, told } };
    },
  });
}

/** The same entry for a ticket that is only a file yet. */
function appending({ clock }: Project, kind: "feedback" | "comment", source: string, text: string) {
  const event = { id: newUlid(), kind, source, text, at: clock.now().toISOString() };
  return <Shown extends { readonly body: string }>(shown: Shown): Shown => ({
    ...shown,
    body: appendEvent(shown.body, event),
  });
}

/** The entry is written: that its reader was not reached is a warning, never a failure. */
async function tellAssignee(
  context: Context,
  ticket: { readonly id: string; readonly assignedAgentId?: string | undefined },
  source: string,
  kind: string,
): Promise<object | null> {
  const project = await context.project();
  const agentId = ticket.assignedAgentId;
  if (agentId === undefined || agentId === source || agentId === project.caller.agent?.agentId) return null;
  const agent = await project.agent(agentId);
  if (agent?.facts.isLive !== true) return null;
  try {
    const line = `New ${kind} from ${source} on ${ticket.id}. Read it: wiggum ticket show ${ticket.id}`;
    const delivery = await project.ping(agentId, line);
    if (delivery.status === "delivered" || delivery.status === "queued") {
      context.messages.info(`Told ${agentId} (${delivery.status})`);
    } else if (delivery.status === "pending") {
      context.messages.info(`${agentId} is told as soon as it can be: ${delivery.reason}`);
    } else {
      context.messages.warn(
        `${agentId} was not told (${delivery.status}); try: wiggum ping ${agentId} <message>`,
      );
    }
    return { agentId, ...delivery };
  } catch (error) {
    const { code, message } = explain(error);
    context.messages.warn(`${agentId} was not told: ${message}`);
    return { agentId, status: "refused", code, reason: message };
  }
}
