import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { agentArgument, noSyncFlag, operationIdFlag, ticketArgument } from "../../parameters.js";
import { writeTicketOrFile } from "../../write-ticket.js";

interface Flags {
  readonly noSync?: boolean;
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket assign tk-5c46 worker-0"],
  details: [
    "Sets who works on the ticket and since when. The state stays: to start work, see 'wiggum ticket claim'.",
  ],
  parameters: {
    flags: { noSync: noSyncFlag, operationId: operationIdFlag },
    positional: { kind: "tuple", parameters: [ticketArgument, agentArgument] },
  },
  async run(context: Context, flags: Flags, typedId: string, agent: string) {
    const { ticket, data } = await writeTicketOrFile(
      context,
      typedId,
      flags,
      async ({ clock }) => {
        const assignedAt = clock
          .now()
          .toISOString()
          .replace(/\.\d+Z$/, "Z");
        return (shown) => ({ ...shown, assignedAgentId: agent, assignedAt });
      },
      (project, id, write) => project.tickets.assign(id, agent, write),
    );
    context.messages.ok(`Assigned ${agent} to ${ticket.id}`);
    return { data };
  },
});
