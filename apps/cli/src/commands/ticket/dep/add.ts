import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, textArgument, ticketArgument } from "../../../parameters.js";
import { writtenTicket } from "../../../ticket-data.js";
import { writeTicket } from "../../../write-ticket.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket dep add tk-5c46 tk-3a1b"],
  details: [
    "A dependency that would close a cycle is refused, and the cycle shown; also when two crossing ones are added at once.",
  ],
  parameters: {
    flags: { operationId: operationIdFlag },
    positional: {
      kind: "tuple",
      parameters: [ticketArgument, textArgument("on", "Ticket that must be done first")],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, on: string) {
    const record = await writeTicket(context, typedId, flags.operationId, async (project, id, write) =>
      project.tickets.addDependency(id, await project.tickets.resolve(on, "write"), write),
    );
    const { ticket } = record;
    context.messages.ok(`${ticket.id} depends on: ${ticket.dependsOn.join(", ")}`);
    return { data: { ...writtenTicket(record), dependsOn: ticket.dependsOn } };
  },
});
