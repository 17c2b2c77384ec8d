import {
  claimTransition,
  findState,
  findType,
  type Ticket,
  type TicketType,
  type TicketTypes,
} from "@wiggum/ticket-core";
import { silentLease } from "./leases.js";
import type { AgentFacts } from "./registry.js";
import type { AgentId } from "./runner.js";
import type { CodeFacts, CommandFacts } from "./spawn-ports.js";

/** Everything that a spawn is decided from. Plain data. */
export interface SpawnFacts {
  readonly role: string;
  readonly isRoleName: boolean;
  readonly ticket?: Ticket | undefined;
  readonly types: TicketTypes;
  /** Why the ticket cannot be claimed now, in words; empty = it can. */
  readonly blocked: readonly string[];
  /** The ticket's assignee as the registry knows it. */
  readonly holder?: AgentFacts | undefined;
  /** The live agent of this role on this ticket. */
  readonly live?: AgentId | undefined;
  readonly code: CodeFacts;
  readonly command: CommandFacts;
  readonly slotsUsed: number;
  readonly maxAgents: number;
  /** Over the limit of agents. */
  readonly isForced: boolean;
  readonly isSupervised: boolean;
}

/**
 * How the agent comes to its ticket: `claim` takes it from a claimable state; `resume` goes on as the same agent in the same
 * worktree; `take-over` is a new agent in the place of one that cannot go on; `join` works on it without holding it (reviewer, qa);
 * `alone` has no ticket.
 */
export type SpawnMode = "claim" | "resume" | "take-over" | "join" | "alone";

/** Roles that take tickets of this type out of a claimable state, and hold them. */
export function holderRoles(type: TicketType | undefined): readonly string[] {
  const claims = type?.transitions.filter((edge) => edge.effects.includes("claim")) ?? [];
  return [...new Set(claims.flatMap((edge) => findState(type, edge.to)?.roles ?? []))];
}

/** The ticket's type, unless nobody knows it. */
export function typeOfTicket(facts: SpawnFacts, ticket: Ticket): TicketType | undefined {
  return findType(facts.types, ticket.type);
}

/** How an agent of this role comes to this ticket. */
export function modeOf(facts: SpawnFacts, ticket: Ticket): SpawnMode {
  const { role, holder, code } = facts;
  const type = typeOfTicket(facts, ticket);
  if (!holderRoles(type).includes(role)) return "join";
  const edge = claimTransition(type, ticket.state);
  if (edge !== undefined && findState(type, edge.to)?.roles.includes(role) === true) return "claim";
  const canResume =
    holder?.role === role &&
    holder.retiredAt === undefined &&
    // One that fell silent may do so again: another agent goes on from what it left.
    holder.session?.endReason !== silentLease &&
    code.holder?.worktree !== undefined;
  if (canResume) return "resume";
  return worksNow(type, ticket, role) ? "take-over" : "join";
}

/** Do agents of this role work on the ticket in the state that it is in? */
export function worksNow(type: TicketType | undefined, ticket: Ticket, role: string): boolean {
  return findState(type, ticket.state)?.roles.includes(role) === true;
}
