import type { TicketId } from "@wiggum/ticket-core";
import { type AgentRegistry, cutOff, isWorkflowError, killed, metLimit, overBudget } from "@wiggum/workflow";
import { oneLine } from "./one-line.js";
import { tornDown } from "./tear-down.js";
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
   * Starts an agent by `spawn`. What comes to nothing is kept in the registry with its reason, and what came to nothing before an agent
   * could be started is forgotten.
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

const nobodysReasons: ReadonlySet<string> = new Set([cutOff, tornDown, killed, metLimit, overBudget]);

/** A start that was cut off with its supervisor, what a person ended, and what a limit or a budget did. */
function isNobodysFailure(endReason: string | undefined): boolean {
  return endReason !== undefined && nobodysReasons.has(endReason);
}

/** Commit times are whole seconds: a session that ended within this long after the ticket moved belongs to the state before. */
const commitTimeSlackMs = 1_000;

/**
 * Counts attempts that failed. All of them are in the registry, so that a supervisor that was killed and started again goes on counting
 * and waiting where the former one was.
 * @param doesPass is this error no failure of the ticket's, but a matter of time, or of the whole run?
 */
export function createFailedAttempts(
  registry: Pick<AgentRegistry, "sessionsOf" | "recordFailedSpawn" | "failedSpawns" | "forgetFailedSpawns">,
  now: () => Date,
  doesPass: (error: unknown) => boolean,
): FailedAttempts {
  const sessionCount = async (ticketId: TicketId, role: string) =>
    (await registry.sessionsOf(ticketId)).filter((session) => session.role === role).length;

  return {
    async watch(ticketId, role, journey, spawn) {
      const before = await sessionCount(ticketId, role);
      try {
        const result = await spawn();
        await registry.forgetFailedSpawns(ticketId, role);
        return result;
      } catch (error) {
        if (!doesPass(error)) {
          await registry.recordFailedSpawn({
            ticketId,
            role,
            state: journey?.state ?? "",
            enteredAtMs: journey?.enteredAtMs ?? 0,
            atMs: now().getTime(),
            reason: oneLine(error instanceof Error ? error.message : String(error)),
            commands: isWorkflowError(error, "MERGE_CONFLICT") ? error.data.commands : undefined,
            hasSession: (await sessionCount(ticketId, role)) > before,
          });
        }
        throw error;
      }
    },
    async of(ticketId, journey) {
      const enteredAtMs = journey?.enteredAtMs ?? 0;
      const failed: { readonly role: string; readonly atMs: number; readonly reason: string }[] = [];
      for (const session of await registry.sessionsOf(ticketId)) {
        if (session.endedAt === undefined || isNobodysFailure(session.endReason)) continue;
        const atMs = Date.parse(session.endedAt);
        if (atMs <= enteredAtMs + commitTimeSlackMs) continue;
        // It handed in and went on for a while: the ticket came back meanwhile, which is not its failure.
        if (journey?.hasMoved(session.agentId, Date.parse(session.startedAt), atMs) === true) continue;
        const { endReason = "ended", exitCode } = session;
        const reason = oneLine(exitCode === undefined ? endReason : `${endReason}, exit code ${exitCode}`);
        failed.push({ role: session.role, atMs, reason });
      }
      for (const spawn of await registry.failedSpawns(ticketId)) {
        if (spawn.enteredAtMs === enteredAtMs && !spawn.hasSession) failed.push(spawn);
      }
      const counts: Record<string, number> = {};
      for (const { role } of failed) counts[role] = (counts[role] ?? 0) + 1;
      const last = failed.sort((left, right) => left.atMs - right.atMs).at(-1);
      return { counts, lastMs: last?.atMs, last: last?.reason };
    },
  };
}
