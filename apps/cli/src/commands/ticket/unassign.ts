import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { noSyncFlag, operationIdFlag, ticketArgument } from "../../parameters.js";
import { writeTicketOrFile } from "../../write-ticket.js";

interface Flags {
  readonly noSync?: boolean;
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket unassign tk-5c46"],
  parameters: {
    flags: { noSync: noSyncFlag, operationId: operationIdFlag },
    positional: { kind: "tuple", parameters: [ticketArgument] },
  },
  async run(context: Context, flags: Flags, typedId: string) {
    let former: string | undefined;
    const { ticket, data } = await writeTicketOrFile(
      context,
      typedId,
      flags,
      async () => (shown) => {
        former = shown.assignedAgentId;
        const { assignedAgentId: _agent, assignedAt: _since, ...rest } = shown;
        return rest;
      },
      async (project, id, write) => {
        former = (await project.tickets.show(id)).ticket.assignedAgentId;
        return await project.tickets.unassign(id, write);
      },
    );
    context.messages.ok(
      former === undefined ? `Cleared assignment on ${ticket.id}` : `Unassigned ${former} from ${ticket.id}`,
    );
    return { data };
  },
});
