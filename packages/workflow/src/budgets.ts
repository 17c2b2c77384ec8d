// What agents may use up. A launch reserves an estimate in the transaction that takes its place; what it really used replaces that. Pure.
import type { TicketId } from "@wiggum/ticket-core";
import type { AgentId } from "./runner.js";

/** Quantities of what agents use up; an absent one is not known, or not limited. */
export interface BudgetAmounts {
  readonly tokens?: number | undefined;
  /** US dollars. */
  readonly usd?: number | undefined;
  /** Time that agents ran, milliseconds. Two agents side by side for an hour are two hours. */
  readonly timeMs?: number | undefined;
}

/** What is counted of a budget. */
export type BudgetUnit = keyof BudgetAmounts;

/** Over what a budget is added up. */
export type BudgetScope = "ticket" | "run" | "day";

/** The budgets of a project; an absent one is no limit. */
export type BudgetLimits = { readonly [Scope in BudgetScope]?: BudgetAmounts | undefined };

/** By what launches are judged. Plain data. */
export interface BudgetRules {
  readonly limits: BudgetLimits;
  /** What one session is expected to use: so much is reserved for it. A limit below it is reserved whole. */
  readonly estimate: BudgetAmounts;
  /** The run (one life of `wiggum run`, over restarts) that launches now count for; absent = none. */
  readonly runId?: string | undefined;
  /** Name of the present day, where the project is. */
  readonly day: string;
  /** When that day ends, on the clock of `SupervisorFacts.nowMs`. */
  readonly dayEndsAtMs: number;
  /** A session that goes over its budget is ended; else it may come to its end, and no other begins. */
  readonly isHard: boolean;
}

/** What one session has reserved and used. */
export interface BudgetEntry {
  readonly agentId: AgentId;
  readonly generation: number;
  readonly ticketId?: TicketId | undefined;
  readonly runId?: string | undefined;
  /** The day on which it was launched: it counts for that one. */
  readonly day: string;
  readonly reserved: BudgetAmounts;
  /** What is known of its use so far. */
  readonly spent: BudgetAmounts;
  /** The session has not ended. */
  readonly isOpen: boolean;
}

/** How full a budget is. */
export interface BudgetUse {
  readonly scope: BudgetScope;
  /** The ticket, run or day. */
  readonly of: string;
  readonly unit: BudgetUnit;
  readonly limit: number;
  /** What ended sessions used, and what open ones reserved or used, whichever is more. */
  readonly used: number;
}

/** May one more session be launched for a ticket? */
export type BudgetVerdict =
  | { readonly status: "fits"; readonly reserve: BudgetAmounts }
  /** Not while the others run: what they have reserved may turn out to be more than they use. */
  | { readonly status: "wait"; readonly use: BudgetUse }
  /** It is used up. `untilMs`: when there will be a new one; absent = a person must raise it. */
  | { readonly status: "spent"; readonly use: BudgetUse; readonly untilMs?: number | undefined };

/** Why a session was ended that went over a hard budget: no fault of agent or ticket. */
export const overBudget = "it has used more than its budget allows";

const units: readonly BudgetUnit[] = ["tokens", "usd", "timeMs"];
const scopes: readonly BudgetScope[] = ["ticket", "run", "day"];

/** Part of a budget at which people are told. */
export const budgetWarningPart = 0.8;

/** What a session counts for: while it runs at least what it reserved; afterwards what it used, where that is known. */
export function chargeOf({ isOpen, reserved, spent }: BudgetEntry, unit: BudgetUnit): number {
  const held = reserved[unit] ?? 0;
  const used = spent[unit];
  return isOpen ? Math.max(held, used ?? 0) : (used ?? held);
}

/** Judges a launch for this ticket. The same in the plan of a tick and in the transaction that takes the place. */
export function judgeBudget(
  rules: BudgetRules,
  entries: readonly BudgetEntry[],
  ticketId: TicketId | undefined,
): BudgetVerdict {
  let waits: BudgetUse | undefined;
  for (const { scope, of, unit, limit } of limitsFor(rules, ticketId)) {
    const concerned = entries.filter((entry) => belongsTo(entry, scope, of));
    const wanted = Math.min(rules.estimate[unit] ?? 0, limit);
    const used = total(concerned, unit);
    // An exhausted budget lets nothing begin, whatever is expected of it.
    const isIn = used + wanted <= limit && used < limit;
    if (isIn) continue;
    const use: BudgetUse = { scope, of, unit, limit, used };
    const settled = total(
      concerned.filter(({ isOpen }) => !isOpen),
      unit,
    );
    if (settled + wanted > limit || settled >= limit) {
      return { status: "spent", use, ...(scope === "day" ? { untilMs: rules.dayEndsAtMs } : {}) };
    }
    waits ??= use;
  }
  if (waits !== undefined) return { status: "wait", use: waits };
  return { status: "fits", reserve: reservationFor(rules, ticketId) };
}

