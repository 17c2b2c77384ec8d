import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";

export default defineCommand({
  examples: ["wiggum branch merge tk-5c46"],
  details: [
    "Nobody's working tree takes part in the merge; a checkout of the base branch follows when no local change is in the way. On a conflict nothing changes (exit 7).",
  ],
  parameters: { positional: { kind: "tuple", parameters: [{ ...ticketArgument, placeholder: "ticket" }] } },
  async run(context: Context, _flags: object, typedId: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    const merge = await project.branches.merge(id);
    if (merge.status === "up-to-date") context.messages.info(`${merge.into} has that work already`);
    context.messages.ok(`Successfully merged feature/${id} into ${merge.into}`);
    return { data: { ticketId: id, ...merge } };
  },
});
