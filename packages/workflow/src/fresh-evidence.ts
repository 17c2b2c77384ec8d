import type { Evidence, EvidenceFact, EvidenceSource } from "./runner.js";

/** How long a fact counts, milliseconds, and how a screen earns belief. */
export interface EvidenceLimits {
  /** Absence of evidence means nothing for so long after the start. */
  readonly startGraceMs: number;
  readonly protocolFreshMs: number;
  readonly selfReportFreshMs: number;
  /** Two equal polls of the screen, at least so far apart, make a fact. */
  readonly screenSettleMs: number;
  readonly screenFreshMs: number;
  /** A hook's word stands against what the screen shows for so long; then the screen is believed, because not everything has a hook. */
  readonly hookAloneMs: number;
  /** Protocol and screen may contradict each other for so long before that is shown. */
  readonly disagreementMs: number;
}

/** The limits that hold where nothing else is said, in milliseconds. */
export const defaultEvidenceLimits: EvidenceLimits = {
  startGraceMs: 60_000,
  protocolFreshMs: 30_000,
  selfReportFreshMs: 3 * 60_000,
  screenSettleMs: 200,
  screenFreshMs: 30_000,
  hookAloneMs: 3_000,
  disagreementMs: 30_000,
};

export type ActivityFact = Exclude<EvidenceFact, { kind: "running" | "exited" | "lost" | "silent" }>;
export type ActivityEvidence = Evidence & { readonly fact: ActivityFact };

/** Sources that may say what an agent does, the highest rank first. Timers never may. */
export const activitySources = ["protocol", "hook", "self-report", "screen"] as const;

export interface Moment {
  readonly nowMs: number;
  readonly limits: EvidenceLimits;
  /** Last sign of life of the protocol's event stream: what it said before still holds. */
  readonly protocolHeardAtMs?: number | undefined;
}

/** What that source says now; nothing when it said nothing, or nothing that still counts. */
export function freshActivity(
  evidence: readonly Evidence[],
  source: (typeof activitySources)[number],
  moment: Moment,
): ActivityEvidence | undefined {
  const newest = activityOf(evidence, source).at(-1);
  return newest !== undefined && isFresh(newest, evidence, moment) ? newest : undefined;
}

/**
 * What the screen shows instead of what a hook said a while ago. Programs have no hook for everything: a turn that a person broke off, a
 * permission that was given, a dialog that a person opened. A report that something is wrong is taken back only by a screen that goes on, and
 * words on a screen that look like such a report may be anybody's.
 */
export function screenAgainst(
  hook: ActivityEvidence,
  evidence: readonly Evidence[],
  moment: Moment,
): ActivityEvidence | undefined {
  const screen = freshActivity(evidence, "screen", moment);
  if (screen === undefined || screen.fact.kind === hook.fact.kind) return undefined;
  if (sinceMs(evidence, "screen", screen.fact) - hook.atMs < moment.limits.hookAloneMs) return undefined;
  return overruledBy[hook.fact.kind].includes(screen.fact.kind) ? screen : undefined;
}

const overruledBy: Readonly<Record<ActivityFact["kind"], readonly ActivityFact["kind"][]>> = {
  idle: ["busy", "waiting"],
  busy: ["idle", "waiting"],
  waiting: ["idle", "busy"],
  retrying: ["idle", "waiting"],
  blocked: ["busy", "waiting"],
};

/** Does it still count? Exit and loss always do: they do not wear off. */
export function isFresh(one: Evidence, all: readonly Evidence[], moment: Moment): boolean {
  const ageMs = moment.nowMs - one.atMs;
  const { limits } = moment;
  switch (one.source) {
    case "protocol":
      return moment.nowMs - Math.max(one.atMs, moment.protocolHeardAtMs ?? one.atMs) < limits.protocolFreshMs;
    case "hook":
      return true; // until the next hook: only the newest is ever asked about
    case "self-report":
      return ageMs < limits.selfReportFreshMs;
    case "screen":
      return (
        ageMs < limits.screenFreshMs && one.atMs - sinceMs(all, "screen", one.fact) >= limits.screenSettleMs
      );
    case "timer":
      return false;
  }
}

/** Since when that source has said the same without a break, milliseconds on the evidence's clock. */
export function sinceMs(evidence: readonly Evidence[], source: EvidenceSource, fact: EvidenceFact): number {
  const said = activityOf(evidence, source);
  let since = said.at(-1)?.atMs ?? Number.POSITIVE_INFINITY;
  for (const one of said.toReversed()) {
    if (describeFact(one.fact) !== describeFact(fact)) break;
    since = one.atMs;
  }
  return since;
}

/** Oldest first; where two are of one instant the order depends on what they say, never on how they were listed. */
export function inOrder(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence
    .filter((one) => Number.isFinite(one.atMs))
    .toSorted(
      (a, b) =>
        a.atMs - b.atMs || compare(describeFact(a.fact), describeFact(b.fact)) || compare(a.source, b.source),
    );
}

/** A fact as one line of text, equal for equal facts. */
function describeFact(fact: EvidenceFact): string {
  const details = Object.entries(fact)
    .filter(([name, value]) => name !== "kind" && value !== undefined)
    .toSorted(([a], [b]) => compare(a, b))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [fact.kind, ...details].join(" ");
}

function activityOf(evidence: readonly Evidence[], source: EvidenceSource): readonly ActivityEvidence[] {
  return evidence.filter((one): one is ActivityEvidence => one.source === source && isActivity(one.fact));
}

export function isActivity(fact: EvidenceFact): fact is ActivityFact {
  return fact.kind !== "running" && fact.kind !== "exited" && fact.kind !== "lost" && fact.kind !== "silent";
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
