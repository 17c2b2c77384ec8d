import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";

export default defineCommand({
  examples: ["wiggum branch cleanup tk-5c46"],
  details: [
    "Deletes the feature branch when the base branch has its work, and the branches of the ticket's agents when the feature or the base branch has theirs. A branch with work that is nowhere else stays, and is named.",
  ],
  parameters: { positional: { kind: "tuple", parameters: [{ ...ticketArgument, placeholder: "ticket" }] } },
  async run(context: Context, _flags: object, typedId: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    const { deleted, kept } = await project.branches.cleanup(id);
    for (const { branch, reason } of kept) context.messages.warn(`Kept ${branch}: ${reason}`);
    context.messages.ok(`Cleaned up ${deleted.length} branches for ${id}`);
    return { data: { ticketId: id, deleted, kept } };
  },
});
