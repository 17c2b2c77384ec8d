import type { Project } from "@wiggum/control-plane";
import { collectStatus, type ProjectStatus } from "../project-status.js";
import type { Waiting } from "../waiting.js";
import type { EventLine } from "./event-log.js";

/** Everything that the live view of `wiggum run` shows. Data as it was read: whoever shows it escapes it. */
export interface LiveView {
  readonly session: string;
  /** Since the run began. */
  readonly elapsedMs: number;
  readonly maxAgents: number;
  readonly running: number;
  /** It was asked to end. */
  readonly isEnding: boolean;
  /** The keys are explained in place of the events. */
  readonly isHelpShown: boolean;
  /** Keys can be pressed: standard input is a terminal. */
  readonly hasKeys: boolean;
  /** The most pressing first: what `wiggum inbox` lists. */
  readonly waits: readonly Waiting[];
  readonly agents: ProjectStatus["agents"];
  readonly tickets: ProjectStatus["tickets"];
  readonly inWork: readonly TicketInWork[];
  /** Oldest first. */
  readonly events: readonly EventLine[];
}

/** A ticket that was begun and is not at its end. */
export interface TicketInWork {
  readonly id: string;
  readonly state: string;
  readonly title: string;
}

/** What a look at the project gives. */
export interface Looked
  extends Pick<LiveView, "session" | "maxAgents" | "running" | "waits" | "agents" | "tickets" | "inWork"> {
  /** What could not be looked at, and why; a sentence without a full stop. */
  readonly trouble?: string | undefined;
}

/** One look: store, registry and runner. Only reads. @throws what they throw, for example STORE_BUSY */
export async function look(project: Project): Promise<Looked> {
  const [status, inWork] = await Promise.all([collectStatus(project), ticketsInWork(project)]);
  return {
    session: status.session.name,
    running: status.session.running,
    maxAgents: project.settings.maxAgents,
    waits: status.waiting,
    agents: status.agents,
    tickets: status.tickets,
    inWork,
    trouble: status.trouble,
  };
}

async function ticketsInWork(project: Project): Promise<readonly TicketInWork[]> {
  const types = Object.values(project.types.types);
  const begun = types.flatMap(({ states }) => states.slice(1).filter((state) => !state.final));
  const states = [...new Set(begun.map(({ name }) => name))];
  if (states.length === 0) return [];
  const { tickets } = await project.tickets.summaries({ states });
  return tickets.map(({ ticket: { id, state, title } }) => ({ id, state, title }));
}

/** Changes whenever a look would show something else, apart from times; costs far less than a look. */
export async function changeMark(project: Project): Promise<string> {
  const [{ asOf }, agents, messages] = await Promise.all([
    project.tickets.summaries({ ids: [] }),
    project.agents(),
    project.messages.kept(),
  ]);
  return [
    asOf,
    ...messages.map(({ id, status, reason }) => `${id} ${status} ${reason}`),
    ...agents.map(({ facts, state, why }) => `${facts.agentId} ${state} ${why}`),
  ].join("\n");
}
