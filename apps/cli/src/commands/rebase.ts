import type { RebaseOutcome } from "@wiggum/control-plane";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { textArgument } from "../parameters.js";

export default defineCommand({
  examples: ["wiggum rebase", "wiggum rebase tk-5c46"],
  details: [
    "Brings the branch that is checked out together with the ticket's feature branch, so that a hand-in goes through. For the agent that holds the ticket it also takes in what the base branch got meanwhile. A branch that has merges in it is merged instead of rebased.",
    "Without a ticket, the ticket of the agent whose branch is checked out. On a conflict (exit 7) the rebase or merge stays open in an agent's own worktree, and the commands that go on or give up are printed; anywhere else it is taken back.",
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
    throw conflict(outcome);
  },
});

/** What is in conflict, where it is left open, and the commands that go on: those of a rebase or of a merge, as it is. */
function conflict(outcome: RebaseOutcome): CommandError {
  const { files, leftOpenIn, commands } = outcome;
  const details = files.map((file) => `conflict: ${file}`);
  if (leftOpenIn === undefined || commands === undefined) {
    return new CommandError("REBASE_CONFLICT", "Rebase conflict detected!", {
      details: [...details, "It was taken back: nothing was changed."],
      hint: `Settle it by hand: git rebase ${outcome.target}`,
      data: { ...outcome },
    });
  }
  const what = commands.continue.startsWith("git merge") ? "merge" : "rebase";
  return new CommandError("REBASE_CONFLICT", "Rebase conflict detected!", {
    details: [
      ...details,
      `The ${what} is open in ${leftOpenIn}.`,
      `go on: ${commands.continue}`,
      `give up: ${commands.abort}`,
    ],
    hint:
      files.length === 0
        ? `No file is in conflict any more. Go on: ${commands.continue}`
        : `Settle these files, 'git add' them, then go on: ${commands.continue}`,
    data: { ...outcome },
  });
}
