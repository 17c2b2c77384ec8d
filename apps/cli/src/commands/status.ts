import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { switchFlag } from "../parameters.js";
import { collectStatus, statusLine, statusText } from "../project-status.js";

interface Flags {
  readonly verbose?: boolean;
  readonly format?: "table" | "tmux";
}

export default defineCommand({
  examples: ["wiggum status", "wiggum status --verbose", "wiggum status --format tmux"],
  details: ["Exit 0 whether or not an agent runs. --format tmux is one line for a status bar."],
  parameters: {
    flags: {
      verbose: switchFlag("Why each agent's state is what it is, and the tickets that are ready"),
      format: {
        kind: "enum",
        optional: true,
        values: ["table", "tmux"],
        brief: "Shape of the output (default: table)",
      },
    },
    aliases: { v: "verbose" },
  },
  async run(context: Context, flags: Flags) {
    const project = await context.reading();
    const { asOf, trouble, ...status } = await collectStatus(project);
    if (trouble !== undefined) context.messages.warn(trouble);
    const text = flags.format === "tmux" ? statusLine(status) : statusText(status, flags.verbose === true);
    return { data: status, text, asOf };
  },
});
