import type { AgentStatus, Project } from "@wiggum/control-plane";
import { isFinal } from "@wiggum/ticket-core";
import { requireSession } from "../agents.js";
import { isAtWork } from "../at-work.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { tellForgotten } from "../forgotten-messages.js";
import { switchFlag } from "../parameters.js";

interface Flags {
  readonly force?: boolean;
}

export default defineCommand({
  examples: ["wiggum teardown", "wiggum teardown --force"],
  details: [
    "Ends every agent as 'wiggum kill' does, then the session with all its panes. Tickets stay as they are; without --force uncommitted work keeps its worktree and unmerged commits keep their branch, with --force that work is salvaged first.",
    "Exit 3 when there is neither an agent nor a session, 1 when more than one agent is at work and --force was not given, 9 while 'wiggum run' is at work: it would start them again.",
  ],
  parameters: {
    flags: { force: switchFlag("Also when several agents are at work; salvage what is not merged") },
    aliases: { f: "force" },
  },
  async run(context: Context, flags: Flags) {
    const project = await context.project();
    await requireSession(project);
    const force = flags.force === true;
    const [agents, panes] = await Promise.all([project.agents(), project.panes?.session()]);
    if (agents.length === 0 && panes === undefined) {
      const { session } = project.settings;
      throw new CommandError("NO_SESSION", `Session '${session}' not found`, {
        hint: "There is no agent here, and no session: nothing is to be ended. Start one: wiggum spawn worker <ticket>",
        data: { session },
      });
    }
    const working = agents.filter(isAtWork);
    if (working.length > 1 && !force) {
      throw new CommandError("AGENTS_ACTIVE", "Active workers detected. Use --force to kill anyway.", {
        details: working.map(
          ({ facts, ticketId, why }) => `${facts.agentId} (${ticketId ?? "no ticket"}): ${why}`,
        ),
        hint: "Let them finish ('wiggum status' shows how far they are), or give --force.",
        data: { agents: working.map(({ facts }) => facts.agentId) },
      });
    }
    const outcome = await context.host.composition.tearDown(project, { force });
    for (const agent of outcome.agents) {
      const { agentId, warnings, salvaged, unfinished } = agent;
      tellForgotten(context.messages, agent);
      // What could not be removed stands below the error.
      for (const warning of warnings)
        if (!unfinished.includes(warning)) context.messages.warn(`${agentId}: ${warning}`);
      if (salvaged !== undefined) context.messages.info(`Kept its work: wiggum salvage restore ${salvaged}`);
    }
    const unfinished = outcome.agents.flatMap((agent) =>
      agent.unfinished.map((reason) => `${agent.agentId}: ${reason}`),
    );
    if (unfinished.length > 0) {
      throw new CommandError(
        "WORKTREE_UNSAFE",
        "All agents have ended, but not everything of them could be removed",
        {
          details: unfinished,
          hint: "Put right what is named, then run 'wiggum kill <agent> --force' for each that it names.",
          data: { ...outcome, reasons: unfinished },
        },
      );
    }
    const left = await heldTickets(project, agents);
    if (left.length > 0) {
      context.messages.info(
        `Nobody works on ${left.join(", ")} now: 'wiggum run' goes on with what was begun, 'wiggum ticket release <ticket>' gives one back`,
      );
    }
    context.messages.ok("Session terminated");
    return { data: outcome };
  },
});

/** Tickets that agents which have just ended still hold. */
async function heldTickets(project: Project, agents: readonly AgentStatus[]): Promise<readonly string[]> {
  const ids = agents.flatMap(({ ticketId }) => (ticketId === undefined ? [] : [ticketId]));
  if (ids.length === 0) return [];
  const { tickets } = await project.tickets.list({ ids });
  return tickets
    .filter(({ ticket }) => ticket.assignedAgentId !== undefined && !isFinal(project.types, ticket))
    .map(({ ticket }) => ticket.id);
}
