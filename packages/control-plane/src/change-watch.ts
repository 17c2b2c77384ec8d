import type { Tickets } from "@wiggum/ticket-core";
import type { AgentFacts, AgentRunner, Clock } from "@wiggum/workflow";
import type { AgentStatus } from "./project-sessions.js";

/** As much of a project as is looked at. */
export interface WatchedProject {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly tickets: Pick<Tickets, "list">;
  readonly registry: { list(): Promise<readonly AgentFacts[]> };
  readonly runner: Pick<AgentRunner, "glance">;
  agents(): Promise<readonly Pick<AgentStatus, "facts" | "state">[]>;
}

export interface ChangeWatch {
  /** The next `hasChanged` compares with how things are now. */
  note(): Promise<void>;
  /** May something that a tick decides from have changed since `note`? */
  hasChanged(): Promise<boolean>;
}

/** After a sign of change every look is a whole one for so long: a screen, for one, is believed only when it has stood still. */
const settleMs = 3_000;

/**
 * Looks that are cheap while nothing happens: the tip of the store, the registry, and the glances of the runner. Only where those say that
 * something may have changed are the agents themselves looked at, which starts programs.
 */
export function createChangeWatch(project: WatchedProject): ChangeWatch {
  const { clock } = project;
  let noted = "";
  let glanced: string | undefined;
  let wholeUntilMs = 0;
  return {
    async note() {
      noted = await fingerprint(project);
    },
    async hasChanged() {
      const glance = await glanceAt(project);
      if (glance === undefined || glance !== glanced) wholeUntilMs = clock.monotonicMs() + settleMs;
      glanced = glance;
      if (clock.monotonicMs() >= wholeUntilMs) return false;
      return (await fingerprint(project)) !== noted;
    },
  };
}

/** Changes whenever something that a tick decides from may have: the tip of the store, and what the agents' sessions are. */
async function fingerprint(project: WatchedProject): Promise<string> {
  const { asOf } = await project.tickets.list({ ids: [] });
  const agents = (await project.agents()).map((agent) => `${agent.facts.agentId} ${agent.state}`);
  return [asOf, ...agents].join("\n");
}

/** `undefined` = somebody cannot be glanced at. */
async function glanceAt({ tickets, registry, runner }: WatchedProject): Promise<string | undefined> {
  const { asOf } = await tickets.list({ ids: [] });
  const parts: string[] = [asOf];
  for (const { agentId, isLive, session } of await registry.list()) {
    const { handle } = session ?? {};
    const isOver = session?.endedAt !== undefined;
    const glance = isOver || handle === undefined ? "" : await runner.glance?.(handle);
    if (glance === undefined) return undefined;
    parts.push(`${agentId} ${isLive} ${session?.generation} ${isOver} ${glance}`);
  }
  return parts.join("\n");
}
