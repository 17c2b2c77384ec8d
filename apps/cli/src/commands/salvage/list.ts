import { defineCommand } from "../../command.js";
import type { Context } from "../../context.js";
import { fitted } from "../../render/table.js";

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
    const rows = entries.map(({ name, agentId, at, keptUntil, files }) => [
      name,
      agentId,
      at,
      keptUntil.slice(0, 10),
      files.join(", "),
    ]);
    const header = ["NAME", "AGENT", "SALVAGED AT", "KEPT UNTIL", "FILES"];
    return { data: entries, table: entries.length === 0 ? undefined : fitted(header, rows) };
  },
});
