// `logs --follow`: an agent over its sessions, as `tail -F` follows a name over files.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentStatus, Project } from "@wiggum/control-plane";
import { CommandError } from "./command-error.js";
import { followWithTail } from "./follow-with-tail.js";

/** How often it is looked whether the agent was started again, milliseconds. */
const lookEveryMs = 500;
/** All that a session has printed, as far as anybody reads it. */
const allLines = 1_000_000;

/** What following needs beside the project. */
export interface FollowReader {
  readonly signal: AbortSignal;
  /** Told of the ends of sessions; not part of what the agent printed. */
  readonly say: (text: string) => void;
}

/**
 * The last lines of an agent and what it prints from then on. When its session ends, it is followed into the next one: that which is there already,
 * or while somebody schedules the project that which may come, until the agent is ended for good.
 * @throws RUNNER_UNSUPPORTED its output cannot be followed
 */
export async function* followSessions(
  project: Project,
  agent: AgentStatus,
  lastLines: number,
  { signal, say }: FollowReader,
): AsyncGenerator<string, void, undefined> {
  const { agentId } = agent.facts;
  let current: AgentStatus | undefined = agent;
  let lines = lastLines;
  while (current !== undefined) {
    const { handle } = current;
    const { runner } = project;
    if (handle === undefined || runner.follow === undefined) {
      throw new CommandError("RUNNER_UNSUPPORTED", `The output of ${agentId} cannot be followed`, {
        hint: `'wiggum logs ${agentId}' shows what it has printed so far.`,
        data: { runner: runner.name, method: "follow" },
      });
    }
    const read = () => project.logs(agentId, lines);
    const { tail, parts } = await followWithTail(read, () => runner.follow?.(handle, signal) ?? []);
    yield tail === "" || tail.endsWith("\n") ? tail : `${tail}\n`;
    yield* parts;
    if (signal.aborted) return;
    current = await nextSession(project, current, { signal, say });
    if (current !== undefined)
      say(`${agentId} was started again: session ${current.facts.session?.generation}`);
    lines = allLines;
  }
}

/** The agent in a later session; `undefined` = none will come, or nobody waits for it any more. */
async function nextSession(
  project: Project,
  { facts }: AgentStatus,
  { signal, say }: FollowReader,
): Promise<AgentStatus | undefined> {
  const generation = facts.session?.generation ?? 0;
  for (let look = 0; ; look += 1) {
    // Asked before the agent is looked at: what it started before it ended is then seen for sure.
    const scheduler = await project.scheduler();
    const agent = await project.agent(facts.agentId);
    if (agent === undefined || agent.facts.retiredAt !== undefined) return undefined;
    if ((agent.facts.session?.generation ?? 0) > generation && agent.handle !== undefined) return agent;
    if (scheduler === undefined) return undefined;
    if (look === 0)
      say(`${facts.agentId} has ended; 'wiggum run' may start it again (Ctrl-C: wait no longer)`);
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return undefined;
  }
}
