import type { AgentStatus, Project } from "@wiggum/control-plane";
import { requireRegistered } from "../agents.js";
import { isAtWork } from "../at-work.js";
import { defineCommand } from "../command.js";
import { CommandError } from "../command-error.js";
import type { Context } from "../context.js";
import { inPaneOf, withoutPanes } from "../pane-agents.js";
import { agentArgument } from "../parameters.js";

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
    throw new CommandError("RUNNER_FAILED", `tmux could not show the session (exit ${exitCode})`, {
      hint: "'wiggum attach --json' prints the command to try by hand.",
      data: { command, exitCode },
    });
  },
});

async function sessionCommand(context: Context, project: Project): Promise<readonly string[]> {
  const wanted = context.options.session;
  const session = await project.panes?.session();
  const isMeant = session !== undefined && (wanted === undefined || isCalled(session.name, wanted));
  const command = isMeant ? await project.panes?.attachSession() : undefined;
  if (command !== undefined) return command;
  const agents = await project.agents();
  const working = agents.filter(isAtWork);
  const hasPane = ({ handle }: AgentStatus) =>
    project.panes !== undefined && typeof handle?.data["paneId"] === "string";
  if (wanted === undefined && working.length > 0 && !working.some(hasPane)) {
    throw new CommandError("RUNNER_UNSUPPORTED", "The agents run without panes: nothing can be attached", {
      hint: `'wiggum logs <agent> --follow' shows them. ${(await withoutPanes(project)) ?? "WIGGUM_RUNNER=tmux starts the next ones in panes."}`,
      data: { runner: project.runner.name, method: "attach" },
    });
  }
  const name = wanted ?? project.settings.session;
  const none = agents.some(hasPane)
    ? "Its tmux server has ended, and the agents with it; their work is kept: 'wiggum run' goes on with it."
    : ((await withoutPanes(project)) ??
      "Start an agent in a pane: wiggum spawn worker <ticket> --runner tmux");
  throw new CommandError("NO_SESSION", `Session '${name}' not found`, {
    hint: session === undefined ? none : `It is called '${session.name}': wiggum attach`,
    data: { session: name },
  });
}

/** tmux does not take every name: a session's is like the wanted one, apart from what it does not take. */
function isCalled(name: string, wanted: string): boolean {
  return name === wanted || name === wanted.replace(/[^\p{L}\p{N}_-]/gu, "_");
}

async function agentCommand(context: Context, project: Project, typed: string): Promise<readonly string[]> {
  const agent = await requireRegistered(project, typed);
  if (context.options.session !== undefined) await sessionCommand(context, project);
  return inPaneOf(project, agent, "attach", (handle) => project.runner.attach?.(handle));
}
