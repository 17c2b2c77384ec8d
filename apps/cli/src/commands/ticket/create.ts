import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { createTicket, type NewTicketFlags, newTicketFlags } from "../../create-ticket.js";
import { oneLine } from "../../parameters.js";

export default defineCommand({
  examples: [
    'wiggum ticket create "Fix the login"',
    'wiggum ticket create "Rate limit" --type feature --priority 1 --dep tk-3a1b --acceptance-test "429 after 10 calls"',
    'wiggum ticket create "Long story" --description - < story.md',
  ],
  details: [
    "Prints the id of the new ticket and nothing else on standard output. The ticket and its dependencies are one write.",
  ],
  parameters: {
    flags: newTicketFlags,
    aliases: { d: "description" },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "title", brief: "Title, one line", parse: oneLine("<title>") }],
    },
  },
  async run(context: Context, flags: NewTicketFlags, title: string) {
    const { id, data } = await createTicket(context, title, flags);
    return { data, text: `${id}\n` };
  },
});
