import {
  type ActivityEvidence,
  activitySources,
  defaultEvidenceLimits,
  type EvidenceLimits,
  freshActivity,
  inOrder,
  isActivity,
  isFresh,
  type Moment,
  screenAgainst,
  sinceMs,
} from "./fresh-evidence.js";
import type { Evidence, EvidenceFact, EvidenceSource, RequestKind } from "./runner.js";

/** Why a state is shown: which source said which fact how long ago. No `source` = nobody said anything that counts. */
export interface StateReason {
  readonly source?: EvidenceSource | undefined;
  readonly fact: EvidenceFact["kind"] | "nothing";
  readonly ageMs?: number | undefined;
}

type StateOf =
  /** Within the grace after its start; nothing is known yet. */
  | { readonly state: "starting" }
  | { readonly state: "busy" }
  | { readonly state: "idle" }
  /** Wants an answer to a question or a permission. */
  | {
      readonly state: "waiting_input";
      readonly requestId?: string | undefined;
      readonly question?: string | undefined;
      readonly asks?: RequestKind | undefined;
    }
  /** Says that it cannot go on. */
  | { readonly state: "blocked"; readonly reason: string }
  | { readonly state: "retrying"; readonly reason: string }
  /** Its process is there; nothing more is known. */
  | { readonly state: "running" }
  | {
      readonly state: "exited";
      readonly code?: number | undefined;
      readonly signal?: string | undefined;
    }
  /** Gone without an exit status: positive evidence of absence. */
  | { readonly state: "lost" }
  /** Neither dead nor alive, as far as anybody can tell. */
  | { readonly state: "unknown" };

/** What an agent does, with the evidence for it. */
export type DerivedState = StateOf & {
  readonly why: StateReason;
  /** No output for so long, milliseconds: a suspicion, never a state. */
  readonly silentForMs?: number | undefined;
  /** Protocol and screen have contradicted each other for so long: show it, and clean nothing up. */
  readonly signalsDisagree?:
    | {
        readonly protocol: EvidenceFact["kind"];
        readonly screen: EvidenceFact["kind"];
        readonly forMs: number;
      }
    | undefined;
};

/** What an agent does, in one word. */
export type AgentStateName = DerivedState["state"];

/** When, and of which session, a state is derived. */
export interface StateContext {
  /** Now, on the clock of the evidence (`Clock.monotonicMs` of this process), milliseconds. */
  readonly nowMs: number;
  /** Evidence of any other generation is ignored. */
  readonly generation: number;
  /** When this generation was started, same clock; absent = long ago. */
  readonly startedAtMs?: number | undefined;
  /** Last heartbeat of the protocol's event stream, same clock. */
  readonly protocolHeardAtMs?: number | undefined;
  readonly limits?: Partial<EvidenceLimits> | undefined;
}

/**
 * What an agent does, judged from facts alone. A source never overrides a fresh one of higher rank, but for a screen that has long said
 * something else than the last hook (`screenAgainst`); only the protocol may say that an agent has ended; an exit is final; a probe that failed adds nothing; silence is a suspicion and no state.
 */
export function deriveState(evidence: readonly Evidence[], context: StateContext): DerivedState {
  const known = inOrder(evidence.filter((one) => one.generation === context.generation));
  const limits = { ...defaultEvidenceLimits, ...context.limits };
  const moment: Moment = {
    nowMs: context.nowMs,
    limits,
    ...(context.protocolHeardAtMs === undefined ? {} : { protocolHeardAtMs: context.protocolHeardAtMs }),
  };
  const verdict =
    ending(known, context.nowMs) ??
    activity(known, moment) ??
    presence(known, moment) ??
    nothing(known, context, limits);
  const silentForMs = verdict.state === "exited" || verdict.state === "lost" ? undefined : silence(known);
  const signalsDisagree = disagreement(known, moment);
  return {
    ...verdict,
    ...(silentForMs === undefined ? {} : { silentForMs }),
    ...(signalsDisagree === undefined ? {} : { signalsDisagree }),
  };
}

/** One line for people: the state, who says so, and how old that is. Holds no text of the agent's own. */
export function explainState(derived: DerivedState): string {
  const { why } = derived;
  const age = why.ageMs === undefined ? "" : `, ${Math.round(why.ageMs / 1000)} s ago`;
  const because = why.source === undefined ? "nothing known" : `${why.source}: ${why.fact}${age}`;
  const parts = [`${derived.state} (${because})`];
  if (derived.state === "exited") {
    parts.push(
      derived.signal !== undefined
        ? `ended by ${derived.signal}`
        : `exit code ${derived.code ?? "not known"}`,
    );
  }
  if (derived.silentForMs !== undefined)
    parts.push(`no output for ${Math.round(derived.silentForMs / 1000)} s`);
  if (derived.signalsDisagree !== undefined) {
    const { protocol, screen } = derived.signalsDisagree;
    parts.push(`signals disagree: protocol says ${protocol}, screen ${screen}`);
  }
  return parts.join("; ");
}

