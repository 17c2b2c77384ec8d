import type { AgentStatus, Project } from "@wiggum/control-plane";
import type { TicketFacts } from "@wiggum/ticket-core";
import { isDelivered, isFinal } from "@wiggum/ticket-core";
import { isAtWork } from "./at-work.js";

/** A ticket that `wiggum run` could start nobody for, and tries again. JSON-safe. */
export interface NotStarted {
  readonly ticketId: string;
  readonly role: string;
  readonly attempts: number;
  /** When it was last tried, ISO 8601. */
  readonly at: string;
  /** Why nobody was started. */
  readonly reason: string;
  /** What to type against it, in this order; absent = only the next attempt. */
  readonly commands?: readonly [string, ...string[]] | undefined;
}

/** What still holds of the attempts that failed: the ticket is where it was, and nobody works on it. */
export async function collectNotStarted(
  project: Project,
  tickets: readonly TicketFacts[],
  agents: readonly AgentStatus[],
): Promise<readonly NotStarted[]> {
  const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
  const found = new Map<string, NotStarted>();
  for (const { ticketId, role, state, atMs, reason, commands } of await project.registry.failedSpawns()) {
    const ticket = byId.get(ticketId);
    if (ticket === undefined || ticket.state !== state || isFinal(project.types, ticket)) continue;
    // Said elsewhere already, with the way out.
    if (ticket.actionRequired !== undefined) continue;
    // It waits for another by now: nobody is to be started.
    const waits = ticket.dependsOn.some((id) => {
      const other = byId.get(id);
      return other !== undefined && !isDelivered(project.types, other);
    });
    if (waits) continue;
    const isThere = agents.some(
      (agent) => isAtWork(agent) && agent.facts.ticketId === ticketId && agent.facts.role === role,
    );
    if (isThere) continue;
    const key = `${ticketId} ${role}`;
    const attempts = (found.get(key)?.attempts ?? 0) + 1;
    const at = new Date(atMs).toISOString();
    found.set(key, { ticketId, role, attempts, at, reason, ...(commands !== undefined && { commands }) });
  }
  return [...found.values()];
}

/** Lines of `wiggum status`; none where nothing failed. */
export function notStartedLines(notStarted: readonly NotStarted[]): readonly string[] {
  if (notStarted.length === 0) return [];
  const lines = notStarted.map(
    ({ ticketId, role, attempts, at, reason }) =>
      `  ${ticketId} (${role}): failed ${attempts === 1 ? "once" : `${attempts} times`}, last at ${at}: ${reason}`,
  );
  return ["", "NOT STARTED:", ...lines];
}
