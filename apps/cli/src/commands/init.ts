import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import { confirmUpgrade, planText, sayParts } from "../init-words.js";
import { lineFlag, switchFlag } from "../parameters.js";

interface Flags {
  readonly agent?: string;
  readonly share?: boolean;
  readonly upstream?: string;
  readonly upgrade?: boolean;
  readonly dryRun?: boolean;
}

export default defineCommand({
  examples: [
    "wiggum init",
    "wiggum init --agent codex",
    "wiggum init --share",
    "wiggum init --upstream origin",
    "wiggum init --dry-run",
  ],
  details: [
    "Makes the project folder with settings, ticket types, hooks, prompts and an empty ticket store at the top of the git repository that you stand in. A part that is there already stays as it is; a second run changes nothing.",
    "A new store begins with the tickets of the upstream: of --upstream, of the settings, or of the remote that has a branch wiggum/tickets ('wiggum help remotes').",
    "Nothing is committed and no agent is started. With --share only the data is ignored by git, so that a team can commit the rest.",
    "A project of the original shell version is upgraded in place: the plan is shown first, and asked about on a terminal; elsewhere --upgrade says yes. Tickets, edits and commits that nobody pushed, branches and worktrees stay; what changes is kept as it was in .wiggum/before-adoption, with the way back.",
  ],
  parameters: {
    flags: {
      agent: lineFlag(
        "agent",
        "COMMAND",
        "Command that starts an agent (default: the first that is found of claude, codex, opencode)",
      ),
      share: switchFlag("Let git ignore only the data, not settings, hooks and prompts"),
      upstream: lineFlag(
        "upstream",
        "URL",
        "Where tickets of several hosts meet: an address, a path or a remote of the code, such as origin",
      ),
      upgrade: switchFlag("Upgrade a project of the shell version without asking"),
      dryRun: switchFlag("Print what would be done, do nothing"),
    },
  },
  async run(context: Context, { upgrade, dryRun, ...flags }: Flags) {
    const { messages, host } = context;
    const plan = await host.composition.planInit(flags, host);
    if (dryRun === true) return { data: { plan }, text: planText(plan) };
    const isUpgrade = await confirmUpgrade(context, plan, upgrade === true);
    const report = await host.composition.initProject({ ...flags, isUpgrade }, host);
    sayParts(messages, report);
    messages.ok("wiggum initialized");
    messages.plain("");
    messages.plain("Next steps:");
    messages.plain('  wiggum start "Your first task"');
    messages.plain("  wiggum status");
    messages.plain("  wiggum run --until-done");
    return { data: report };
  },
});
