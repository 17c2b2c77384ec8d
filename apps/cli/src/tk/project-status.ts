import {
  findState,
  type Ticket,
  type TicketType,
  type TicketTypes,
  transitionNamed,
} from "@wiggum/ticket-core";
import { tkError } from "./tk-failure.js";

/** The words of tk, and the verb by which ticket types name the edge to what they mean. */
const verbs: Readonly<Record<string, string>> = { open: "reopen", closed: "close" };

/** What a state of a project is in the words of tk. */
export function stageOf(type: TicketType | undefined, state: string): "open" | "in_progress" | "closed" {
  const found = findState(type, state);
  if (found?.final === true) return "closed";
  return state === type?.initial || found?.claimable === true ? "open" : "in_progress";
}

/** Refuses what is neither a word of tk nor a state of any type. @throws TkFailure */
export function checkProjectStatus(types: TicketTypes, status: string): void {
  const states = new Set(Object.values(types.types).flatMap((type) => type.states.map(({ name }) => name)));
  if (["open", "in_progress", "closed"].includes(status) || states.has(status)) return;
  throw tkError(
    `invalid status '${status}'. Must be one of: open in_progress closed`,
    `or a state of this project: ${[...states].join(" ")}`,
  );
}

/**
 * The state that a word of tk leads to from where the ticket is, or undefined where it is there already.
 * @throws TkFailure where the ticket's type has no such way
 */
export function targetState(type: TicketType, ticket: Ticket, status: string): string | undefined {
  const { id, state } = ticket;
  const isWord = status === "open" || status === "in_progress" || status === "closed";
  if (state === status || (isWord && stageOf(type, state) === status)) return undefined;
  const verb = verbs[status];
  const named = verb === undefined ? undefined : transitionNamed(type, state, verb);
  if (named !== undefined) return named.to;
  const leaving = type.transitions.filter(({ from }) => from === state);
  if (status === "in_progress") {
    const target =
      leaving.find(({ effects }) => effects.includes("claim")) ?? leaving.find(({ to }) => to === status);
    if (target !== undefined) return target.to;
  } else if (verb === undefined || findState(type, status) === undefined) {
    // A state of the project itself: whether an edge leads there is for the project to say.
    if (!isWord) return status;
  }
  const ways = leaving.map(({ to, name }) => (name === undefined ? to : `${to} (${name})`));
  throw tkError(
    `${id} is in state '${state}', and its type '${type.name}' has no way from there to '${status}'`,
    ways.length === 0 ? "No transition leaves that state." : `From there it can go to: ${ways.join(", ")}`,
  );
}
