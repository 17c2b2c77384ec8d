import type { InitReport } from "@wiggum/control-plane";
import { defineCommand } from "../command.js";
import type { Context } from "../context.js";
import type { Messages } from "../messages.js";
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
      agent: lineFlag(
        "agent",
        "COMMAND",
        "Command that starts an agent (default: the first that is found of claude, codex, opencode)",
      ),
      share: switchFlag("Let git ignore only the data, not settings, hooks and prompts"),
    },
  },
  async run(context: Context, flags: Flags) {
    const { messages, host } = context;
    const report = await host.composition.initProject(flags, host);
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

function sayParts(messages: Messages, { kind, parts, agent, profile }: InitReport): void {
  if (kind === "existing") messages.info("wiggum directory already exists");
  else messages.info("Creating wiggum directory structure...");
  if (kind === "adopted")
    messages.info("This was a project of the shell version; its files stay where they were");
  for (const { path, outcome, detail } of parts) {
    const told = detail === undefined ? path : `${path} (${detail})`;
    if (outcome === "kept") messages.debug(`Kept ${told}`);
    else messages.ok(`${outcome === "created" ? "Created" : "Changed"} ${told}`);
  }
  const known = `profile ${profile.name}${profile.verified.length === 0 ? ", not verified" : `, verified with ${profile.verified.join(", ")}`}`;
  if (agent.isOnPath) messages.info(`Agent command: ${agent.command} (${known})`);
  else
    messages.warn(
      `Agent command: ${agent.command}, which cannot be started here: install it, or ${otherAgent(agent)}`,
    );
}

function otherAgent({ source }: InitReport["agent"]): string {
  return source === "environment"
    ? "correct WIGGUM_AGENT_CMD in the environment"
    : "name another one with 'wiggum init --agent COMMAND'";
}
