import type { TicketId } from "@wiggum/ticket-core";
import type { AgentId } from "./runner.js";

/** A ticket as the supervisor needs it. */
export interface SupervisedTicket {
  readonly id: TicketId;
  readonly state: string;
  /** 0 (highest) to 4. */
  readonly priority: number;
  readonly isFinal: boolean;
  /** Can be claimed now: claimable state, dependencies delivered, nobody must act. */
  readonly isWorkable: boolean;
  readonly needsPerson: boolean;
  /** Roles that work on it in its present state. */
  readonly roles: readonly string[];
  /** Role that takes it from its claimable state. */
  readonly claimRole?: string | undefined;
  readonly assignedAgentId?: AgentId | undefined;
  /** Sessions of each role that ended without moving the ticket, since it entered its state. */
  readonly failedSessions: Readonly<Record<string, number>>;
  /** When the newest of those ended, on the clock of `SupervisorFacts.nowMs`. */
  readonly lastFailureMs?: number | undefined;
  /** Why the newest of those ended, in words. */
  readonly lastFailure?: string | undefined;
  /** How often it was sent back from a later state. */
  readonly rounds: number;
}

/** An agent as the supervisor needs it. */
export interface SupervisedAgent {
  readonly agentId: AgentId;
  readonly role: string;
  readonly ticketId?: TicketId | undefined;
  /** It holds the only live place for its (ticket, role). */
  readonly isLive: boolean;
  /** Positive evidence that its session is over. */
  readonly isEnded: boolean;
  readonly usesSlot: boolean;
  /** No sign of progress for a whole lease, on this process's monotonic clock. */
  readonly isLeaseExpired: boolean;
}

/** Everything that one tick decides from. Plain data: a tick can be printed, saved and tested. */
export interface SupervisorFacts {
  readonly tickets: readonly SupervisedTicket[];
  readonly agents: readonly SupervisedAgent[];
  /** Tickets with a post-hook that has not finished (pending, started or waiting to be tried again). */
  readonly ticketsWithPendingHooks: readonly TicketId[];
  /** Done tickets whose work the base branch lacks, oldest first. */
  readonly unmerged: readonly TicketId[];
  readonly maxAgents: number;
  readonly isAutoMerge: boolean;
  readonly maxAttempts: number;
  readonly maxRounds: number;
  readonly nowMs: number;
}

/** One effect of a tick, with the reason in words. */
export type SupervisorAction =
  | { readonly kind: "spawn"; readonly role: string; readonly ticketId: TicketId; readonly reason: string }
  | { readonly kind: "retire"; readonly agentId: AgentId; readonly reason: string }
  /** Stop a silent session; the next tick starts it again or escalates. */
  | { readonly kind: "expire"; readonly agentId: AgentId; readonly reason: string }
  | { readonly kind: "escalate"; readonly ticketId: TicketId; readonly reason: string }
  | { readonly kind: "merge"; readonly ticketId: TicketId; readonly reason: string };

/** A ticket that nobody is started for at this moment because the last attempts failed. */
export interface DelayedSpawn {
  readonly ticketId: TicketId;
  readonly role: string;
  /** How often it failed since the ticket came into its state. */
  readonly failures: number;
  /** Milliseconds until the next attempt. */
  readonly waitMs: number;
  /** Why the newest one failed, in words. */
  readonly reason?: string | undefined;
}

/** What the supervisor does next, and what it cannot do. */
export interface SupervisorPlan {
  readonly actions: readonly SupervisorAction[];
  /** What failed and is to be tried again, but not yet. */
  readonly delayed: readonly DelayedSpawn[];
  /** Nothing is left to do, now or later, without a person. */
  readonly isFinished: boolean;
  /** Tickets that are not over although nothing more can happen, with the reason. */
  readonly stuck: readonly { readonly ticketId: TicketId; readonly reason: string }[];
}

const firstBackoffMs = 1_000;
const longestBackoffMs = 5 * 60_000;

/** Milliseconds to wait after the `failures`-th failed session: doubling, bounded. */
export function backoffMs(failures: number): number {
  return failures <= 0 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}

/**
 * Decides what the supervisor does next. Pure: no clock, no ports, no memory; the same facts give the same plan.
 * Work that was begun goes before new work, new work goes by priority; a slot that a spawn of this plan takes is counted.
 */