function ending(known: readonly Evidence[], nowMs: number): DerivedState | undefined {
  const protocol = known.filter((one) => one.source === "protocol");
  for (const one of protocol) {
    if (one.fact.kind !== "exited") continue;
    const { code, signal } = one.fact;
    return {
      state: "exited",
      ...(code === undefined ? {} : { code }),
      ...(signal === undefined ? {} : { signal }),
      why: reason(one, nowMs),
    };
  }
  const lost = protocol.findLast((one) => one.fact.kind === "lost");
  if (lost === undefined) return undefined;
  // Seen again at the same time or later: it was not gone.
  const isSeenAgain = protocol.some((one) => isSignOfLife(one.fact) && one.atMs >= lost.atMs);
  return isSeenAgain ? undefined : { state: "lost", why: reason(lost, nowMs) };
}

function activity(known: readonly Evidence[], moment: Moment): DerivedState | undefined {
  for (const source of activitySources) {
    const first = freshActivity(known, source, moment);
    const said = first?.source === "hook" ? (screenAgainst(first, known, moment) ?? first) : first;
    if (said !== undefined) return { ...stateOf(said), why: reason(said, moment.nowMs) };
  }
  return undefined;
}

function stateOf({ fact }: ActivityEvidence): StateOf {
  switch (fact.kind) {
    case "busy":
      return { state: "busy" };
    case "idle":
      return { state: "idle" };
    case "waiting":
      return {
        state: "waiting_input",
        ...(fact.requestId === undefined ? {} : { requestId: fact.requestId }),
        ...(fact.question === undefined ? {} : { question: fact.question }),
        ...(fact.asks === undefined ? {} : { asks: fact.asks }),
      };
    case "blocked":
      return { state: "blocked", reason: fact.reason };
    case "retrying":
      return { state: "retrying", reason: fact.reason };
  }
}

function presence(known: readonly Evidence[], moment: Moment): DerivedState | undefined {
  const seen = known.findLast((one) => one.source === "protocol" && one.fact.kind === "running");
  if (seen === undefined || !isFresh(seen, known, moment)) return undefined;
  return { state: "running", why: reason(seen, moment.nowMs) };
}

function nothing(known: readonly Evidence[], context: StateContext, limits: EvidenceLimits): DerivedState {
  const last = known.findLast((one) => one.fact.kind !== "silent");
  const isInGrace =
    context.startedAtMs !== undefined && context.nowMs - context.startedAtMs < limits.startGraceMs;
  if (last === undefined && isInGrace) return { state: "starting", why: { fact: "nothing" } };
  return {
    state: "unknown",
    why: last === undefined ? { fact: "nothing" } : reason(last, context.nowMs),
  };
}

function silence(known: readonly Evidence[]): number | undefined {
  // Whatever it was seen doing since then broke the silence.
  const last = known.findLast((one) => one.fact.kind === "silent" || isActivity(one.fact));
  return last?.fact.kind === "silent" ? last.fact.forMs : undefined;
}

function disagreement(known: readonly Evidence[], moment: Moment): DerivedState["signalsDisagree"] {
  const screen = freshActivity(known, "screen", moment);
  if (screen === undefined) return undefined;
  const ended = ending(known, moment.nowMs);
  const protocol = freshActivity(known, "protocol", moment);
  const said = ended === undefined ? protocol?.fact.kind : ended.why.fact;
  if (said === undefined || said === "nothing") return undefined;
  // The last picture of an ended agent stays on its screen: only one that seems to work contradicts its end.
  const isContradiction =
    ended === undefined
      ? said !== screen.fact.kind
      : screen.fact.kind === "busy" || screen.fact.kind === "retrying";
  if (!isContradiction) return undefined;
  const saidSinceMs =
    ended === undefined && protocol !== undefined
      ? sinceMs(known, "protocol", protocol.fact)
      : moment.nowMs - (ended?.why.ageMs ?? 0);
  const forMs = moment.nowMs - Math.max(saidSinceMs, sinceMs(known, "screen", screen.fact));
  return forMs > moment.limits.disagreementMs
    ? { protocol: said, screen: screen.fact.kind, forMs }
    : undefined;
}

function isSignOfLife(fact: EvidenceFact): boolean {
  return fact.kind === "running" || isActivity(fact);
}

function reason(one: Evidence, nowMs: number): StateReason {
  return { source: one.source, fact: one.fact.kind, ageMs: Math.max(0, nowMs - one.atMs) };
}
