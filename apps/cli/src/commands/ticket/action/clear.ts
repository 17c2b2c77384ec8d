import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, textArgument, ticketArgument, wordsWithText } from "../../../parameters.js";
import { optionalText } from "../../../read-text.js";
import { resolveState } from "../../../resolve-state.js";
import { writtenTicket } from "../../../ticket-data.js";
import { writeTicket } from "../../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ['wiggum ticket action clear tk-5c46 "The red one"', "wiggum ticket action clear tk-5c46"],
  details: [
    "What is said becomes a comment on the ticket, in the same commit: whoever works on it next reads it. Where the ticket's type has an edge 'resolve' from the state that it waits in (waiting_for_human of pr-task), the ticket then goes that way.",
  ],
  ...wordsWithText([ticketArgument], textArgument("answer", "What to say; - reads standard input"), 0, {
    operationId: operationIdFlag,
  }),
  async run(context: Context, flags: Flags, ...inputs: readonly string[]) {
    const [typedId = "", ...words] = inputs;
    const answer = await optionalText(context, words);
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.clearAction(id, write, answer?.trim() === "" ? undefined : answer),
    );
    context.messages.ok(`${record.ticket.id} no longer waits for a person`);
    const resolved = await resolveState(context, record);
    return { data: writtenTicket(resolved ?? record) };
  },
});
