import type { Project } from "@wiggum/control-plane";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { explain } from "../failure.js";
import { warnOfGoneWorktrees } from "../gone-worktrees.js";
import { switchFlag } from "../parameters.js";
import { printable } from "../printable.js";
import { collectRecovered, type RecoveredAgent } from "../recovery.js";
import { fittedWidths, row } from "../render/table.js";

interface Flags {
  readonly resume?: boolean;
}

export default defineCommand({
  examples: ["wiggum recover", "wiggum recover --resume", "wiggum recover --json"],
  details: [
    "Finishes or undoes what processes that are gone left half done: starts of agents, sessions that ended unseen, hooks, messages that had to wait. Says what it did, and then of each agent: adopted (it runs), resumable (it ended, and its ticket is still its own), released (it holds nothing), unclear (nobody can tell; it is left as it is).",
    "--resume starts the resumable ones again, each in its worktree. 'wiggum run' does all of this by itself. It may be repeated at any time. Exit 1 when one of them could not be started.",
  ],
  parameters: { flags: { resume: switchFlag("Start agents again whose session is over") } },
  async run(context: Context, flags: Flags) {
    const project = await context.project();
    const done = [...(await project.recover())];
    const { ran } = await project.hooks.drain();
    if (ran > 0) done.push(`ran ${ran} ${ran === 1 ? "hook" : "hooks"} that had to wait`);
    for (const line of done) context.messages.ok(`Recovered: ${line}`);
    if (done.length === 0) context.messages.info("Nothing was left half done");
    warnOfGoneWorktrees(context, await project.agents());
    const found = await collectRecovered(project);
    const agents = flags.resume === true ? await resumeAll(context, project, found) : found;
    const cells = agents.map(({ agentId, outcome, why, next }) => [
      agentId,
      outcome,
      next === null ? why : `${why}; next: ${next}`,
    ]);
    const widths = fittedWidths(cells);
    const text = cells.map((line) => `${row(line, widths).trimEnd()}\n`).join("");
    // Whoever asked for agents did not get all of them.
    const isFailed = flags.resume === true && agents.some(({ outcome }) => outcome === "resumable");
    return { data: { done, agents }, text: printable(text, "lines"), exitCode: isFailed ? 1 : 0 };
  },
});

/** One that cannot be started is said, and is in no other's way. */
async function resumeAll(
  { messages }: Context,
  project: Project,
  agents: readonly RecoveredAgent[],
): Promise<readonly RecoveredAgent[]> {
  const resumed: RecoveredAgent[] = [];
  for (const agent of agents) {
    const facts = (await project.agent(agent.agentId))?.facts;
    if (agent.outcome !== "resumable" || facts === undefined) {
      resumed.push(agent);
      continue;
    }
    try {
      const { agentId, generation } = await project.spawn(facts.role, facts.ticketId);
      const why = `started again as ${agentId}, session ${generation}`;
      resumed.push({ agentId: agent.agentId, outcome: "resumed", why, next: null });
    } catch (error) {
      const { message } = explain(error);
      messages.warn(`${agent.agentId} could not be started again: ${message}`);
      resumed.push({ ...agent, why: message });
    }
  }
  return resumed;
}
