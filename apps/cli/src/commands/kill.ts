import { requireSession } from "../agents.js";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
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
    "--release gives the agent's ticket back: unassigned, and free to be claimed again.",
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
  async run(context: Context, flags: Flags, agent: string) {
    const project = await context.project();
    await requireSession(project);
    const release = flags.release === true || flags.releaseTicket === true;
    const outcome = await project.kill(agent, { release, force: flags.force === true });
    for (const warning of outcome.warnings) context.messages.warn(warning);
    if (outcome.salvaged !== undefined) {
      context.messages.info(`Kept its work: wiggum salvage restore ${outcome.salvaged}`);
    }
    context.messages.ok(`Killed ${outcome.agentId}`);
    return { data: outcome };
  },
});
