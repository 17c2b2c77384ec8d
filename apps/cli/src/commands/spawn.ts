import { defineCommand } from "../command.js";
import type { Context, RunnerName } from "../context.js";
import { oneLine, runnerFlag, switchFlag, textArgument, textFlag } from "../parameters.js";
import { printable } from "../printable.js";
import { checkRole, spawnAgent } from "../spawn-agent.js";

interface Flags {
  readonly prompt?: string;
  readonly force?: boolean;
  readonly runner?: RunnerName;
  readonly dryRun?: boolean;
}

export default defineCommand({
  examples: [
    "wiggum spawn worker tk-5c46",
    "wiggum spawn reviewer tk-5c46 --dry-run",
    "wiggum spawn worker tk-5c46 --runner process",
    "wiggum spawn supervisor",
  ],
  details: [
    "The role is the name of a prompt file, 'wiggum help configuration' tells what may stand in it. Every role but supervisor needs a ticket.",
    "A role that does the work (with the shipped types: worker) claims a free ticket before the agent starts; if its former agent ended while the ticket was in progress, the work is resumed. Any other role (reviewer, qa, your own) joins: neither state nor assignment changes.",
    "Prints the agent's id. At most one agent of a role works on a ticket (exit 9 names it); exit 12 means that as many agents as the settings allow are working.",
  ],
  parameters: {
    flags: {
      prompt: textFlag("PATH", "Prompt file instead of the role's"),
      force: switchFlag("Go over the limit of agents"),
      runner: runnerFlag,
      dryRun: switchFlag("Print what would be done, do nothing"),
    },
    aliases: { f: "force" },
    positional: {
      kind: "tuple",
      parameters: [
        {
          placeholder: "role",
          brief: "worker, reviewer, qa, supervisor or another prompt",
          parse: oneLine("<role>"),
        },
        { ...textArgument("ticket", "Ticket to work on"), optional: true },
      ],
    },
  },
  async run(context: Context, flags: Flags, role: string, ticket?: string) {
    await checkRole(context, role, flags);
    if (flags.dryRun === true) {
      const project = await context.project();
      const plan = await project.explainSpawn(role, ticket, { promptPath: flags.prompt, force: flags.force });
      return { data: { plan }, text: plan.map((step) => `${printable(step)}\n`).join("") };
    }
    const agent = await spawnAgent(context, role, ticket, flags);
    return { data: agent, text: `${agent.agentId}\n` };
  },
});
