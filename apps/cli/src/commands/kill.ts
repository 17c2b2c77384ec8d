import type { KillOutcome } from "@wiggum/control-plane";
import { agentNamed, requireSession } from "../agents.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { tellForgotten } from "../forgotten-messages.js";
import { agentArgument, switchFlag } from "../parameters.js";

interface Flags {
  readonly release?: boolean;
  readonly releaseTicket?: boolean;
  readonly force?: boolean;
}

export default defineCommand({
  examples: ["wiggum kill worker-0", "wiggum kill worker-0 --release", "wiggum kill worker-0 --force"],
  details: [
    "Stops every process of the agent, removes its worktree and deletes its branch. Without --force uncommitted work keeps the worktree and unmerged commits keep the branch, each with a warning; with --force that work is salvaged first (wiggum salvage list).",
    "--release gives the agent's ticket back: unassigned, and free to be claimed again. That is done as soon as its processes are gone, also where its worktree or branch has to stay: the work in it waits for you there, the next agent gets a worktree of its own.",
    "Nothing is removed while a process works in the worktree, whosever it is: it is named, and the command ends with 1. So it does when --force could not remove everything.",
  ],
  parameters: {
    flags: {
      release: switchFlag("Give its ticket back"),
      releaseTicket: { ...switchFlag("Same as --release"), hidden: true },
      force: switchFlag("Salvage what is not merged, then remove worktree and branch"),
    },
    aliases: { f: "force" },
    positional: { kind: "tuple", parameters: [agentArgument] },
  },
  async run(context: Context, flags: Flags, typed: string) {
    const project = await context.project();
    await requireSession(project);
    const agent = await agentNamed(project, typed);
    const release = flags.release === true || flags.releaseTicket === true;
    const outcome = await project.kill(agent, { release, force: flags.force === true });
    const { unfinished } = outcome;
    for (const warning of outcome.warnings) {
      if (!unfinished.includes(warning)) context.messages.warn(warning);
    }
    if (outcome.salvaged !== undefined) {
      context.messages.info(`Kept its work: wiggum salvage restore ${outcome.salvaged}`);
    }
    tellForgotten(context.messages, outcome);
    for (const id of outcome.released) context.messages.info(`Gave ${id} back: it can be claimed again`);
    if (unfinished.length > 0) throw notDone(outcome, flags.force === true);
    context.messages.ok(`Killed ${outcome.agentId}`);
    return { data: outcome };
  },
});

/** Its processes are gone and its name is retired, but what was asked for is not all done: no success is claimed. */
function notDone(outcome: KillOutcome, isForced: boolean): CommandError {
  const { agentId, unfinished, keptWorktree } = outcome;
  return new CommandError(
    "WORKTREE_UNSAFE",
    `${agentId} has ended, but not everything of it could be removed`,
    {
      details: unfinished,
      hint: `Put right what is named, then run 'wiggum kill ${agentId}${isForced ? " --force" : ""}' again.`,
      data: { ...outcome, worktree: keptWorktree, reasons: unfinished },
    },
  );
}
