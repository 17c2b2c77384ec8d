import type { Project } from "@wiggum/control-plane";
import type { ProjectStatus } from "./project-status.js";
import { type Waiting, waitingText } from "./waiting.js";

/** The command that makes most sense now. JSON-safe. */
export interface NextStep {
  readonly command: string;
  /** One sentence, without a full stop. */
  readonly why: string;
}

export interface Situation {
  readonly status: ProjectStatus;
  /** The agent that asks; absent = a person. */
  readonly caller?: Project["caller"]["agent"];
}

/** What can wait until nothing else is to be done. */
const patient: readonly Waiting["kind"][] = ["merge", "salvage"];

/** Chosen by what stands still without it: people's answers first, then agents, then what tidies up. */
export function nextStep({ status, caller }: Situation): NextStep {
  if (caller !== undefined) {
    const { agentId, ticketId } = caller;
    return ticketId === undefined
      ? { command: "wiggum ticket ready", why: `You are ${agentId}, without a ticket` }
      : { command: `wiggum ticket show ${ticketId}`, why: `You are ${agentId}, and this is your ticket` };
  }
  const { ready, session, agents, tickets, unmerged, waiting, begun } = status;
  const isSupervised = status.supervisor !== null;
  const pressing = waiting.filter(({ kind }) => !patient.includes(kind));
  const [first] = pressing;
  if (pressing.length > 1) return { command: "wiggum inbox", why: `${pressing.length} matters wait for you` };
  if (first !== undefined) return { command: first.commands[0], why: waitingText(first) };
  if (ready.length > 0 && !isSupervised) {
    const count = ready.length === 1 ? "1 ticket is ready" : `${ready.length} tickets are ready`;
    return { command: "wiggum run", why: `${count}, and nobody starts agents for them` };
  }
  const unattended = unattendedWork(status);
  if (unattended !== undefined) return unattended;
  const merge = waiting.find(({ kind }) => kind === "merge");
  if (merge !== undefined && unmerged.length === 1)
    return { command: merge.commands[0], why: waitingText(merge) };
  if (merge !== undefined)
    return { command: "wiggum inbox", why: `${unmerged.length} tickets are to be merged` };
  if (session.running > 0) {
    const command = session.tmux === null ? `wiggum logs ${busiest(agents)} --follow` : "wiggum attach";
    return { command, why: session.running === 1 ? "1 agent runs" : `${session.running} agents run` };
  }
  // Its agents have just ended, or it is about to start them: something is left to do, but not for a person.
  if (isSupervised && ready.length + begun > 0)
    return {
      command: "wiggum status --verbose",
      why: "'wiggum run' is at work, and no agent runs at the moment",
    };
  if (tickets.some(({ blocked }) => blocked > 0))
    return { command: "wiggum ticket blocked", why: "No ticket can be worked on as things are" };
  if (waiting.length > 0) return { command: "wiggum inbox", why: "Salvaged work waits for a decision" };
  return tickets.every(({ count }) => count === 0)
    ? { command: 'wiggum start "<title>"', why: "There are no tickets yet" }
    : { command: "wiggum report", why: "Nothing is left to do" };
}

/** Work that was begun and that no agent goes on with: one was lost, ended too early, or was put away. Nobody is asked anything, and nothing goes on. */
export function unattendedWork({ begun, session, supervisor }: ProjectStatus): NextStep | undefined {
  // Each of them wants an agent in every state that it goes through.
  if (begun <= session.running || supervisor !== null) return undefined;
  const count = begun === 1 ? "1 ticket was begun" : `${begun} tickets were begun`;
  const running =
    ["no agent runs", "only 1 agent runs"][session.running] ?? `only ${session.running} agents run`;
  return { command: "wiggum run", why: `${count}, and ${running}` };
}

function busiest(agents: ProjectStatus["agents"]): string {
  const running = agents.filter(({ state }) => state !== "exited" && state !== "lost");
  return (running[0] ?? agents[0])?.agentId ?? "<agent>";
}
