import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";

export default defineCommand({
  examples: ["wiggum ticket criterion list tk-5c46"],
  parameters: { positional: { kind: "tuple", parameters: [ticketArgument] } },
  async run(context: Context, _flags: object, typedId: string) {
    const { tickets } = await context.reading();
    const { ticket } = await tickets.show(typedId);
    const criteria = await tickets.criteria(ticket);
    const lines = criteria.map(
      ({ index, checked, text }) => `${index} [${checked ? "x" : " "}] ${printable(text)}\n`,
    );
    return { data: criteria, text: lines.join("") };
  },
});
