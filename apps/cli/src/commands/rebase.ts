import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { textArgument } from "../parameters.js";

export default defineCommand({
  examples: ["wiggum rebase", "wiggum rebase tk-5c46"],
  details: [
    "Without a ticket, the ticket of the agent whose branch is checked out. On a conflict the rebase stays open in an agent's own worktree, and the commands that go on or give up are printed; anywhere else it is aborted.",
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{ ...textArgument("ticket", "Ticket whose feature branch to rebase on"), optional: true }],
    },
  },
  async run(context: Context, _flags: object, ticket?: string) {
    const project = await context.project();
    const outcome = await project.branches.rebase(ticket);
    if (outcome.status !== "conflict") {
      context.messages.ok(`Successfully rebased onto ${outcome.target}`);
      return { data: outcome };
    }
    const { commands, leftOpenIn } = outcome;
    const details = outcome.files.map((file) => `conflict: ${file}`);
    if (leftOpenIn === undefined) details.push("The rebase was aborted; nothing was changed.");
    else details.push(`The rebase is open in ${leftOpenIn}.`);
    if (commands !== undefined) details.push(`go on: ${commands.continue}`, `give up: ${commands.abort}`);
    throw new CommandError("REBASE_CONFLICT", "Rebase conflict detected!", {
      details,
      hint:
        leftOpenIn === undefined
          ? `Rebase by hand: git rebase ${outcome.target}`
          : "Settle the conflicts in these files, git add them, then go on.",
      data: { ...outcome },
    });
  },
});