export function planTick(facts: SupervisorFacts): SupervisorPlan {
  const tickets = new Map(facts.tickets.map((ticket) => [ticket.id, ticket]));
  const pendingHooks = new Set(facts.ticketsWithPendingHooks);
  const unmerged = new Set(facts.isAutoMerge ? facts.unmerged : []);
  const actions: SupervisorAction[] = [];
  const delayed: DelayedSpawn[] = [];
  // A hook that hands a ticket to its next stage needs a slot, too: begun work goes before new work.
  let used = facts.agents.filter((agent) => agent.usesSlot && !agent.isEnded).length + pendingHooks.size;
  let waits = false;

  for (const agent of facts.agents) {
    const ticket = agent.ticketId === undefined ? undefined : tickets.get(agent.ticketId);
    if (ticket !== undefined && pendingHooks.has(ticket.id)) continue;
    if (agent.isLive && !agent.isEnded && agent.isLeaseExpired && ticket?.roles.includes(agent.role)) {
      actions.push({
        kind: "expire",
        agentId: agent.agentId,
        reason: "no sign of progress for a whole lease",
      });
      waits = true;
    } else if (isOver(agent, ticket) && !(ticket !== undefined && unmerged.has(ticket.id))) {
      actions.push({ kind: "retire", agentId: agent.agentId, reason: retirement(ticket) });
    }
  }

  // New work starts from what is done: it waits until that is merged, or sent back.
  for (const ticketId of unmerged) {
    if (tickets.get(ticketId)?.needsPerson === true || pendingHooks.has(ticketId)) continue;
    actions.push({ kind: "merge", ticketId, reason: "done, and the base branch lacks it" });
  }

  for (const ticket of [...facts.tickets].sort(byPriority)) {
    if (ticket.isFinal || ticket.needsPerson) continue;
    if (ticket.isWorkable && actions.some(({ kind }) => kind === "merge")) {
      waits = true;
      continue;
    }
    const candidates = candidateRoles(ticket);
    for (const role of candidates) {
      const live = facts.agents.some((agent) => isAtWork(agent, ticket.id, role));
      if (live) waits = true;
      if (live || pendingHooks.has(ticket.id)) continue;
      const verdict = judgeAttempt(ticket, role, facts);
      if (verdict.kind === "wait") {
        waits = true;
        delayed.push(verdict.delay);
      } else if (verdict.kind === "escalate") {
        actions.push({ kind: "escalate", ticketId: ticket.id, reason: verdict.reason });
        break;
      } else if (used >= facts.maxAgents) waits = true;
      else {
        used += 1;
        actions.push({ kind: "spawn", role, ticketId: ticket.id, reason: spawnReason(ticket) });
      }
    }
  }

  const isIdle = actions.length === 0 && !waits && pendingHooks.size === 0;
  const stuck = isIdle ? stuckTickets(facts) : [];
  const runs = facts.agents.some((agent) => agent.isLive && !agent.isEnded && agent.ticketId !== undefined);
  return { actions, delayed, isFinished: isIdle && (!runs || stuck.length > 0), stuck };
}

function isAtWork(agent: SupervisedAgent, ticketId: TicketId, role: string): boolean {
  return agent.isLive && !agent.isEnded && agent.ticketId === ticketId && agent.role === role;
}

/** Its ticket needs it no more: over, gone, or moved on from the only states in which a stage agent works. */
function isOver(agent: SupervisedAgent, ticket: SupervisedTicket | undefined): boolean {
  if (agent.ticketId === undefined) return false;
  if (ticket === undefined) return agent.isEnded;
  if (ticket.isFinal) return true;
  const isHolder = ticket.assignedAgentId === agent.agentId;
  return agent.isEnded && !isHolder && !ticket.roles.includes(agent.role) && !ticket.needsPerson;
}

function retirement(ticket: SupervisedTicket | undefined): string {
  return ticket === undefined ? "its ticket does not exist" : `${ticket.id} is ${ticket.state}`;
}

/** Begun work first, then by priority, then by id so that equal facts give equal plans. */
function byPriority(left: SupervisedTicket, right: SupervisedTicket): number {
  return (
    Number(left.isWorkable) - Number(right.isWorkable) ||
    left.priority - right.priority ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  );
}

function candidateRoles(ticket: SupervisedTicket): readonly string[] {
  if (ticket.isWorkable) return ticket.claimRole === undefined ? [] : [ticket.claimRole];
  return ticket.roles;
}

function spawnReason(ticket: SupervisedTicket): string {
  if (ticket.isWorkable) return `${ticket.state}, priority ${ticket.priority}`;
  return `${ticket.state}, and nobody works on it`;
}

type Verdict =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly delay: DelayedSpawn }
  | { readonly kind: "escalate"; readonly reason: string };

function judgeAttempt(ticket: SupervisedTicket, role: string, facts: SupervisorFacts): Verdict {
  const failures = ticket.failedSessions[role] ?? 0;
  const { id: ticketId, lastFailure, lastFailureMs } = ticket;
  if (failures >= facts.maxAttempts) {
    const last = lastFailure === undefined ? "" : `; the last one: ${lastFailure}`;
    const reason = `${failures} attempts of a ${role} ended without moving it out of ${ticket.state}${last}`;
    return { kind: "escalate", reason };
  }
  if (ticket.rounds >= facts.maxRounds) {
    return { kind: "escalate", reason: `it was sent back ${ticket.rounds} times` };
  }
  const passedMs = lastFailureMs === undefined ? undefined : facts.nowMs - lastFailureMs;
  // A failure in the future: somebody set the clock back, and nobody is made to wait for that.
  if (passedMs === undefined || passedMs < 0) return { kind: "go" };
  const waitMs = backoffMs(failures) - passedMs;
  if (waitMs <= 0) return { kind: "go" };
  return { kind: "wait", delay: { ticketId, role, failures, waitMs, reason: lastFailure } };
}

function stuckTickets(facts: SupervisorFacts): SupervisorPlan["stuck"] {
  return facts.tickets
    .filter((ticket) => !ticket.isFinal)
    .map((ticket) => ({
      ticketId: ticket.id,
      reason: ticket.needsPerson
        ? "a person works on it, or must act"
        : ticket.roles.length > 0 || ticket.isWorkable
          ? `nobody can work on it in ${ticket.state}`
          : `${ticket.state}, and blocked`,
    }));
}
