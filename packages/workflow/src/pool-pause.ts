// A provider's limit stops everybody who uses the account: nobody is started before the named time, and then one probes it. Pure.
import type { AgentId } from "./runner.js";

/** Why a session ended that met a limit of its provider: no fault of agent or ticket. */
export const metLimit = "met a limit of its provider";

/** What a program says of a limit of its provider. */
export interface RateLimit {
  /** Its words, one line. */
  readonly reason: string;
  /** When it ends, as far as that is named, milliseconds since 1970. */
  readonly untilMs?: number | undefined;
}

/** Why and until when the whole pool starts nobody. */
export interface PoolPause {
  readonly reason: string;
  /** Milliseconds since 1970; from then on one agent probes. */
  readonly untilMs: number;
  /** When the limit was met, milliseconds since 1970. */
  readonly sinceMs: number;
  /** How often a limit was met without a success in between. */
  readonly times: number;
}

/** An agent as a pause sees it. */
export interface ProbingAgent {
  readonly agentId: AgentId;
  /** Milliseconds since 1970. */
  readonly startedAtMs?: number | undefined;
  readonly isEnded: boolean;
  /** It said that it met the limit. */
  readonly isLimited: boolean;
}

/** `closed`: nobody starts; `probe`: one may; `proving`: that one runs, the others wait; `open`: the limit is gone. */
export type PauseVerdict = "closed" | "probe" | "proving" | "open";

const firstUnknownMs = 5 * 60_000;
const longestUnknownMs = 60 * 60_000;
/** A probe that ran for so long without meeting the limit proves that it is gone. */
const probeMs = 60_000;
/** A clock that was set back must not stop the pool for longer than any limit lasts. */
const longestPauseMs = 8 * 24 * 3_600_000;

/**
 * The pause after a limit was met. Several agents meet the same one: it is lengthened, not counted twice. `jitterMs` is added to a named time,
 * so that not everybody comes back at the same instant. Where no time is named: 5, 10, 20 … 60 minutes.
 */
export function nextPause(
  previous: PoolPause | undefined,
  limit: RateLimit,
  nowMs: number,
  jitterMs: number,
): PoolPause {
  const isSame = previous !== undefined && nowMs < previous.untilMs;
  const times = previous === undefined ? 1 : isSame ? previous.times : previous.times + 1;
  const named = limit.untilMs;
  const isNamed = named !== undefined && named > nowMs && named - nowMs <= longestPauseMs;
  const unknownMs = Math.min(longestUnknownMs, firstUnknownMs * 2 ** (times - 1));
  // Known of the same limit already: its end does not move because another agent ran into it.
  const ownMs = isNamed ? named + jitterMs : isSame ? previous.untilMs : nowMs + unknownMs;
  return {
    reason: limit.reason,
    untilMs: isSame ? Math.max(previous.untilMs, ownMs) : ownMs,
    sinceMs: isSame ? previous.sinceMs : nowMs,
    times,
  };
}

/** What a pause lets happen now. */
export function judgePause(
  pause: PoolPause | undefined,
  agents: readonly ProbingAgent[],
  nowMs: number,
): PauseVerdict {
  if (pause === undefined) return "open";
  // Somebody set the clock back: no limit lies so far ahead.
  if (nowMs < pause.untilMs && pause.untilMs - nowMs <= longestPauseMs + probeMs) return "closed";
  const probes = agents.filter(
    ({ startedAtMs, isLimited }) => startedAtMs !== undefined && startedAtMs >= pause.untilMs && !isLimited,
  );
  const isProved = probes.some(
    ({ startedAtMs = nowMs, isEnded }) => isEnded || nowMs - startedAtMs >= probeMs,
  );
  if (isProved) return "open";
  return probes.length > 0 ? "proving" : "probe";
}

/** How long until a pause may let somebody start, milliseconds. */
export function untilProbeMs({ untilMs }: PoolPause, nowMs: number): number {
  return Math.max(0, untilMs - nowMs);
}
