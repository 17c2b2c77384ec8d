import { defineCommand } from "../command.js";
import { lineFlag, switchFlag } from "../parameters.js";

interface Flags {
  readonly agent?: string;
  readonly share?: boolean;
}

export default defineCommand({
  examples: ["wiggum init", "wiggum init --agent codex", "wiggum init --share"],
  details: [
    "Makes the project folder with settings, ticket types, hooks, prompts and an empty ticket store at the top of the git repository that you stand in. A part that is there already stays as it is; a second run changes nothing.",
    "Nothing is committed and no agent is started. With --share only the data is ignored by git, so that a team can commit the rest.",
  ],
  parameters: {
    flags: {
      agent: lineFlag("agent", "COMMAND", "Command that starts an agent; default: what is found of claude, codex, opencode"),
      share: switchFlag("Let git ignore only the data, not settings, hooks and prompts"),
    },
  },
  async run(context, flags: Flags) {
    const { messages, host, options } = context;
    const report = await host.composition.initProject({ agent: flags.agent, share: flags.share === true }, options, host);
    messages.info(report.isNew ? "Creating wiggum directory structure..." : "wiggum directory already exists");
    for (const part of report.done) messages.ok(part);
    for (const warning of report.warnings) messages.warn(warning);
    messages.ok("wiggum initialized");
    messages.plain("");
    messages.plain("Next steps:");
    messages.plain('  wiggum start "Your first task"');
    messages.plain("  wiggum status");
    messages.plain("  wiggum run --until-done");
    return { data: report };
  },
});
