import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { textFlag } from "../parameters.js";
import { reportText, totalsOf } from "../render/report.js";
import { sinceTyped } from "../since.js";

interface Flags {
  readonly since?: string;
}

const usual = "24h";

export default defineCommand({
  examples: ["wiggum report", "wiggum report --since 7d", "wiggum report --since 2026-01-02 --json"],
  details: [
    "What was done by whom: changes of state from the tickets' history, commits, sessions of agents with how long they took and, where the agent program says it, what they cost. Commits are found on the branches of ticket and worker and below their merge into the base branch.",
  ],
  parameters: {
    flags: {
      since: textFlag("WHEN", `From then on: 90m, 24h, 7d, 2w, or a date or time (default: ${usual})`),
    },
  },
  async run(context: Context, flags: Flags) {
    const since = sinceTyped(flags.since ?? usual, new Date());
    const project = await context.reading();
    const report = await project.report(since);
    if (report.tickets.length === 0 && flags.since === undefined)
      context.messages.info("'wiggum report --since 7d' looks further back");
    return { data: { ...report, totals: totalsOf(report) }, text: reportText(report) };
  },
});
