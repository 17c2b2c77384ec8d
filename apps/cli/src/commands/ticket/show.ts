import type { Project } from "@wiggum/control-plane";
import { encodeTicket } from "@wiggum/ticket-core";
import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";
import { printable } from "../../printable.js";
import { ticketSummary } from "../../ticket-data.js";

export default defineCommand({
  examples: ["wiggum ticket show tk-5c46", "wiggum ticket show 5c4 --json"],
  details: [
    "Into a pipe or a file the stored text comes byte for byte; on a terminal control characters other than line ends and tabs are shown escaped.",
  ],
  parameters: { positional: { kind: "tuple", parameters: [ticketArgument] } },
  async run(context: Context, _flags: object, typedId: string) {
    const project = await context.reading();
    const record = await project.tickets.show(typedId);
    // Some stores keep no Markdown.
    const text = record.text ?? encodeTicket(record.ticket);
    const { isTerminal } = context.host.stdout;
    return {
      data: context.options.json
        ? { ...ticketSummary(record), ...(await parts(project, record.ticket)), text }
        : null,
      text: isTerminal ? printable(text, "lines") : text,
    };
  },
});

type ShownTicket = Awaited<ReturnType<Project["tickets"]["show"]>>["ticket"];

async function parts({ tickets }: Project, ticket: ShownTicket) {
  const [description, criteria, events, dependants, attachments] = await Promise.all([
    tickets.section(ticket, "Description"),
    tickets.criteria(ticket),
    tickets.events(ticket),
    tickets.dependants(ticket.id),
    tickets.backend.attachments?.list(ticket.id) ?? [],
  ]);
  return {
    description: description ?? null,
    criteria,
    events,
    dependants: dependants.map(({ ticket: { id } }) => id),
    attachments,
  };
}
