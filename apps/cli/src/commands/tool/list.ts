import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { printable } from "../../printable.js";

export default defineCommand({
  examples: ["wiggum tool list", "wiggum tool list --json"],
  details: ["Programs in .wiggum/tools. One that may not be executed is shown as inactive."],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const tools = await project.tools.list();
    if (tools.length === 0) context.messages.info("There are no tools: programs in .wiggum/tools are");
    const lines = tools.map(({ name, isActive }) => `${printable(name)}${isActive ? "" : " (inactive)"}\n`);
    return { data: tools, text: lines.join("") };
  },
});
