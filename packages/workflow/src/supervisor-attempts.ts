import type { DelayedSpawn, SupervisedTicket, SupervisorFacts } from "./supervisor-facts.js";

const firstBackoffMs = 1_000;
const longestBackoffMs = 5 * 60_000;

/** Milliseconds to wait after the `failures`-th failed session: doubling, bounded. */
export function backoffMs(failures: number): number {
  return failures <= 0 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
}

/** May this role be started once more for this ticket, later, or not without a person? */
export type AttemptVerdict =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly delay: DelayedSpawn }
  | { readonly kind: "escalate"; readonly reason: string };

/** Judges by what failed before, and by how often the ticket went round. */
export function judgeAttempt(
  ticket: SupervisedTicket,
  role: string,
  facts: Pick<SupervisorFacts, "maxAttempts" | "maxRounds" | "maxIdleRounds" | "nowMs">,
): AttemptVerdict {
  const failures = ticket.failedSessions[role] ?? 0;
  const { id: ticketId, lastFailure, lastFailureMs, idleRounds = 0 } = ticket;
  if (failures >= facts.maxAttempts) {
    const last = lastFailure === undefined ? "" : `; the last one: ${lastFailure}`;
    const reason = `${failures} attempts of a ${role} ended without moving it out of ${ticket.state}${last}`;
    return { kind: "escalate", reason };
  }
  if (ticket.rounds >= facts.maxRounds) {
    return { kind: "escalate", reason: `it was sent back ${ticket.rounds} times` };
  }
  if (facts.maxIdleRounds !== undefined && idleRounds >= facts.maxIdleRounds) {
    const reason = `it was sent back ${ticket.rounds} times, the last ${idleRounds} without progress: no new commit, or the same findings`;
    return { kind: "escalate", reason };
  }
  const passedMs = lastFailureMs === undefined ? undefined : facts.nowMs - lastFailureMs;
  // A failure in the future: somebody set the clock back, and nobody is made to wait for that.
  if (passedMs === undefined || passedMs < 0) return { kind: "go" };
  const waitMs = backoffMs(failures) - passedMs;
  if (waitMs <= 0) return { kind: "go" };
  return { kind: "wait", delay: { ticketId, role, failures, waitMs, reason: lastFailure } };
}
