import type { TicketState, TicketTransition, TicketType, TicketTypes } from "@wiggum/ticket-core";

/** The statuses of tk, which are the states of its tickets. No other one is ever written. */
export const ticketsDirStates = ["open", "in_progress", "closed"] as const;

/** One of them. */
export type TicketsDirState = (typeof ticketsDirStates)[number];

/** The verb of the edge to each: what tk calls the command. */
const verbs = { open: "reopen", in_progress: "start", closed: "close" } as const;

const states: readonly TicketState[] = ticketsDirStates.map((name) => ({
  name,
  final: name === "closed",
  satisfiesDependants: name === "closed",
  claimable: name === "open",
  roles: [],
}));

const bare = { guards: [], before: [], after: [] } as const;

const anyToAny = ticketsDirStates.flatMap((from) =>
  ticketsDirStates
    .filter((to) => to !== from)
    .map((to): TicketTransition => ({ ...bare, from, to, name: verbs[to], effects: [] })),
);

/** Behind the bare edges: whoever only moves a ticket goes by the first edge between two states, and claims nothing. */
const transitions: readonly TicketTransition[] = [
  ...anyToAny,
  { ...bare, from: "open", to: "in_progress", name: "claim", effects: ["claim"] },
];

/** A type of tickets in a folder of tk: open, in_progress, closed, and any may follow any. A claim takes an open one to `in_progress`. */
export function ticketsDirType(name: string): TicketType {
  return { name, initial: "open", states, transitions, fields: [] };
}

/** The types that tk offers. It takes any other word, too: such a ticket is read, listed and changed, only not moved or created by this package. */
export const ticketsDirTypes: TicketTypes = {
  defaultType: "task",
  types: Object.fromEntries(
    ["bug", "feature", "task", "epic", "chore"].map((name) => [name, ticketsDirType(name)]),
  ),
};
