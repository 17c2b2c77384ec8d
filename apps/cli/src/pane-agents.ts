import type { AgentStatus, Project } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import { failedWith } from "./failure.js";

/** Does something in the pane of an agent, and tells why that cannot be done with what to type instead. */
export async function inPaneOf<Result>(
  project: Project,
  agent: AgentStatus,
  method: "attach" | "keys",
  work: (handle: NonNullable<AgentStatus["handle"]>) => Promise<Result> | undefined,
): Promise<Result> {
  const { runner } = project;
  const { agentId } = agent.facts;
  const { handle } = agent;
  try {
    const done = handle === undefined ? undefined : work(handle);
    if (done !== undefined) return await done;
  } catch (error) {
    if (failedWith(error, "RUNNER_FAILED") && hasEnded(agent)) {
      throw new CommandError("RUNNER_FAILED", error.message, {
        hint: endedHint(agent),
        data: { ...error.data },
        cause: error,
      });
    }
    if (!failedWith(error, "RUNNER_UNSUPPORTED")) throw error;
  }
  const what = method === "keys" ? " that keys could be sent to" : "";
  throw new CommandError("RUNNER_UNSUPPORTED", `${agentId} has no pane${what}`, {
    hint: hasEnded(agent)
      ? endedHint(agent)
      : `${insteadOf(method, agentId)} ${(await withoutPanes(project)) ?? anewHint(agent)}`,
    data: { runner: handle?.runner ?? runner.name, method },
  });
}

/** Whether it was seen to have ended. */
export function hasEnded({ state }: AgentStatus): boolean {
  return state === "exited" || state === "lost";
}

/** What there is to do with an agent that has ended. */
export function endedHint(agent: AgentStatus): string {
  const { agentId } = agent.facts;
  return `'wiggum logs ${agentId}' shows what it printed; '${spawnCommand(agent)}' starts one that goes on.`;
}

function insteadOf(method: "attach" | "keys", agentId: string): string {
  return method === "keys"
    ? `Send it a message: wiggum ping ${agentId} <message>.`
    : `'wiggum logs ${agentId} --follow' shows what it prints.`;
}

function anewHint(agent: AgentStatus): string {
  return `To have it in a pane: wiggum kill ${agent.facts.agentId}, then ${spawnCommand(agent)} --runner tmux`;
}

function spawnCommand({ facts, ticketId }: AgentStatus): string {
  return ["wiggum spawn", facts.role, ...(ticketId === undefined ? [] : [ticketId])].join(" ");
}

/** Where there is no tmux, no command puts an agent into a pane. */
export async function withoutPanes(project: Project): Promise<string | undefined> {
  const reason = await project.panes?.whyNone?.();
  if (reason === undefined) return undefined;
  return `${reason}: install it to have agents in panes; without it 'wiggum logs <agent> --follow' shows what one prints.`;
}
