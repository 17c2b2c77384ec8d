// What the supervisor decides from, and what it decides. Plain data: a tick can be printed, saved and tested.
import type { TicketId } from "@wiggum/ticket-core";
import type { BudgetEntry, BudgetRules, BudgetUse } from "./budgets.js";
import type { PoolPause } from "./pool-pause.js";
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
  /** Why a person must act, in words. */
  readonly personReason?: string | undefined;
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
  /** How many of the last rounds in a row gained nothing (`roundsWithoutProgress`). */
  readonly idleRounds?: number | undefined;
  /** Tickets that its work is built on. */
  readonly dependsOn?: readonly TicketId[] | undefined;
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
  /** When its session began, on the clock of `SupervisorFacts.nowMs`. */
  readonly startedAtMs?: number | undefined;
  readonly generation?: number | undefined;
  /** It says that its provider lets it do nothing more for now. */
  readonly isLimited?: boolean | undefined;
  /** What it wants of a person, in its own words: an answer, a permission. */
  readonly asks?: string | undefined;
  /** Id of what it asks, where its runner gives one: the same words may be asked again. */
  readonly requestId?: string | undefined;
}

/** Everything that one tick decides from. */
export interface SupervisorFacts {
  readonly tickets: readonly SupervisedTicket[];
  readonly agents: readonly SupervisedAgent[];
  /** Tickets with a post-hook that has not finished (pending, started or waiting to be tried again). */
  readonly ticketsWithPendingHooks: readonly TicketId[];
  /** Done tickets whose work the base branch lacks, oldest first. */
  readonly unmerged: readonly TicketId[];
  readonly maxAgents: number;
  /** How many of these may be at work in this role; a role that is not named has all `maxAgents`. */
  readonly maxAgentsByRole?: Readonly<Record<string, number>> | undefined;
  readonly isAutoMerge: boolean;
  /** How many of the unmerged are tested and merged together at most; absent or 1 = each by itself. */
  readonly mergeBatch?: number | undefined;
  /** A batch is being tested: nothing else is merged, and no new work begins, before that is over. */
  readonly isMerging?: boolean | undefined;
  readonly maxAttempts: number;
  readonly maxRounds: number;
  /** Rounds in a row that gain nothing, after which a person must act. Default: only `maxRounds` counts. */
  readonly maxIdleRounds?: number | undefined;
  /** A limit of the provider that was met and is not known to be gone. */
  readonly pause?: PoolPause | undefined;
  /** Budgets, with what was reserved and used of them; absent = there is none. */
  readonly budget?: { readonly rules: BudgetRules; readonly entries: readonly BudgetEntry[] } | undefined;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number;
}

/** One effect of a tick, with the reason in words. */
export type SupervisorAction =
  | { readonly kind: "spawn"; readonly role: string; readonly ticketId: TicketId; readonly reason: string }
  | { readonly kind: "retire"; readonly agentId: AgentId; readonly reason: string }
  /** Stop a session that is silent, or over its budget; a later tick gives its work to another one, or escalates. */
  | { readonly kind: "expire"; readonly agentId: AgentId; readonly reason: string }
  | { readonly kind: "escalate"; readonly ticketId: TicketId; readonly reason: string }
  | { readonly kind: "merge"; readonly ticketId: TicketId; readonly reason: string }
  /** The same for several at once, in this order: what a ticket is built on comes before it. */
  | { readonly kind: "merge-batch"; readonly ticketIds: readonly TicketId[]; readonly reason: string };

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

/** Why nobody is started at all, although there are places. */
export interface PausedPool {
  readonly kind: "rate-limit" | "budget";
  /** In words, without a full stop. */
  readonly reason: string;
  /** Milliseconds until that may change by itself; absent = only a person can change it. */
  readonly waitMs?: number | undefined;
}

/** What the supervisor does next, and what it cannot do. */
export interface SupervisorPlan {
  readonly actions: readonly SupervisorAction[];
  /** What failed and is to be tried again, but not yet. */
  readonly delayed: readonly DelayedSpawn[];
  readonly paused?: PausedPool | undefined;
  /** Budgets that are nearly or wholly used up. */
  readonly budgets?: readonly BudgetUse[] | undefined;
  /** Nothing is left to do, now or later, without a person. */
  readonly isFinished: boolean;
  /** Tickets that are not over although nothing more can happen, with the reason. */
  readonly stuck: readonly { readonly ticketId: TicketId; readonly reason: string }[];
}
