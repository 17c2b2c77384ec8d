import type { TicketId } from "@wiggum/ticket-core";
import {
  type BudgetEntry,
  type BudgetUse,
  budgetUses,
  describeBudget,
  judgeBudget,
  overBudget,
  overspending,
} from "./budgets.js";
import { silentLease } from "./leases.js";
import { type PlannedMerges, planMerges } from "./plan-merges.js";
import { judgePause, untilProbeMs } from "./pool-pause.js";
import { judgeAttempt } from "./supervisor-attempts.js";
import type {
  DelayedSpawn,
  PausedPool,
  SupervisedAgent,
  SupervisedTicket,
  SupervisorAction,
  SupervisorFacts,
  SupervisorPlan,
} from "./supervisor-facts.js";
import { placesIn } from "./supervisor-places.js";

/**
 * Decides what the supervisor does next. Pure: no clock, no ports, no memory; the same facts give the same plan.
 * Work that was begun goes before new work, new work goes by priority; what a spawn of this plan takes is counted.
 */
export function planTick(facts: SupervisorFacts): SupervisorPlan {
  const tickets = new Map(facts.tickets.map((ticket) => [ticket.id, ticket]));
  const pendingHooks = new Set(facts.ticketsWithPendingHooks);
  const unmerged = new Set(facts.isAutoMerge ? facts.unmerged : []);
  const actions: SupervisorAction[] = [];
  const delayed: DelayedSpawn[] = [];
  const launches = createLaunches(facts, pendingHooks.size);
  let waits = false;

  for (const agent of facts.agents) {
    const ticket = agent.ticketId === undefined ? undefined : tickets.get(agent.ticketId);
    const end = reasonToEnd(agent, ticket, launches);
    // Before hooks that wait: they may wait for the very place that a silent agent holds.
    if (end !== undefined) {
      actions.push({ kind: "expire", agentId: agent.agentId, reason: end });
      waits = true;
      continue;
    }
    if (ticket !== undefined && pendingHooks.has(ticket.id)) continue;
    if (isOver(agent, ticket) && !(ticket !== undefined && unmerged.has(ticket.id))) {
      actions.push({ kind: "retire", agentId: agent.agentId, reason: retirement(ticket) });
    }
  }

  // New work starts from what is done: it waits until that is merged, or sent back.
  const merging = planMerges(facts, tickets, pendingHooks);
  actions.push(...merging.actions);
  const merges = merging.actions.length > 0 || facts.isMerging === true;
  if (facts.isMerging === true) waits = true;

  for (const ticket of [...facts.tickets].sort(byPriority)) {
    if (ticket.isFinal || ticket.needsPerson) continue;
    if (merges && startsFromUnmerged(ticket, facts, unmerged)) {
      waits = true;
      continue;
    }
    for (const role of candidateRoles(ticket)) {
      const live = facts.agents.some((agent) => isAtWork(agent, ticket.id, role));
      if (live) waits = true;
      if (live || pendingHooks.has(ticket.id)) continue;
      const attempt = judgeAttempt(ticket, role, facts);
      const verdict = attempt.kind === "go" ? launches.launch(ticket.id, role) : attempt;
      if (verdict.kind === "escalate") {
        actions.push({ kind: "escalate", ticketId: ticket.id, reason: verdict.reason });
        break;
      }
      if (verdict.kind === "go") {
        actions.push({ kind: "spawn", role, ticketId: ticket.id, reason: spawnReason(ticket) });
      } else if (verdict.kind === "wait") {
        waits = true;
        if (verdict.delay !== undefined) delayed.push(verdict.delay);
      }
    }
  }

  const isIdle = actions.length === 0 && !waits && pendingHooks.size === 0;
  const paused = launches.paused();
  const stuck = isIdle ? stuckTickets(facts, paused, merging) : [];
  const runs = facts.agents.some((agent) => agent.isLive && !agent.isEnded && agent.ticketId !== undefined);
  return {
    actions,
    delayed,
    ...(paused === undefined ? {} : { paused }),
    ...(facts.budget === undefined ? {} : { budgets: budgetUses(facts.budget.rules, facts.budget.entries) }),
    isFinished: isIdle && (!runs || stuck.length > 0),
    stuck,
  };
}

type LaunchVerdict =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly delay?: undefined }
  /** Nobody starts until a person does something, and the ticket is not the reason. */
  | { readonly kind: "never" }
  | { readonly kind: "escalate"; readonly reason: string };

interface Launches {
  /** Gives a place, a part of the budgets and the leave of a pause, or none of them. */
  launch(ticketId: TicketId, role: string): LaunchVerdict;
  /** Sessions that have used more than they may. */
  readonly overspent: ReadonlySet<string>;
  readonly isClosed: boolean;
  paused(): PausedPool | undefined;
}

