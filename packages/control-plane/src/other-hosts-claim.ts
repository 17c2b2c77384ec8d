import { hostname } from "node:os";
import { printable, type Ticket, TicketError } from "@wiggum/ticket-core";
import type { ProjectParts } from "./project-parts.js";

/**
 * With an upstream, a holder that is no agent of this host may be one of another, and at work: no session here can tell. Nobody takes over from it
 * but by a person's word. `typed` = the ticket, as a person names it.
 * @throws TICKET_HELD
 */
export async function refuseOtherHostsClaim(
  {
    settings,
    registry,
    tickets,
    backend,
  }: Pick<ProjectParts, "registry" | "tickets"> & {
    readonly settings: Pick<ProjectParts["settings"], "upstream">;
    readonly backend: Pick<ProjectParts["backend"], "history">;
  },
  role: string,
  typed: string | undefined,
  here = hostname(),
): Promise<void> {
  if (typed === undefined || settings.upstream === undefined) return;
  const { ticket } = await tickets.show(await tickets.resolve(typed, "write"));
  const { id, assignedAgentId: holder, assignedAt: since, state } = ticket;
  // Others work beside the holder, or are refused by its name.
  if (holder === undefined || !holder.startsWith(`${role}-`)) return;
  if ((await registry.read(holder))?.ticketId === id) return;
  const host = await claimedOn(backend, ticket);
  if (host === undefined || host === here) return;
  throw new TicketError(
    "TICKET_HELD",
    `${id} is held by ${printable(holder)} of another host, ${printable(host)}, which may be at work on it`,
    { id, holder, state, ...(since === undefined ? {} : { since }) },
    {
      hint: `If that host is gone for good: 'wiggum ticket release ${id}'. Its agent is told to stop should it come back.`,
    },
  );
}

/** The host on which the claim that holds was made, as the history says it. */
async function claimedOn(
  { history }: Pick<ProjectParts["backend"], "history">,
  { id, leaseEpoch }: Ticket,
): Promise<string | undefined> {
  let host: string | undefined;
  for await (const { before, after, actor } of history?.(id) ?? []) {
    const isClaim = after?.ticket.leaseEpoch === leaseEpoch && (before?.ticket.leaseEpoch ?? 0) < leaseEpoch;
    if (isClaim) host = actor.host;
  }
  return host;
}
