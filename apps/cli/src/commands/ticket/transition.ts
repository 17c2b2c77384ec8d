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
    "Checks that the type allows it and that its conditions hold, runs the hooks that may refuse, merges the work where its type says so (with the shipped types at the hand-in, in-progress to review), writes, then starts the hooks that follow. Nothing is changed when any of this refuses.",
    "Exit 6: the ticket's type does not allow it; what it allows is printed. Exit 7: the work does not merge; see 'wiggum rebase'. Exit 8: somebody else changed the ticket since you saw it; what changed is shown, and the same command again goes through.",
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
    if (flags.dryRun === true) {
      const { noHooks, operationId } = flags;
      // A look at the ticket like any other: what others changed is told now, and does not stop the command that follows.
      const plan = await (await context.reading()).explainTransition(typedId, state, {
        noHooks,
        operationId,
      });
      return { data: { plan }, text: plan.map((step) => `${printable(step)}\n`).join("") };
    }
    const project = await context.project();
    if (isFileOnly(project, flags)) {
      const { ticket, path } = await project.moveViewOnly(typedId, state);
      sayFileOnly(context, path);
      return { data: unsubmitted(ticket, path) };
    }
    return { data: await transitionTicket(context, typedId, state, flags) };
  },
});
