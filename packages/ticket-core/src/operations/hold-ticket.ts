// Who works on a ticket: claim, take-over, release, assignment.
import { isTicketError, TicketError } from "../errors.js";
import {
  claimTransition,
  findState,
  isFinal,
  isGuarded,
  isHeldInPlace,
  transitionRefused,
  typeNamed,
} from "../legality.js";
import { printable } from "../printable.js";
import type { Ticket, TicketRecord } from "../ticket.js";
import {
  assignTicket,
  followTransition,
  releaseTicket,
  takeOverTicket,
  unassignTicket,
} from "../ticket-changes.js";
import type { TicketTransition } from "../ticket-type.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { checkWorkable } from "./check-workable.js";
import { moveRefused, transitionSubject } from "./move-ticket.js";
import { isSameUnit, type Rewrite, refuseGuardedEdge, rewriteNamed } from "./rewrite-ticket.js";

export interface ClaimContext extends WriteContext {
  readonly unguarded?: boolean | undefined;
}

export function claimTicket(
  ports: TicketsPorts,
  id: string,
  agentId: string,
  context: ClaimContext,
): Promise<TicketRecord> {
  return takeHold(ports, id, context, {
    subject: (base, next) =>
      base.state === next.state ? `Claim ${base.id}: ${agentId}` : transitionSubject(base, next),
    reapply: "never",
    change: async ({ ticket }, at) => {
      const edge = await claimEdge(ports, ticket, agentId);
      refuseGuardedEdge(ticket, edge, context, isGuarded);
      const requires = await checkWorkable(ports, ticket, context);
      return { next: followTransition(ticket, edge, at, agentId), requires };
    },
  });
}

/** The edge by which this ticket can be claimed. @throws TICKET_HELD TRANSITION_NOT_ALLOWED */
async function claimEdge(ports: TicketsPorts, ticket: Ticket, agentId: string): Promise<TicketTransition> {
  const type = typeNamed(ports.types, ticket.type);
  const edge = claimTransition(type, ticket.state);
  if (isHeldInPlace(ports.types, ticket)) throw heldBy(ticket);
  if (edge !== undefined && findState(type, ticket.state)?.claimable) return edge;
  const holder = ticket.assignedAgentId;
  const isOver = isFinal(ports.types, ticket);
  if (holder !== undefined && holder !== agentId && !isOver) throw heldBy(ticket);
  const to = type.transitions.find(({ effects }) => effects.includes("claim"))?.to ?? type.initial;
  throw await moveRefused(ports, ticket, to);
}

export function takeOver(
  ports: TicketsPorts,
  id: string,
  agentId: string,
  context: WriteContext,
): Promise<TicketRecord> {
  return takeHold(ports, id, context, {
    subject: (base) => `Take over ${base.id}: ${base.assignedAgentId ?? "nobody"} → ${agentId}`,
    reapply: "never",
    change: ({ ticket }, at) => {
      refuseWhenOver(ports, ticket, context);
      return { next: takeOverTicket(ticket, agentId, at) };
    },
  });
}

export function release(ports: TicketsPorts, id: string, context: WriteContext): Promise<TicketRecord> {
  return hold(ports, id, context, {
    subject: (base) => `Release ticket: ${base.id}`,
    reapply: "unit",
    override: context.override ?? "release",
    change: ({ ticket }) => {
      const type = typeNamed(ports.types, ticket.type);
      refuseWhenOver(ports, ticket, context);
      return { next: releaseTicket(ticket, type) };
    },
  });
}

export function assign(
  ports: TicketsPorts,
  id: string,
  agentId: string,
  context: WriteContext,
): Promise<TicketRecord> {
  return hold(ports, id, context, {
    subject: (base) => `Assign ${agentId} to ${base.id}`,
    reapply: "unit",
    change: ({ ticket }, at) => ({ next: assignTicket(ticket, agentId, at) }),
  });
}

export function unassign(ports: TicketsPorts, id: string, context: WriteContext): Promise<TicketRecord> {
  return hold(ports, id, context, {
    subject: (base) => `Unassign ${base.id}`,
    reapply: "unit",
    change: ({ ticket }) => ({ next: unassignTicket(ticket) }),
  });
}

function hold(
  ports: TicketsPorts,
  text: string,
  context: WriteContext,
  rewrite: Rewrite,
): Promise<TicketRecord> {
  return rewriteNamed(ports, text, context, () => rewrite);
}

/** As `hold`; whoever comes second is told who holds the ticket now. */
async function takeHold(
  ports: TicketsPorts,
  text: string,
  context: WriteContext,
  rewrite: Rewrite,
): Promise<TicketRecord> {
  let first: Ticket | undefined;
  const change: Rewrite["change"] = (record, at) => {
    first ??= record.ticket;
    return rewrite.change(record, at);
  };
  try {
    return await hold(ports, text, context, { ...rewrite, change });
  } catch (error) {
    if (!isTicketError(error, "TICKET_CONFLICT") || error.data.id !== first?.id) throw error;
    const current = error.data.current?.ticket;
    const isTaken = current?.assignedAgentId !== undefined && !isSameUnit(first, current);
    throw isTaken ? heldBy(current) : error;
  }
}

function heldBy(ticket: Ticket): TicketError {
  const { id, state, assignedAgentId: holder, assignedAt: since } = ticket;
  const moment = since === undefined ? "" : ` since ${printable(since)}`;
  return new TicketError(
    "TICKET_HELD",
    `${id} is held by ${printable(holder ?? "nobody")}${moment} (${printable(state)})`,
    { id, holder, since, state },
    { hint: "Take another ticket, or have this one released." },
  );
}

function refuseWhenOver({ types }: TicketsPorts, ticket: Ticket, context: WriteContext): void {
  if (!isFinal(types, ticket) || context.override !== undefined) return;
  const type = typeNamed(types, ticket.type);
  throw transitionRefused(ticket, type.initial, type);
}