function createLaunches(facts: SupervisorFacts, pendingHooks: number): Launches {
  const { budget, pause, nowMs } = facts;
  const places = placesIn(facts, pendingHooks);
  const probing = facts.agents.map((agent) => ({ ...agent, isLimited: agent.isLimited === true }));
  const verdict = judgePause(pause, probing, nowMs);
  const planned: BudgetEntry[] = [];
  let spent: { readonly use: BudgetUse; readonly untilMs?: number | undefined } | undefined;
  let isProbed = false;
  return {
    isClosed: verdict === "closed",
    overspent: new Set(
      budget === undefined
        ? []
        : overspending(budget.rules, budget.entries).map(({ agentId, generation }) =>
            sessionName(agentId, generation),
          ),
    ),
    launch(ticketId, role) {
      if (verdict === "closed" || verdict === "proving" || isProbed) return { kind: "wait" };
      if (!places.has(role)) return { kind: "wait" };
      const judged = budget && judgeBudget(budget.rules, [...budget.entries, ...planned], ticketId);
      if (judged?.status === "spent") {
        if (judged.use.scope === "ticket") return { kind: "escalate", reason: describeBudget(judged.use) };
        spent ??= judged;
        return { kind: judged.untilMs === undefined ? "never" : "wait" };
      }
      if (judged?.status === "wait") return { kind: "wait" };
      places.take(role);
      isProbed = verdict === "probe";
      if (budget !== undefined && judged !== undefined)
        planned.push(plannedEntry(budget.rules, judged.reserve, ticketId, planned.length));
      return { kind: "go" };
    },
    paused() {
      if (pause !== undefined && verdict === "closed")
        return { kind: "rate-limit", reason: pause.reason, waitMs: untilProbeMs(pause, nowMs) };
      if (spent === undefined) return undefined;
      const waitMs = spent.untilMs === undefined ? undefined : Math.max(0, spent.untilMs - nowMs);
      return {
        kind: "budget",
        reason: describeBudget(spent.use),
        ...(waitMs === undefined ? {} : { waitMs }),
      };
    },
  };
}

function plannedEntry(
  { runId, day }: NonNullable<SupervisorFacts["budget"]>["rules"],
  reserved: BudgetEntry["reserved"],
  ticketId: TicketId,
  generation: number,
): BudgetEntry {
  return { agentId: "(planned)", generation, ticketId, runId, day, reserved, spent: {}, isOpen: true };
}

const sessionName = (agentId: string, generation: number | undefined) => `${agentId} ${generation ?? ""}`;

function reasonToEnd(
  agent: SupervisedAgent,
  ticket: SupervisedTicket | undefined,
  { overspent, isClosed }: Launches,
): string | undefined {
  if (!agent.isLive || agent.isEnded) return undefined;
  if (overspent.has(sessionName(agent.agentId, agent.generation))) return overBudget;
  // While the provider lets nobody work, silence proves nothing.
  if (!agent.isLeaseExpired || isClosed || ticket?.roles.includes(agent.role) !== true) return undefined;
  return silentLease;
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
export function byPriority(left: SupervisedTicket, right: SupervisedTicket): number {
  return (
    Number(left.isWorkable) - Number(right.isWorkable) ||
    left.priority - right.priority ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  );
}

/** Of a batch, whose tests take long, only what is built on it waits; a merge by itself is soon over, and all new work starts from it. */
function startsFromUnmerged(
  { isWorkable, dependsOn = [] }: SupervisedTicket,
  { mergeBatch = 1 }: SupervisorFacts,
  unmerged: ReadonlySet<TicketId>,
): boolean {
  return isWorkable && (mergeBatch <= 1 || dependsOn.some((id) => unmerged.has(id)));
}

function candidateRoles(ticket: SupervisedTicket): readonly string[] {
  if (ticket.isWorkable) return ticket.claimRole === undefined ? [] : [ticket.claimRole];
  return ticket.roles;
}

function spawnReason(ticket: SupervisedTicket): string {
  if (ticket.isWorkable) return `${ticket.state}, priority ${ticket.priority}`;
  return `${ticket.state}, and nobody works on it`;
}

function stuckTickets(
  facts: SupervisorFacts,
  paused: PausedPool | undefined,
  { held }: PlannedMerges,
): SupervisorPlan["stuck"] {
  const open = facts.tickets.filter((ticket) => !ticket.isFinal);
  return [
    ...open.map((ticket) => ({ ticketId: ticket.id, reason: whyStuck(ticket, paused) })),
    ...held.map(({ ticketId, waitsFor }) => ({
      ticketId,
      reason: `done, and merged only after ${waitsFor}`,
    })),
  ];
}

function whyStuck(ticket: SupervisedTicket, paused: PausedPool | undefined): string {
  if (ticket.needsPerson) return "a person works on it, or must act";
  if (ticket.roles.length === 0 && !ticket.isWorkable) return `${ticket.state}, and blocked`;
  return paused?.reason ?? `nobody can work on it in ${ticket.state}`;
}
