import { defineCommand } from "../../command.js";
import { usageError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { switchFlag } from "../../parameters.js";
import { syncView } from "../../sync-view.js";

interface Flags {
  readonly pull?: boolean;
  readonly push?: boolean;
}

export default defineCommand({
  examples: ["wiggum ticket sync", "wiggum ticket sync --pull", "wiggum ticket sync --push"],
  details: [
    "Files that you edited in your ticket folder are submitted, each merged by field with what others wrote; a changed state goes the way of 'wiggum ticket transition', hooks included. A refused file stays as you left it and is named.",
  ],
  parameters: {
    flags: {
      pull: switchFlag("Only bring unedited files to the newest state"),
      push: switchFlag("Only submit edits"),
    },
  },
  async run(context: Context, flags: Flags) {
    if (flags.pull === true && flags.push === true) {
      throw usageError("--pull and --push exclude each other", "Without either, both are done.");
    }
    const direction = flags.pull === true ? "pull" : flags.push === true ? "push" : "both";
    const report = await syncView(context, { direction });
    const done = { pull: "Pulled latest tickets", push: "Pushed ticket changes", both: "Synced tickets" };
    context.messages.ok(done[direction]);
    return { data: report, asOf: report.asOf };
  },
});
