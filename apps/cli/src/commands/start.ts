import { defineCommand } from "../command.js";
import type { Context, RunnerName } from "../context.js";
import { createTicket, type NewTicketFlags, newTicketFlags } from "../create-ticket.js";
import { lineFlag, oneLine, runnerFlag, switchFlag, textFlag } from "../parameters.js";
import { checkRole, spawnAgent } from "../spawn-agent.js";

/** An agent works on a ticket that everybody can see: there is no `--no-sync`. */
const { noSync: _, ...storedTicketFlags } = newTicketFlags;

interface Flags extends Omit<NewTicketFlags, "noSync"> {
  readonly role?: string;
  readonly prompt?: string;
  readonly force?: boolean;
  readonly runner?: RunnerName;
}

export default defineCommand({
  examples: ['wiggum start "Add a health check"', 'wiggum start "Fix the login" --type bug --priority 0'],
  details: [
    "Prints two lines: the ticket's id and the agent's id. Should the agent not start, the ticket stays: 'wiggum spawn' tries again.",
  ],
  parameters: {
    flags: {
      ...storedTicketFlags,
      role: lineFlag("role", "ROLE", "Role of the agent (default: worker)"),
      prompt: textFlag("PATH", "Prompt file instead of the role's"),
      force: switchFlag("Go over the limit of agents"),
      runner: runnerFlag,
    },
    aliases: { d: "description", f: "force" },
    positional: {
      kind: "tuple",
      parameters: [{ placeholder: "title", brief: "Title of the ticket", parse: oneLine("<title>") }],
    },
  },
  async run(context: Context, flags: Flags, title: string) {
    const role = flags.role ?? "worker";
    await checkRole(context, role, flags);
    const { id } = await createTicket(context, title, flags, { isStored: true });
    // The id is out before the spawn is tried: whoever reads it can spawn again when there is room.
    if (!context.options.json) context.write(`${id}\n`);
    const agent = await spawnAgent(context, role, id, flags);
    return { data: { ticketId: id, ...agent }, text: `${agent.agentId}\n` };
  },
});
