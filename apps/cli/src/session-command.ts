import type { AgentStatus, Project } from "@wiggum/control-plane";
import { isAtWork } from "./at-work.js";
import { CommandError } from "./command-error.js";
import type { Context } from "./context.js";
import { failedWith } from "./failure.js";
import { withoutPanes } from "./pane-agents.js";

/**
 * Program and arguments that show the project's panes on this terminal. @throws NO_SESSION there is none of that name, with what was found out
 * about it RUNNER_UNSUPPORTED agents are at work, all without panes
 */
export async function sessionCommand(context: Context, project: Project): Promise<readonly string[]> {
  const wanted = context.options.session;
  const session = await project.panes?.session();
  const isMeant = session !== undefined && (wanted === undefined || isCalled(session.name, wanted));
  const command = isMeant ? await project.panes?.attachSession() : undefined;
  if (command !== undefined) return command;
  const name = wanted ?? project.settings.session;
  const noSession = (hint: string) =>
    new CommandError("NO_SESSION", `Session '${name}' not found`, { hint, data: { session: name } });
  if (session !== undefined) throw noSession(`It is called '${session.name}': wiggum attach`);
  const reason = await withoutPanes(project);
  const agents = await project.agents();
  const working = agents.filter(isAtWork);
  const hadPane = ({ handle }: AgentStatus) =>
    project.panes !== undefined && typeof handle?.data["paneId"] === "string";
  if (!working.some(hadPane)) {
    if (wanted === undefined && working.length > 0) throw noneInPanes(project, reason);
    if (!agents.some(hadPane))
      throw noSession(reason ?? "Start an agent in a pane: wiggum spawn worker <ticket> --runner tmux");
    const ended = "Its panes are gone, and the agents with them; their work is kept";
    throw noSession(reason ?? `${ended}: 'wiggum run' goes on with it.`);
  }
  if (reason !== undefined) throw noSession(reason);
  // A session is known by the place of its project; its agents are known wherever that has moved to.
  const found = wanted === undefined ? await paneOfAny(project, working.filter(hadPane)) : undefined;
  if (found !== undefined) return found;
  const [first] = working;
  throw noSession(
    wanted === undefined
      ? `The panes are gone, and ${working.length === 1 ? "an agent goes" : `${working.length} agents go`} on without: wiggum logs ${first?.facts.agentId} --follow`
      : "Without --session it is looked for by what runs in it: wiggum attach",
  );
}

/** tmux does not take every name: a session's is like the wanted one, apart from what it does not take. */
function isCalled(name: string, wanted: string): boolean {
  return name === wanted || name === wanted.replace(/[^\p{L}\p{N}_-]/gu, "_");
}

function noneInPanes(project: Project, reason: string | undefined): CommandError {
  return new CommandError("RUNNER_UNSUPPORTED", "The agents run without panes: nothing can be attached", {
    hint: `'wiggum logs <agent> --follow' shows them. ${reason ?? "WIGGUM_RUNNER=tmux starts the next ones in panes."}`,
    data: { runner: project.runner.name, method: "attach" },
  });
}

async function paneOfAny(
  project: Project,
  agents: readonly AgentStatus[],
): Promise<readonly string[] | undefined> {
  for (const { handle } of agents) {
    try {
      const command = handle === undefined ? undefined : await project.runner.attach?.(handle);
      if (command !== undefined) return command;
    } catch (error) {
      // That one's pane was closed.
      if (!failedWith(error, "RUNNER_FAILED")) throw error;
    }
  }
  return undefined;
}
