import {
  builtinTypes,
  findState,
  findType,
  type TicketState,
  type TicketTransition,
  type TicketType,
  type TicketTypes,
} from "@wiggum/ticket-core";

/** The three folders below the root; each is a status, and there is no fourth. */
export const workItemStatuses = ["open", "pending", "closed"] as const;

/** A status that a work item may be given. */
export type WorkItemStatus = (typeof workItemStatuses)[number];

/** Is this one of the three? */
export function isWorkItemStatus(text: string): text is WorkItemStatus {
  return (workItemStatuses as readonly string[]).includes(text);
}

function state(name: WorkItemStatus, extra: Partial<TicketState> = {}): TicketState {
  return { name, final: false, satisfiesDependants: false, claimable: false, roles: [], ...extra };
}

function edge(
  from: WorkItemStatus,
  to: WorkItemStatus,
  name?: string,
  effects: TicketTransition["effects"] = [],
): TicketTransition {
  return { from, to, ...(name && { name }), effects, guards: [], before: [], after: [] };
}

/**
 * The type of a work item that names none: its three statuses, any to any. It is claimed where it is, since there is no status for work that has
 * begun: an open item with an assignee is held.
 */
export const workItemType: TicketType = {
  name: "work-item",
  initial: "open",
  states: [
    state("open", { claimable: true, roles: ["worker"] }),
    state("pending"),
    state("closed", { final: true, satisfiesDependants: true }),
  ],
  transitions: [
    ...workItemStatuses.flatMap((from) =>
      workItemStatuses
        .filter((to) => to !== from)
        .map((to) => edge(from, to, to === "closed" ? "close" : from === "closed" ? "reopen" : undefined)),
    ),
    edge("open", "open", "claim", ["claim"]),
  ],
  fields: [
    { name: "slug", kind: "string", required: false, description: "The short name" },
    { name: "kind", kind: "string", required: false, description: "Any word: task, bug, …" },
    { name: "legacy_ticket", kind: "string", required: false, description: "Where it came from" },
  ],
};

/** The built-in types and `work-item`, which is the default. */
export const workItemTypes: TicketTypes = {
  defaultType: workItemType.name,
  types: { ...builtinTypes.types, [workItemType.name]: workItemType },
};

/** The folder for a ticket in this state: `closed` when it is over, `pending` while nobody works on it or may take it, else `open`. */
export function statusOf(types: TicketTypes, type: string, stateName: string): WorkItemStatus {
  if (type === workItemType.name && isWorkItemStatus(stateName)) return stateName;
  const found = findState(findType(types, type), stateName);
  if (found === undefined) return "open";
  if (found.final) return "closed";
  return found.claimable || found.roles.length > 0 ? "open" : "pending";
}

/**
 * The state of a ticket of another type, which is kept beside the status. Where somebody moved the item since, from or to `closed`, the folder is
 * right: the ticket is over, or begins again.
 */
export function stateIn(types: TicketTypes, type: string, kept: string, status: WorkItemStatus): string {
  const isOver = statusOf(types, type, kept) === "closed";
  if (isOver === (status === "closed")) return kept;
  const known = findType(types, type);
  if (known === undefined) return kept;
  if (status !== "closed") return known.initial;
  const finals = known.states.filter(({ final }) => final);
  // Who closes an item in that format says that it is done: there is no other word for it.
  return (finals.find(({ satisfiesDependants }) => satisfiesDependants) ?? finals[0])?.name ?? kept;
}
