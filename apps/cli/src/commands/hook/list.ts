import { relative } from "node:path";
import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { printable } from "../../printable.js";

export default defineCommand({
  examples: ["wiggum hook list"],
  details: [
    "A project's hook is active when it is executable; then it is run instead of the default one of that name.",
  ],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const hooks = await project.hooks.list();
    const folder = relative(project.paths.root, project.paths.hooksDirectory);
    const lines = [
      `Project hooks (${folder}/):`,
      ...hooks.project.map(({ name, isActive }) => `  ${name} (${isActive ? "active" : "inactive"})`),
      "",
      "Default hooks:",
      ...hooks.defaults.map((name) => `  ${name}`),
    ];
    return { data: hooks, text: `${lines.map((line) => printable(line)).join("\n")}\n` };
  },
});
