import type { ListedTicket } from "@wiggum/ticket-backend-files";
import type { BlockedTicket, Reference, TicketSummary, TicketTypes } from "@wiggum/ticket-core";
import { findState, findType } from "@wiggum/ticket-core";
import type { TicketMembers, WaitingTicket } from "./tk-store.js";

/** References of this kind are what tk calls links. */
export const linkKind = "ticket";
/** References of this kind are what tk calls `external-ref`. */
export const externalKind = "external";

/** A ticket of a project as tk lists it. Its status is the state that it is in, in the project's own words. */
export function projectTicket({ ticket }: TicketSummary, types: TicketTypes): ListedTicket {
  const state = findState(findType(types, ticket.type), ticket.state);
  return {
    id: ticket.id,
    status: ticket.state,
    title: ticket.title,
    priority: String(ticket.priority),
    deps: ticket.dependsOn,
    links: targetsOf(ticket.references, linkKind),
    tags: ticket.labels,
    assignee: ticket.assignedAgentId ?? "",
    parent: ticket.parent ?? "",
    isOver: state?.final === true,
    isDelivered: state?.satisfiesDependants === true,
  };
}

/** A ticket that waits, and what for: other tickets, or that a person acts. */
export function waitingTicket({ record, reasons }: BlockedTicket, types: TicketTypes): WaitingTicket {
  const waitsFor = reasons.flatMap((reason) => {
    if (reason.kind === "cycle") return reason.path.slice(1);
    return reason.kind === "action-required" ? ["a person"] : [reason.id];
  });
  return { ticket: projectTicket(record, types), waitsFor: [...new Set(waitsFor)] };
}

/** The ticket under the keys that tk has for it, then the fields of its type as text. */
export function projectMembers(record: TicketSummary): TicketMembers {
  const { ticket } = record;
  const optional = {
    created: ticket.createdAt,
    type: ticket.type,
    priority: String(ticket.priority),
    assignee: ticket.assignedAgentId,
    "external-ref": targetsOf(ticket.references, externalKind)[0],
    parent: ticket.parent,
    tags: ticket.labels.length === 0 ? undefined : ticket.labels,
  };
  const fields = Object.entries(ticket.fields).map(([key, value]) => [key, memberText(value)] as const);
  const own = {
    id: ticket.id,
    status: ticket.state,
    deps: ticket.dependsOn,
    links: targetsOf(ticket.references, linkKind),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
  return Object.assign(Object.create(null), Object.fromEntries(fields), own) as TicketMembers;
}

function memberText(value: unknown): string | readonly string[] {
  if (Array.isArray(value))
    return value.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  return typeof value === "string" ? value : JSON.stringify(value);
}

function targetsOf(references: readonly Reference[], kind: string): readonly string[] {
  return references.filter((reference) => reference.kind === kind).map(({ target }) => target);
}
