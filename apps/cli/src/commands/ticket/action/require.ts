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
  examples: ['wiggum ticket action require tk-5c46 "Which licence?"'],
  details: [
    "Whatever its state, the ticket is neither ready nor given to an agent until 'wiggum ticket action clear'.",
  ],
  ...wordsWithText(
    [ticketArgument],
    textArgument("reason", "What the person must do; - reads standard input"),
    1,
    {
      operationId: operationIdFlag,
    },
  ),
  async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
    const [typedId = "", ...words] = inputs;
    const reason = await readText(context, words, "reason");
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.requireAction(id, reason, write),
    );
    context.messages.ok(`${record.ticket.id} waits for a person`);
    return { data: { ...writtenTicket(record), actionRequired: record.ticket.actionRequired ?? null } };
  },
});
