import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { printable } from "../../printable.js";
import { blockerName, blockerNote } from "../../ticket-data.js";

export default defineCommand({
  examples: ["wiggum ticket blocked", "wiggum ticket blocked --json"],
  details: [
    "What an id alone does not tell (a dependency that does not exist, that was closed, a cycle) is said on standard error with the command that helps.",
  ],
  parameters: {},
  async run(context: Context) {
    const { tickets } = await context.reading();
    const blocked = await tickets.blocked();
    const lines = blocked.map(({ record: { ticket }, reasons }) => {
      for (const reason of reasons) {
        const note = blockerNote(ticket.id, reason);
        if (note !== undefined) context.messages.warn(note);
      }
      // One ticket may hold it up in two ways: as a dependency, and as the next one of a cycle.
      const names = new Set(reasons.map((reason) => printable(blockerName(reason))));
      return `${printable(ticket.id)} blocked by: ${[...names].join(" ")}\n`;
    });
    return {
      data: blocked.map(({ record: { ticket }, reasons }) => ({
        id: ticket.id,
        title: ticket.title,
        reasons,
      })),
      text: lines.join(""),
    };
  },
});
