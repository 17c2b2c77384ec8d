import { existsSync } from "node:fs";
import type { AgentStatus } from "@wiggum/control-plane";
import { isAtWork } from "./at-work.js";
import type { Context } from "./context.js";

/** That an agent's folder is not there, in words, and what to type. */
export interface GoneWorktree {
  /** In the middle of a sentence. */
  readonly why: string;
  /** One sentence, without a full stop. */
  readonly what: string;
  readonly commands: readonly [string, ...string[]];
}

/** An agent's worktree that somebody removed by hand: nothing of its session says so, and its ticket looks as if it were worked on. */
export function goneWorktree(agent: AgentStatus): GoneWorktree | undefined {
  const { agentId, role, worktree } = agent.facts;
  if (worktree === undefined || existsSync(worktree)) return undefined;
  const lost = isAtWork(agent) ? ", and its session still runs: what it writes now is lost" : "";
  const again = agent.ticketId === undefined ? [] : [`wiggum spawn ${role} ${agent.ticketId}`];
  return {
    why: `its worktree is gone${lost}`,
    what: `Its worktree ${worktree} is gone${lost}`,
    commands: [`wiggum kill ${agentId}`, ...again],
  };
}

/** Said by commands that let agents go on. */
export function warnOfGoneWorktrees(
  { messages }: Pick<Context, "messages">,
  agents: readonly AgentStatus[],
): void {
  for (const agent of agents) {
    const gone = goneWorktree(agent);
    if (gone !== undefined)
      messages.warn(`${agent.facts.agentId}: ${gone.what}; next: ${gone.commands.join(", then ")}`);
  }
}
