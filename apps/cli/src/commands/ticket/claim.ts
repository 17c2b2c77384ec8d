import { defineCommand } from "../../command.js";
import { usageError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { agentArgument, operationIdFlag, switchFlag, ticketArgument } from "../../parameters.js";
import { writtenTicket } from "../../ticket-data.js";
import { transitionTicket } from "../../transition-ticket.js";
import { writeTicket } from "../../write-ticket.js";

interface Flags {
  readonly noHooks?: boolean;
  readonly operationId?: string;
}

export default defineCommand({
  examples: ["wiggum ticket claim tk-5c46", "wiggum ticket claim tk-5c46 worker-0"],
  details: [
    "State, assignee and a new claim are one step: of any number of claims at one instant exactly one wins, the others get exit 9 and are told who. In an agent's worktree the agent is the caller.",
  ],
  parameters: {
    flags: { noHooks: switchFlag("Run no hooks"), operationId: operationIdFlag },
    positional: {
      kind: "tuple",
      parameters: [
        ticketArgument,
        { ...agentArgument, brief: "Who takes it (default: the calling agent)", optional: true },
      ],
    },
  },
  async run(context: Context, flags: Flags, typedId: string, agent?: string) {
    const project = await context.project();
    const claimFor = agent ?? project.caller.agent?.agentId;
    if (claimFor === undefined) {
      throw usageError(
        "Missing argument: <agent>",
        "Outside an agent's worktree name the agent that takes the ticket.",
      );
    }
    const id = await project.tickets.resolve(typedId, "write");
    const { ticket } = await project.tickets.show(id);
    const edge = project.types.types[ticket.type]?.transitions.find(
      ({ from, effects }) => from === ticket.state && effects.includes("claim"),
    );
    if (edge !== undefined) {
      return {
        data: await transitionTicket(
          context,
          id,
          edge.to,
          { ...flags, claimFor },
          () => `Claimed ${id} for ${claimFor}`,
        ),
      };
    }
    // No edge to claim by: the ticket layer says who holds it, or why it cannot be taken.
    const record = await writeTicket(context, id, flags.operationId, (_project, _id, write) =>
      project.tickets.claim(id, claimFor, write),
    );
    context.messages.ok(`Claimed ${id} for ${claimFor}`);
    return { data: { ...writtenTicket(record), epoch: record.fence.epoch } };
  },
});