/** Sessions that have used more than they reserved where a budget is exceeded: only `isHard` ends them. */
export function overspending(rules: BudgetRules, entries: readonly BudgetEntry[]): readonly BudgetEntry[] {
  if (!rules.isHard) return [];
  return entries.filter(
    (entry) =>
      entry.isOpen &&
      limitsFor({ ...rules, runId: entry.runId, day: entry.day }, entry.ticketId).some(
        ({ scope, of, unit, limit }) =>
          (entry.spent[unit] ?? 0) > (entry.reserved[unit] ?? 0) &&
          total(
            entries.filter((other) => belongsTo(other, scope, of)),
            unit,
          ) > limit,
      ),
  );
}

/** Every budget of which at least `part` is used, those of all these tickets included. */
export function budgetUses(
  rules: BudgetRules,
  entries: readonly BudgetEntry[],
  part = budgetWarningPart,
): readonly BudgetUse[] {
  // Added up in one go: this is asked at every look, and there are as many budgets as tickets.
  const uses = new Map<string, { -readonly [Key in keyof BudgetUse]: BudgetUse[Key] }>();
  for (const entry of entries) {
    for (const { scope, of, unit, limit } of limitsFor(rules, entry.ticketId)) {
      if (!belongsTo(entry, scope, of)) continue;
      const name = `${scope} ${of} ${unit}`;
      const use = uses.get(name) ?? { scope, of, unit, limit, used: 0 };
      use.used += chargeOf(entry, unit);
      uses.set(name, use);
    }
  }
  return [...uses.values()].filter(({ used, limit }) => used >= limit * part);
}

/** One sentence for people, without a full stop. */
export function describeBudget({ scope, of, unit, limit, used }: BudgetUse): string {
  const whose = scope === "ticket" ? `of ${of}` : scope === "run" ? "of this run" : `of ${of}`;
  return `the budget ${whose} is ${amountText(limit, unit)}, and ${amountText(used, unit)} are used or reserved`;
}

/** An amount with its unit: `12,000 tokens`, `4.50 USD`, `90 min`. */
export function amountText(amount: number, unit: BudgetUnit): string {
  switch (unit) {
    case "tokens":
      return `${String(Math.round(amount)).replace(/\B(?=(\d{3})+$)/g, ",")} tokens`;
    case "usd":
      return `${amount.toFixed(2)} USD`;
    case "timeMs":
      return amount < 60_000 ? `${Math.round(amount / 1_000)} s` : `${Math.round(amount / 6_000) / 10} min`;
  }
}

interface Limit {
  readonly scope: BudgetScope;
  readonly of: string;
  readonly unit: BudgetUnit;
  readonly limit: number;
}

function limitsFor(
  { limits, runId, day }: Pick<BudgetRules, "limits" | "runId" | "day">,
  ticketId: TicketId | undefined,
): readonly Limit[] {
  const owners: Readonly<Record<BudgetScope, string | undefined>> = { ticket: ticketId, run: runId, day };
  return scopes.flatMap((scope) => {
    const of = owners[scope];
    if (of === undefined) return [];
    return units.flatMap((unit) => {
      const limit = limits[scope]?.[unit];
      return limit === undefined ? [] : [{ scope, of, unit, limit }];
    });
  });
}

function belongsTo(entry: BudgetEntry, scope: BudgetScope, of: string): boolean {
  if (scope === "day") return entry.day === of;
  return (scope === "ticket" ? entry.ticketId : entry.runId) === of;
}

/** The estimate, each unit at most as much as its smallest limit. */
function reservationFor(rules: BudgetRules, ticketId: TicketId | undefined): BudgetAmounts {
  const limits = limitsFor(rules, ticketId);
  const reserved = units.flatMap((unit) => {
    const estimate = rules.estimate[unit];
    if (estimate === undefined) return [];
    const smallest = Math.min(...limits.filter((one) => one.unit === unit).map(({ limit }) => limit));
    return [[unit, Math.min(estimate, smallest)]];
  });
  return Object.fromEntries(reserved) as BudgetAmounts;
}

function total(entries: readonly BudgetEntry[], unit: BudgetUnit): number {
  return entries.reduce((sum, entry) => sum + chargeOf(entry, unit), 0);
}
