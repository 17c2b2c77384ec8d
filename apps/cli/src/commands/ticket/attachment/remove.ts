import { defineCommand } from "../../../command.js";
import type { Context } from "../../../context.js";
import { operationIdFlag, textArgument, ticketArgument } from "../../../parameters.js";
import { printable } from "../../../printable.js";

interface Flags {
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket attachment remove tk-5c46 report.txt"],
  parameters: {
    flags: { operationId: operationIdFlag },
    positional: {
      kind: "tuple",
      parameters: [ticketArgument, textArgument("attachment", "Its name, as 'attachment list' shows it")],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, typedName: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    const name = await project.write(id, (write) => {
      const { operationId = write.operationId } = flags;
      const isNewOperation = flags.operationId === undefined && write.isNewOperation;
      return project.tickets.detach(id, typedName, { ...write, operationId, isNewOperation });
    });
    context.messages.ok(`Removed attachment ${printable(name)} of ${id}; the history keeps it`);
    return { data: { id, name } };
  },
});
