import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { cut, fittedTable, fittedWidths } from "../../render/table.js";

export default defineCommand({
  examples: ["wiggum salvage list"],
  details: [
    "When a worktree with work that is safe nowhere else is removed, that work is kept in a commit of its own.",
    "It is kept for 30 days; after that 'wiggum run' and 'wiggum doctor --fix' drop it.",
  ],
  parameters: {},
  async run(context: Context) {
    const project = await context.project();
    const entries = await project.salvage.list();
    if (entries.length === 0) context.messages.info("Nothing was salvaged");
    const { isTerminal, columns } = context.host.stdout;
    const fixed = entries.map(({ name, agentId, at, keptUntil }) => [
      name,
      agentId,
      at,
      keptUntil.slice(0, 10),
    ]);
    const header = ["NAME", "AGENT", "SALVAGED AT", "KEPT UNTIL", "FILES"];
    // What is left of the terminal shows file names; a pipe gets all of them.
    const taken = fittedWidths([header, ...fixed]).reduce((sum, width) => sum + width + 1, 0);
    const room = Math.max(20, (columns ?? 80) - taken);
    const rows = entries.map(({ files }, index) => {
      const named = files.join(", ");
      return [...(fixed[index] ?? []), isTerminal ? cut(named, room) : named];
    });
    return { data: entries, text: entries.length === 0 ? "" : fittedTable(header, rows) };
  },
});
