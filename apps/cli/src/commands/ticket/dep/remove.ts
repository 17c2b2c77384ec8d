import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, textArgument, ticketArgument } from "../../../parameters.js";
import { writtenTicket } from "../../../ticket-data.js";
import { writeTicket } from "../../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket dep remove tk-5c46 tk-3a1b"],
  details: ["The dependency may be one that does not exist."],
  parameters: {
    flags: { operationId: operationIdFlag },
    positional: {
      kind: "tuple",
      parameters: [ticketArgument, textArgument("on", "Dependency to take away")],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, on: string) {
    const record = await writeTicket(context, typedId, flags.operationId, (project, id, write) =>
      project.tickets.removeDependency(id, on, write),
    );
    const { ticket } = record;
    context.messages.ok(`${ticket.id} depends on: ${ticket.dependsOn.join(", ") || "nothing"}`);
    return { data: { ...writtenTicket(record), dependsOn: ticket.dependsOn } };
  },
});
