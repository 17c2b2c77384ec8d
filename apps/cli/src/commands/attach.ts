import type { Project } from "@wiggum/control-plane";
import { requireRegistered } from "../agents.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { inPaneOf } from "../pane-agents.js";
import { agentArgument } from "../parameters.js";
import { sessionCommand } from "../session-command.js";

export default defineCommand({
  examples: ["wiggum attach", "wiggum attach worker-0", "wiggum attach --json"],
  details: [
    "Shows the panes of this project's agents on your terminal, with that of <agent> in front. 'C-b d' takes you back; agents go on. Within another tmux the inner prefix is F12 (F12 d).",
    "Exit 3 when there is no session of that name, 1 when the agents run without panes. --json prints the command that would be run, and runs nothing.",
  ],
  parameters: {
    flags: {},
    positional: { kind: "tuple", parameters: [{ ...agentArgument, optional: true }] },
  },
  async run(context: Context, _flags: object, typed?: string) {
    const project = await context.project();
    const command =
      typed === undefined
        ? await sessionCommand(context, project)
        : await agentCommand(context, project, typed);
    if (context.options.json) return { data: { command } };
    const { stdinIsTerminal, stdout } = context.host;
    if (!stdinIsTerminal || !stdout.isTerminal) {
      throw new CommandError("NO_TERMINAL", "There is no terminal here that could show the panes", {
        hint: "Type it in a terminal, or read what an agent printed: wiggum logs <agent>",
      });
    }
    const exitCode = await context.host.runOnTerminal(command);
    if (exitCode === 0) return { data: { command } };
    throw new CommandError("RUNNER_FAILED", `The session could not be shown (exit ${exitCode})`, {
      hint: "'wiggum attach --json' prints the command to try by hand.",
      data: { command, exitCode },
    });
  },
});

async function agentCommand(context: Context, project: Project, typed: string): Promise<readonly string[]> {
  const agent = await requireRegistered(project, typed);
  if (context.options.session !== undefined) await sessionCommand(context, project);
  return inPaneOf(project, agent, "attach", (handle) => project.runner.attach?.(handle));
}
