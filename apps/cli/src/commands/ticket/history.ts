import type { TicketChange } from "@wiggum/ticket-core";
import { defineCommand } from "../../command.js";
import { CommandError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";
import { fittedWidths, row } from "../../render/table.js";

export default defineCommand({
  examples: ["wiggum ticket history tk-5c46", "wiggum ticket history tk-5c46 --json"],
  details: ["Every acknowledged write, oldest first: when, by whom, what."],
  parameters: { positional: { kind: "tuple", parameters: [ticketArgument] } },
  async run(context: Context, _flags: object, typedId: string) {
    const { tickets } = await context.reading();
    const { backend } = tickets;
    const id = await tickets.resolve(typedId, "read");
    if (backend.history === undefined) {
      throw new CommandError("UNSUPPORTED", `The ticket store '${backend.name}' keeps no history`, {
        hint: `'wiggum ticket show ${id}' shows the ticket as it is.`,
      });
    }
    const changes: TicketChange[] = [];
    for await (const change of backend.history(id)) changes.push(change);
    const lines = changes.map(({ at, actor, subject }) => [at, actor.id, subject]);
    const widths = fittedWidths(lines, [20, 12]);
    return {
      data: changes.map(({ before, after, ...change }) => ({
        ...change,
        from: before?.ticket.state ?? null,
        to: after?.ticket.state ?? null,
        revision: after?.revision ?? null,
      })),
      text: lines.map((cells) => row(cells, widths)).join(""),
    };
  },
});
