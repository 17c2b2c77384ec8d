import { defineCommand } from "../command.js";
import type { Context } from "../context.js";

export default defineCommand({
  examples: ["wiggum has-capacity && wiggum spawn worker tk-5c46"],
  details: [
    "Prints true (exit 0) or false (exit 1). 'spawn' decides for itself: between the two another agent may start.",
  ],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const { used, maxAgents } = await project.capacity();
    const hasCapacity = used < maxAgents;
    context.messages.debug(`${used} of ${maxAgents} agents are working`);
    return {
      data: { hasCapacity, used, maxAgents },
      text: `${hasCapacity}\n`,
      exitCode: hasCapacity ? 0 : 1,
    };
  },
});
