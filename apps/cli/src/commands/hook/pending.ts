import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { ticketArgument } from "../../parameters.js";
import { fitted } from "../../render/table.js";

export default defineCommand({
  examples: ["wiggum hook pending", "wiggum hook pending tk-5c46 --json"],
  details: [
    "A hook that failed is tried again by itself, three times in all. What is left after that, and a hook that must run at most once and was interrupted, waits here for 'wiggum hook retry' or 'wiggum hook drop'.",
  ],
  parameters: {
    positional: { kind: "tuple", parameters: [{ ...ticketArgument, placeholder: "ticket", optional: true }] },
  },
  async run(context: Context, _flags: object, typedId?: string) {
    const project = await context.project();
    const id = typedId === undefined ? undefined : await project.tickets.resolve(typedId, "read");
    const pending = await project.hooks.pending(id);
    if (pending.length === 0) context.messages.info("No hook waits");
    const rows = pending.map(({ eventId, hook, ticketId, status, attempts, from, to }) => [
      eventId,
      hook,
      ticketId,
      status,
      String(attempts),
      `${from} -> ${to}`,
    ]);
    const header = ["EVENT", "HOOK", "TICKET", "STATUS", "ATTEMPTS", "TRANSITION"];
    return { data: pending, table: pending.length === 0 ? undefined : fitted(header, rows) };
  },
});
