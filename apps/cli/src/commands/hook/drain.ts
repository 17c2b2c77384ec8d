import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";

export default defineCommand({
  examples: ["wiggum hook drain"],
  details: ["Started by wiggum itself after a transition, in a process of its own."],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const { ran, waiting } = await project.hooks.drain();
    context.messages.debug(`${ran} hooks ran, ${waiting} wait`);
    return { data: { ran, waiting } };
  },
});
