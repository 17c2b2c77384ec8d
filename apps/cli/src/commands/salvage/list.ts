import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { column, cut } from "../../render/table.js";

export default defineCommand({
  examples: ["wiggum salvage list"],
  details: [
    "When a worktree with work that is safe nowhere else is removed, that work is kept in a commit of its own.",
  ],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const entries = await project.salvage.list();
    if (entries.length === 0) context.messages.info("Nothing was salvaged");
    const nameWidth = Math.max(4, ...entries.map(({ name }) => name.length));
    const { isTerminal, columns } = context.host.stdout;
    // Three columns of fixed width and two spaces; what is left of the terminal shows file names.
    const filesWidth = isTerminal ? Math.max(20, (columns ?? 80) - nameWidth - 12 - 20 - 3) : undefined;
    const line = (name: string, agent: string, at: string, files: string) => {
      const shown = filesWidth === undefined ? column(files, 0) : cut(files, filesWidth);
      return `${column(name, nameWidth)} ${column(agent, 12)} ${column(at, 20)} ${shown}\n`;
    };
    const rows = entries.map(({ name, agentId, at, files }) => line(name, agentId, at, files.join(", ")));
    return {
      data: entries,
      text: entries.length === 0 ? "" : line("NAME", "AGENT", "SALVAGED AT", "FILES") + rows.join(""),
    };
  },
});
