import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, ticketArgument } from "../../../parameters.js";
import { writtenTicket } from "../../../ticket-data.js";
import { writeTicket } from "../../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket action clear tk-5c46"],
  parameters: {
    flags: { operationId: operationIdFlag },
    positional: { kind: "tuple", parameters: [ticketArgument] },
  },
  async run(context: Context, flags: Flags, typedId: string) {
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.clearAction(id, write),
    );
    context.messages.ok(`${record.ticket.id} no longer waits for a person`);
    return { data: writtenTicket(record) };
  },
});
