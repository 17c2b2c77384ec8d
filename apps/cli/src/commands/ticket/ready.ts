import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { numberFlag } from "../../parameters.js";
import { printable } from "../../printable.js";
import { ticketSummary } from "../../ticket-data.js";

interface Flags {
  readonly limit?: number;
}

export default defineCommand({
  examples: ["wiggum ticket ready", "wiggum ticket ready --limit 3"],
  details: [
    "One id on each line, by priority, then age. Every one of them can be claimed now: its dependencies are done and no person must act.",
  ],
  parameters: { flags: { limit: numberFlag("limit", "At most this many", 1, 10_000) } },
  async run(context: Context, flags: Flags) {
    const { tickets } = await context.reading();
    const ready = await tickets.ready(flags.limit);
    return {
      data: context.options.json ? ready.map(ticketSummary) : null,
      text: ready.map(({ ticket }) => `${printable(ticket.id)}\n`).join(""),
    };
  },
});
