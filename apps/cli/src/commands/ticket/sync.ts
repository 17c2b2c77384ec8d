import { defineCommand } from "../../command.js";
import { usageError } from "../../command-error.js";
import type { Context } from "../../context.js";
import { switchFlag } from "../../parameters.js";
import { syncUpstream } from "../../sync-upstream.js";
import { syncView } from "../../sync-view.js";

interface Flags {
  readonly pull?: boolean;
  readonly push?: boolean;
  readonly ifDue?: boolean;
}

export default defineCommand({
  examples: ["wiggum ticket sync", "wiggum ticket sync --pull", "wiggum ticket sync --push"],
  details: [
    "Files that you edited in your ticket folder are submitted, each merged by field with what others wrote; a changed state goes the way of 'wiggum ticket transition', hooks included. A refused file stays as you left it and is named.",
    "With an upstream ('wiggum help remotes') the tickets are then exchanged with it. Exit 12 when it does not answer: nothing is lost, and work goes on here. Exit 9 names what was written here and refused because another host was first.",
  ],
  parameters: {
    flags: {
      pull: switchFlag("Only bring unedited files, and this host, to the newest state"),
      push: switchFlag("Only submit edits, and send what the upstream lacks"),
      ifDue: switchFlag("Only the upstream, and only if the interval of the settings has passed: for timers"),
    },
  },
  async run(context: Context, flags: Flags) {
    if (flags.pull === true && flags.push === true) {
      throw usageError("--pull and --push exclude each other", "Without either, both are done.");
    }
    const project = await context.project();
    if (flags.ifDue === true) {
      return { data: { upstream: (await project.upstream?.syncIfDue()) ?? null } };
    }
    const direction = flags.pull === true ? "pull" : flags.push === true ? "push" : "both";
    const first = await syncView(context, { direction });
    // What came is shown in the files even where something of this host was refused.
    const exchange = syncUpstream(context, project, direction);
    const isShown = project.upstream !== undefined && direction !== "push";
    const report = isShown
      ? await exchange.catch(() => undefined).then(() => syncView(context, { direction: "pull" }))
      : first;
    const upstream = (await exchange) ?? null;
    const done = { pull: "Pulled latest tickets", push: "Pushed ticket changes", both: "Synced tickets" };
    context.messages.ok(done[direction]);
    const pulled = [...new Set([...first.pulled, ...report.pulled])];
    return { data: { ...first, asOf: report.asOf, pulled, upstream }, asOf: report.asOf };
  },
});
