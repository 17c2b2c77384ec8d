import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";

/** How long it stays for hooks that are to be tried again (no room for an agent, a failure), in milliseconds. */
const patienceMs = 60_000;

export default defineCommand({
  examples: ["wiggum hook drain"],
  details: ["Started by wiggum itself after a transition, in a process of its own."],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    for (const line of await project.messages.deliver()) context.messages.info(line);
    const { ran, waiting } = await project.hooks.drain({ patienceMs });
    for (const line of await project.messages.deliver()) context.messages.info(line);
    // Last: it is nobody's wait, and this process may take its time.
    const maintained = await project.maintenance.run();
    if (maintained !== undefined) context.messages.info(maintained);
    context.messages.debug(`${ran} ${ran === 1 ? "hook" : "hooks"} ran, ${waiting} wait`);
    return { data: { ran, waiting } };
  },
});
