import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { textArgument } from "../../parameters.js";

export default defineCommand({
  examples: ["wiggum branch list", "wiggum branch list tk-5c46"],
  details: [
    "The type is feature for a ticket's branch, else the role of the agent whose branch it is (worker, reviewer, qa), else other.",
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { ...textArgument("ticket", "Only branches whose ticket contains this text"), optional: true },
      ],
    },
  },
  async run(context: Context, _flags: object, filter?: string) {
    const project = await context.project();
    const branches = await project.branches.list(filter);
    const rows = branches.map(({ branch, ticketId, type }) => [branch, ticketId ?? "—", type]);
    return {
      data: branches,
      table: { header: ["BRANCH", "TICKET", "TYPE"], rows, widths: [20, 15, 10], dashes: 48 },
    };
  },
});
