import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { operationIdFlag, ticketArgument } from "../../parameters.js";
import { writtenTicket } from "../../ticket-data.js";
import { writeTicket } from "../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket release tk-5c46"],
  details: [
    "Back to the first state of its type, unassigned, free to be claimed again; no hook runs. An agent that still believes to hold it is refused from then on (exit 10).",
  ],
  parameters: {
    flags: { operationId: operationIdFlag },
    positional: { kind: "tuple", parameters: [ticketArgument] },
  },
  async run(context: Context, flags: Flags, typedId: string) {
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.release(id, write),
    );
    context.messages.ok(`Released ${record.ticket.id}`);
    return { data: writtenTicket(record) };
  },
});
