import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";

export default defineCommand({
  examples: ["wiggum ticket attachment list tk-5c46"],
  details: ["A line for each: its size in bytes, a tab, its name."],
  parameters: { positional: { kind: "tuple", parameters: [ticketArgument] } },
  async run(context: Context, _flags: object, typedId: string) {
    const { tickets } = await context.reading();
    const attached = await tickets.attachments(typedId);
    return {
      data: attached,
      text: attached.map(({ name, bytes }) => `${bytes}\t${printable(name)}\n`).join(""),
    };
  },
});
