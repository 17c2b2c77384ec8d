import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { noSyncFlag, oneLine, operationIdFlag, switchFlag, ticketArgument } from "../../parameters.js";
import { printable } from "../../printable.js";
import { unsubmitted } from "../../ticket-data.js";
import { transitionTicket } from "../../transition-ticket.js";
import { isFileOnly, sayFileOnly } from "../../write-ticket.js";

interface Flags {
  readonly noHooks?: boolean;
  readonly noSync?: boolean;
  readonly dryRun?: boolean;
  readonly operationId?: string;
}

export default defineCommand({
  examples: [
    "wiggum ticket transition tk-5c46 review",
    "wiggum ticket transition tk-5c46 review --dry-run",
    "wiggum ticket transition tk-5c46 in-progress --no-hooks",
  ],
  details: [
    "Checks the edge and its conditions, runs the hooks that may refuse, merges the work where the edge says so, writes, then starts the hooks that follow. Nothing is changed when any of this refuses.",
    "Exit 6: the ticket's type has no such edge. Exit 7: the work does not merge; see 'wiggum rebase'. Exit 8: somebody else changed the ticket since you saw it; what changed is shown, and the same command again goes through.",
  ],
  parameters: {
    flags: {
      noHooks: switchFlag("Run no hooks; the merge on hand-in is none and happens"),
      noSync: noSyncFlag,
      dryRun: switchFlag("Print what would be done, do nothing"),
      operationId: operationIdFlag,
    },
    positional: {
      kind: "tuple",
      parameters: [
        ticketArgument,
        { placeholder: "state", brief: "State to go to", parse: oneLine("<state>") },
      ],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, state: string) {
    const project = await context.project();
    if (flags.dryRun === true) {
      const plan = await project.explainTransition(typedId, state, { noHooks: flags.noHooks });
      return { data: { plan }, text: plan.map((step) => `${printable(step)}\n`).join("") };
    }
    if (isFileOnly(project, flags)) {
      const { ticket, path } = await project.writeViewOnly(typedId, (shown) => ({ ...shown, state }));
      sayFileOnly(context, path);
      return { data: unsubmitted(ticket, path) };
    }
    return { data: await transitionTicket(context, typedId, state, flags) };
  },
});
