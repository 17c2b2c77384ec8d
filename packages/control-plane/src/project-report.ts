import type { Ticket, TicketChange, TicketId } from "@wiggum/ticket-core";
import { TicketError } from "@wiggum/ticket-core";
import { type AgentRunner, reachesSessionsOf, type SessionFacts } from "@wiggum/workflow";
import type { ProjectParts } from "./project-parts.js";
import { type ReportedCommit, readTicketCommits } from "./ticket-commits.js";

/** What was done from one moment on, by whom. JSON-safe; times are ISO 8601. */
export interface ProjectReport {
  readonly since: string;
  readonly until: string;
  /** Those that changed, or that an agent worked on, ordered by their first change. */
  readonly tickets: readonly ReportedTicket[];
}

/** What became of one ticket in the time that a report is about. */
export interface ReportedTicket {
  readonly id: TicketId;
  readonly title: string;
  /** As it is now; `null` = the ticket is not there any more. */
  readonly state: string | null;
  /** As it was at the beginning; `null` = there was no such ticket. */
  readonly stateBefore: string | null;
  /** Changes of state, its making (`from` is `null`) included. */
  readonly moves: readonly {
    readonly at: string;
    readonly by: string;
    readonly from: string | null;
    readonly to: string;
    /** Who got it with this step; `null` = nobody did. */
    readonly assignee: string | null;
    readonly cause: string | null;
  }[];
  /** Who else wrote to it: how many changes that moved nothing. */
  readonly otherChanges: readonly { readonly by: string; readonly changes: number }[];
  readonly commits: readonly ReportedCommit[];
  readonly sessions: readonly ReportedSession[];
}

/** One session of an agent in a report. */
export interface ReportedSession {
  readonly agentId: string;
  readonly role: string;
  readonly generation: number;
  readonly startedAt: string;
  /** `null` = it still runs. */
  readonly endedAt: string | null;
  readonly endReason: string | null;
  /** Milliseconds of it within the report's time. */
  readonly durationMs: number;
  /** What its program says that it cost, US dollars; `null` = it says nothing. */
  readonly costUsd: number | null;
}

type Session = SessionFacts & { readonly agentId: string; readonly role: string };

/**
 * Puts together ticket history, commits and sessions from `since` on. Only reads.
 * @throws UNSUPPORTED the store keeps no history
 */
export async function reportProject(parts: ProjectParts, since: Date): Promise<ProjectReport> {
  const { tickets, registry, clock, git, settings } = parts;
  const { backend } = tickets;
  if (backend.watch === undefined) {
    throw new TicketError("UNSUPPORTED", `the ${backend.name} backend keeps no history`, { what: "watch" });
  }
  const until = clock.now();
  // Commits name whole seconds.
  const fromMs = Math.floor(since.getTime() / 1_000) * 1_000;
  const before = new Map<TicketId, Ticket>();
  const changes = new Map<TicketId, TicketChange[]>();
  for await (const change of backend.watch(undefined, { follow: false })) {
    if (Date.parse(change.at) >= fromMs) {
      changes.set(change.id, [...(changes.get(change.id) ?? []), change]);
    } else if (change.after === undefined) before.delete(change.id);
    else before.set(change.id, change.after.ticket);
  }
  const agents = await registry.list({ includeRetired: true });
  const worked = agents.flatMap(({ ticketId, session }) =>
    ticketId !== undefined && session !== undefined && isWithin(session, fromMs) ? [ticketId] : [],
  );
  const ids = [...new Set([...changes.keys(), ...worked])];
  const commitsOf = await readTicketCommits({ git, baseBranch: settings.baseBranch, agents, fromMs });
  const reported: ReportedTicket[] = [];
  for (const id of ids) {
    const sessions = (await registry.sessionsOf(id)).filter((session) => isWithin(session, fromMs));
    reported.push({
      ...account(id, before.get(id), changes.get(id) ?? []),
      commits: await commitsOf(id),
      sessions: await Promise.all(
        sessions.map(async (session) => ({
          ...timesOf(session, fromMs, until.getTime()),
          costUsd: (await costOf(parts.runner, session)) ?? null,
        })),
      ),
    });
  }
  return { since: new Date(fromMs).toISOString(), until: until.toISOString(), tickets: reported };
}

/** Only what a program said itself: none of ours knows a price. */
async function costOf(runner: AgentRunner, { handle, runner: name }: Session): Promise<number | undefined> {
  if (handle === undefined || !reachesSessionsOf(runner, name)) return undefined;
  return runner.cost?.(handle);
}

function isWithin({ endedAt }: Pick<SessionFacts, "endedAt">, fromMs: number): boolean {
  return endedAt === undefined || Date.parse(endedAt) >= fromMs;
}

function timesOf(session: Session, fromMs: number, untilMs: number): Omit<ReportedSession, "costUsd"> {
  const { agentId, role, generation, startedAt, endedAt = null, endReason = null } = session;
  const endMs = endedAt === null ? untilMs : Date.parse(endedAt);
  const durationMs = Math.max(0, endMs - Math.max(fromMs, Date.parse(startedAt)));
  return { agentId, role, generation, startedAt, endedAt, endReason, durationMs };
}

function newAssignee({ before, after }: TicketChange): string | null {
  const assignee = after?.ticket.assignedAgentId;
  return assignee === undefined || assignee === before?.ticket.assignedAgentId ? null : assignee;
}

function account(
  id: TicketId,
  before: Ticket | undefined,
  changes: readonly TicketChange[],
): Omit<ReportedTicket, "commits" | "sessions"> {
  const moves: ReportedTicket["moves"][number][] = [];
  const others = new Map<string, number>();
  for (const change of changes) {
    const from = change.before?.ticket.state ?? null;
    const to = change.after?.ticket.state;
    const by = change.actor.id;
    if (to === undefined || to === from) others.set(by, (others.get(by) ?? 0) + 1);
    else
      moves.push({ at: change.at, by, from, to, assignee: newAssignee(change), cause: change.cause ?? null });
  }
  const last = changes.at(-1);
  const now = last === undefined ? before : last.after?.ticket;
  const named = now ?? last?.before?.ticket;
  return {
    id,
    title: named?.title ?? "",
    state: now?.state ?? null,
    stateBefore: before?.state ?? null,
    moves,
    otherChanges: [...others].map(([by, count]) => ({ by, changes: count })),
  };
}
