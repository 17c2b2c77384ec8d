import type { Judge, Verdict } from "./backend.js";
import { TicketError } from "./errors.js";
import { faultyValue, ticketFaults } from "./faults.js";
import { findType, transitionBetween, transitionRefused } from "./legality.js";
import type { Ticket } from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";

const immutableFields = ["id", "type", "createdAt", "createdBy"] as const;

/**
 * Makes the one judge of legality: may `next` follow `base`? Pure; every backend asks it before it stores anything, and again about what
 * somebody pushed past it.
 *
 * A write is held to what it changes: a fault that `base` has already (a state that the types no longer know, say) refuses only writes that
 * touch that field, so that such a ticket can still be commented on and mended. `override` skips the edge check and nothing else.
 */
export function createJudge(types: TicketTypes): Judge {
  const judge: Judge = (base, next, { override }) => {
    // Deletion needs id and revision, which the backend compares; no rule of the type speaks about it.
    if (next === undefined) return { legal: true };
    const error =
      base === undefined ? refusalOfNew(next, types, override) : refusalOfChange(base, next, types, override);
    return verdict(error);
  };
  return Object.assign(judge, { types });
}

function verdict(error: TicketError | undefined): Verdict {
  return error === undefined ? { legal: true } : { legal: false, error };
}

function refusalOfNew(
  next: Ticket,
  types: TicketTypes,
  override: string | undefined,
): TicketError | undefined {
  const fault = ticketFaults(next, types)[0];
  if (fault !== undefined) return fault.error;
  if (override !== undefined) return undefined;
  const initial = findType(types, next.type)?.initial;
  if (next.state !== initial) return invalid(next, "state", `a new ${next.type} starts in '${initial}'`);
  if (next.leaseEpoch !== 0)
    return invalid(next, "leaseEpoch", "a new ticket has had no claim: it starts at 0");
  return undefined;
}

function refusalOfChange(
  base: Ticket,
  next: Ticket,
  types: TicketTypes,
  override: string | undefined,
): TicketError | undefined {
  for (const field of immutableFields) {
    if (base[field] !== next[field]) return invalid(base, field, `${field} never changes after create`);
  }
  const fault = ticketFaults(next, types).find(({ field }) => !isSame(base, next, field));
  if (fault !== undefined) return fault.error;
  const type = findType(types, base.type);
  const edge = transitionBetween(type, base.state, next.state);
  if (base.state !== next.state && edge === undefined && override === undefined) {
    return transitionRefused(base, next.state, type);
  }
  const rise = next.leaseEpoch - base.leaseEpoch;
  if (rise < 0) return invalid(base, "leaseEpoch", `leaseEpoch never falls (it is ${base.leaseEpoch})`);
  if (rise > 1)
    return invalid(base, "leaseEpoch", `leaseEpoch rises by one at a time (it is ${base.leaseEpoch})`);
  // What is claimed where it is can be edited there, too.
  if (base.state !== next.state && edge?.effects.includes("claim") && rise !== 1) {
    return invalid(
      base,
      "leaseEpoch",
      `from '${base.state}' to '${next.state}' is a claim: leaseEpoch rises by one`,
    );
  }
  return undefined;
}

/** Did this write leave the field as it was? */
function isSame(base: Ticket, next: Ticket, field: string): boolean {
  return JSON.stringify(faultyValue(base, field)) === JSON.stringify(faultyValue(next, field));
}

function invalid(ticket: Ticket, field: string, problem: string): TicketError {
  return new TicketError("TICKET_INVALID", `${ticket.id}: ${problem}`, { id: ticket.id, field });
}
