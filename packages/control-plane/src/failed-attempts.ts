import type { TicketId } from "@wiggum/ticket-core";
import type { AgentRegistry } from "@wiggum/workflow";
import type { TicketJourney } from "./ticket-journeys.js";

/** What failed on a ticket since it came into its present state. */
export interface Failures {
  /** Per role. */
  readonly counts: Readonly<Record<string, number>>;
  /** When the newest one failed, milliseconds since 1970. */
  readonly lastMs?: number | undefined;
  /** Why, in words. */
  readonly last?: string | undefined;
}

export interface FailedAttempts {
  /**
   * Starts an agent by `spawn`; when that throws before there is a session to find in the registry, the attempt is remembered here.
   * @throws what `spawn` throws
   */
  watch<Result>(
    ticketId: TicketId,
    role: string,
    journey: TicketJourney | undefined,
    spawn: () => Promise<Result>,
  ): Promise<Result>;
  /** Sessions that ended without a hand-in, and spawns that were refused. */
  of(ticketId: TicketId, journey: TicketJourney | undefined): Promise<Failures>;
}

interface Refusal {
  readonly role: string;
  readonly enteredAtMs: number;
  readonly atMs: number;
  readonly reason: string;
}

/** Commit times are whole seconds: a session that ended within this long after the ticket moved belongs to the state before. */
const commitTimeSlackMs = 1_000;

/**
 * Counts attempts that failed. Sessions are in the registry; what was refused before there was one is known to this process only: a new
 * one tries again, which is what a person who starts it again wants.
 * @param doesPass is this error no failure but a matter of time?
 */
export function createFailedAttempts(
  registry: Pick<AgentRegistry, "sessionsOf">,
  now: () => Date,
  doesPass: (error: unknown) => boolean,
): FailedAttempts {
  const refusals = new Map<TicketId, Refusal[]>();

  const sessionCount = async (ticketId: TicketId, role: string) =>
    (await registry.sessionsOf(ticketId)).filter((session) => session.role === role).length;

  return {
    async watch(ticketId, role, journey, spawn) {
      const before = await sessionCount(ticketId, role);
      try {
        return await spawn();
      } catch (error) {
        if (!doesPass(error) && (await sessionCount(ticketId, role)) === before) {
          const reason = error instanceof Error ? error.message : String(error);
          const refusal = { role, enteredAtMs: journey?.enteredAtMs ?? 0, atMs: now().getTime(), reason };
          refusals.set(ticketId, [...(refusals.get(ticketId) ?? []), refusal]);
        }
        throw error;
      }
    },
    async of(ticketId, journey) {
      const enteredAtMs = journey?.enteredAtMs ?? 0;
      const failed: { readonly role: string; readonly atMs: number; readonly reason: string }[] = [];
      for (const session of await registry.sessionsOf(ticketId)) {
        if (session.endedAt === undefined) continue;
        const atMs = Date.parse(session.endedAt);
        if (atMs <= enteredAtMs + commitTimeSlackMs) continue;
        // It handed in and went on for a while: the ticket came back meanwhile, which is not its failure.
        if (journey?.hasMoved(session.agentId, Date.parse(session.startedAt), atMs) === true) continue;
        const { endReason = "ended", exitCode } = session;
        const reason = exitCode === undefined ? endReason : `${endReason}, exit code ${exitCode}`;
        failed.push({ role: session.role, atMs, reason });
      }
      const current = (refusals.get(ticketId) ?? []).filter((refusal) => refusal.enteredAtMs === enteredAtMs);
      if (current.length === 0) refusals.delete(ticketId);
      else refusals.set(ticketId, current);
      failed.push(...current);
      const counts: Record<string, number> = {};
      for (const { role } of failed) counts[role] = (counts[role] ?? 0) + 1;
      const last = failed.sort((left, right) => left.atMs - right.atMs).at(-1);
      return { counts, lastMs: last?.atMs, last: last?.reason };
    },
  };
}
