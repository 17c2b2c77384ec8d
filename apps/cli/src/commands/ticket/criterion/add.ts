import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, textArgument, ticketArgument, wordsWithText } from "../../../parameters.js";
import { readText } from "../../../read-text.js";
import { writtenTicket } from "../../../ticket-data.js";
import { writeTicket } from "../../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ['wiggum ticket criterion add tk-5c46 "429 after ten calls"'],
  ...wordsWithText([ticketArgument], textArgument("text", "The criterion; - reads standard input"), 1, {
    operationId: operationIdFlag,
  }),
  async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
    const [typedId = "", ...words] = inputs;
    const text = await readText(context, words, "text");
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.addCriterion(id, text, write),
    );
    context.messages.ok(`Added a criterion to ${record.ticket.id}`);
    return { data: writtenTicket(record) };
  },
});
