import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { switchFlag, ticketArgument } from "../../parameters.js";

interface Flags {
  readonly sendBack?: boolean;
}

export default defineCommand({
  examples: ["wiggum branch merge tk-5c46", "wiggum branch merge tk-5c46 --send-back"],
  details: [
    "Nobody's working tree takes part in the merge; a checkout of the base branch follows when no local change is in the way. On a conflict nothing changes (exit 7).",
    "--send-back: work that conflicts, or fails the checks together with the base branch, goes back to its worker with the reason as feedback.",
  ],
  parameters: {
    flags: { sendBack: switchFlag("Give work that cannot be merged back to its worker") },
    positional: { kind: "tuple", parameters: [{ ...ticketArgument, placeholder: "ticket" }] },
  },
  async run(context: Context, flags: Flags, typedId: string) {
    const project = await context.project();
    const id = await project.tickets.resolve(typedId, "write");
    if (flags.sendBack === true) {
      const { mergeOrSendBack } = await import("@wiggum/control-plane");
      const outcome = await mergeOrSendBack(project, id);
      context.messages.ok(`feature/${id}: ${outcome}`);
      return { data: { ticketId: id, outcome } };
    }
    const merge = await project.branches.merge(id);
    if (merge.status === "up-to-date")
      context.messages.ok(`${merge.into} has the work of feature/${id} already`);
    else context.messages.ok(`Successfully merged feature/${id} into ${merge.into}`);
    const { isDelivered } = await import("@wiggum/ticket-core");
    const { ticket } = await project.tickets.show(id);
    if (!isDelivered(project.types, ticket)) {
      context.messages.warn(`${id} is ${ticket.state}: its work was merged before it was finished`);
    }
    return { data: { ticketId: id, ...merge } };
  },
});
