import { defineCommand } from "../../command.js";
import { CommandError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { oneLine } from "../../parameters.js";
import { writtenTicket } from "../../ticket-data.js";

export default defineCommand({
  examples: ["wiggum ticket outcome 01JD2QK8T3V5X7Z9B1D3F5H7K9"],
  details: [
    "Prints committed (exit 0) or absent (exit 1): then nothing was written, and the command may be typed again.",
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        { placeholder: "operation", brief: "Id that exit 11 printed", parse: oneLine("<operation>") },
      ],
    },
  },
  async run(context: Context, _flags: object, operationId: string) {
    const { tickets } = await context.project();
    const outcome = await tickets.backend.outcome(operationId);
    if (outcome.status === "absent") {
      throw new CommandError("OUTCOME_ABSENT", `Nothing was written by operation ${operationId}`, {
        hint: "Type the command again.",
        data: { operationId },
      });
    }
    const written = outcome.receipt.records.map(writtenTicket);
    for (const { id, state } of written)
      context.messages.info(`That operation left ${id} in state '${state}'`);
    return { data: { operationId, status: outcome.status, tickets: written }, text: "committed\n" };
  },
});
