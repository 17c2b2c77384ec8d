import { defineCommand } from "./command.js";
import type { Context } from "./context.js";
import { operationIdFlag, ticketArgument, wholeNumber } from "./parameters.js";
import { writtenTicket } from "./ticket-data.js";
import { writeTicket } from "./write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

/** `criterion tick` and `criterion untick`. */
export function tickingCommand(checked: boolean) {
  const verb = checked ? "tick" : "untick";
  return defineCommand({
    examples: [`wiggum ticket criterion ${verb} tk-5c46 2`],
    details: ["The number is the one that 'wiggum ticket criterion list' shows."],
    parameters: {
      flags: { operationId: operationIdFlag },
      positional: {
        kind: "tuple",
        parameters: [
          ticketArgument,
          {
            placeholder: "number",
            brief: "Criterion, counted from 1",
            parse: wholeNumber("<number>", 1, 100_000),
          },
        ],
      },
    },
    async run(context: Context, flags: Flags, typedId: string, index: number) {
      const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
        project.tickets.setCriterion(id, index, { checked }, write),
      );
      context.messages.ok(`${checked ? "Ticked" : "Unticked"} criterion ${index} of ${record.ticket.id}`);
      return { data: { ...writtenTicket(record), index, checked } };
    },
  });
}
