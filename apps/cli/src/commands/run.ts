import type { SupervisorEvent } from "@wiggum/workflow";
import { defineCommand } from "../command.js";
import { usageError } from "../command-error.js";
import type { Context, RunnerName } from "../context.js";
import { warnOfGoneWorktrees } from "../gone-worktrees.js";
import { runnerFlag, switchFlag } from "../parameters.js";
import { planText, sayEvent } from "../render/supervision.js";
import { openTitle } from "../supervised-title.js";

interface Flags {
  readonly once?: boolean;
  readonly untilDone?: boolean;
  readonly runner?: RunnerName;
  readonly dryRun?: boolean;
  readonly plain?: boolean;
}

export default defineCommand({
  examples: ["wiggum run", "wiggum run --until-done", "wiggum run --dry-run", "wiggum run --once"],
  details: [
    "The supervisor as plain code, without a model: recovers what a dead process left, runs the hooks that are due, spawns agents for workable tickets by priority while there is capacity, and looks again. It may be killed and started again at any time. A second one at the same time is refused (exit 9).",
    "Without a flag it goes on until Ctrl-C, which ends it after what it is doing, a second one at once; agents run on. --until-done ends when nothing is left to do; exit 1 then means that tickets are stuck, which are named. --once ends with 1 when an action failed.",
    "Who is told when something waits for a person, is finished or fails (the desktop, webhooks, a program of yours, the title of the terminal) is in 'notifications' of .wiggum/config.yaml.",
    "On a terminal one screen shows agents, tickets, events and what waits for you; 'q' ends the run like Ctrl-C, '?' shows the keys. Lines instead: --plain, --once, --verbose, --quiet, --json, NO_COLOR, TERM=dumb, or output that is no terminal.",
  ],
  parameters: {
    flags: {
      once: switchFlag("One round, then end"),
      untilDone: switchFlag("End when nothing is left to do"),
      runner: runnerFlag,
      dryRun: switchFlag("Print what the next round would do, do nothing"),
      plain: switchFlag("Print lines, also on a terminal that could show a screen"),
    },
  },
  async run(context: Context, flags: Flags) {
    if (flags.once === true && flags.untilDone === true)
      throw usageError("--once and --until-done exclude each other");
    const project = await context.project("supervisor");
    warnOfGoneWorktrees(context, await project.agents());
    const { composition, interruption } = context.host;
    if (flags.dryRun === true) {
      const plan = await composition.explainSupervision(project);
      return { data: plan, text: planText(plan) };
    }
    const signal = interruption();
    signal.addEventListener("abort", () =>
      context.messages.info("Ending after what is being done now (Ctrl-C again: at once). Agents run on."),
    );
    const mode = flags.once === true ? "once" : flags.untilDone === true ? "until-done" : "forever";
    const title = await openTitle(context, project);
    const supervise = (report: (event: SupervisorEvent) => void) =>
      composition
        .supervise(project, {
          mode,
          signal,
          report,
          environment: context.host.environment,
          waits: title?.waits,
        })
        .finally(title?.close);
    const openScreen = wantsLines(context, flags) ? undefined : context.host.openScreen;
    const result =
      openScreen === undefined
        ? await supervise((event) => sayEvent(context.messages, event))
        : await (await import("../live/supervise-live.js")).superviseLive(
            context,
            project,
            openScreen,
            signal,
            supervise,
          );
    for (const { ticketId, reason } of result.stuck) context.messages.warn(`${ticketId} is stuck: ${reason}`);
    if (flags.untilDone === true && result.isFinished) {
      context.messages.ok(
        result.stuck.length === 0 ? "All tickets are done" : "Nothing is left that can be done",
      );
    }
    const isStuck = flags.untilDone === true && result.stuck.length > 0;
    const isFailed = flags.once === true && result.failedActions > 0;
    return { data: result, exitCode: isStuck || isFailed ? 1 : 0 };
  },
});

function wantsLines({ options }: Context, { plain, once }: Flags): boolean {
  return plain === true || once === true || options.json || options.quiet || options.verbose;
}
