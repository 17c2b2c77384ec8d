// Is a holder still alive? Judged as "nothing changed for a whole lease on my own monotonic clock", never by comparing wall clocks. Pure.

/** What an observer remembers of one holder between two looks. In memory only: another process's clock says nothing. */
export interface LeaseWatch {
  /** The sign of life as it was last seen. */
  readonly sign: string;
  /** How long we have seen it unchanged, in milliseconds. */
  readonly silentForMs: number;
  /** When we last looked (with an answer or without), on the monotonic clock. */
  readonly lookedAtMs: number;
}

/** What one look at a lease says: is its holder still heard of? */
export interface LeaseObservation {
  readonly status: "held" | "expired";
  /** How long nothing changed, as far as we have watched. */
  readonly silentForMs: number;
  /** Hand this to the next look. */
  readonly watch: LeaseWatch | undefined;
}

/** A pause between two looks counts for at most this part of a lease: we were asleep ourselves, perhaps the holder was, too. */
const longestGapPart = 1 / 4;

/**
 * Looks at a holder once.
 *
 * `sign` is any text that changes while the holder lives (generation, length of its log, revision of its ticket, commit of its branch …);
 * `undefined` = the look failed, which is neither life nor death: it adds no silence and never expires a lease. `nowMs` is this process's
 * monotonic clock. A lease expires when the same sign was seen for a whole `leaseMs`.
 */
export function observeLease(
  previous: LeaseWatch | undefined,
  sign: string | undefined,
  nowMs: number,
  leaseMs: number,
): LeaseObservation {
  if (sign === undefined) {
    const watch = previous && { ...previous, lookedAtMs: nowMs };
    return { status: "held", silentForMs: previous?.silentForMs ?? 0, watch };
  }
  if (previous === undefined || previous.sign !== sign) {
    return { status: "held", silentForMs: 0, watch: { sign, silentForMs: 0, lookedAtMs: nowMs } };
  }
  const gapMs = Math.max(0, nowMs - previous.lookedAtMs);
  const silentForMs = previous.silentForMs + Math.min(gapMs, leaseMs * longestGapPart);
  return {
    status: silentForMs >= leaseMs ? "expired" : "held",
    silentForMs,
    watch: { sign, silentForMs, lookedAtMs: nowMs },
  };
}

/** Why a session was ended whose holder gave no sign for a whole lease: another agent goes on with its work. */
export const silentLease = "no sign of progress for a whole lease";

/** Of the rest of its lease a holder makes no use: who comes after it counts from a later moment than its last renewal, never from an earlier one. */
const ownPart = 5 / 6;

/**
 * The holder's own side of a lease, where nobody can prove that it was stopped (it runs on another host): may it go on? `renewedAtMs` is when
 * it last sent a renewal that was confirmed, `nowMs` now, both on its own monotonic clock. It stops by itself before anybody may take over.
 */
export function mayHolderGoOn(renewedAtMs: number, nowMs: number, leaseMs: number): boolean {
  return nowMs - renewedAtMs < leaseMs * ownPart;
}
