import { printable, type Ticket, TicketError, type TicketId, type Tickets } from "@wiggum/ticket-core";
import type { AgentId } from "@wiggum/workflow";

/** An agent that calls, with the claim that its session was started under. */
export interface CallingAgent {
  readonly agentId: AgentId;
  readonly ticketId?: TicketId | undefined;
  readonly epoch?: number | undefined;
}

/**
 * An agent whose claim was taken over does nothing more, to whatever ticket: it moves no branch, starts nobody and runs no hook. To be asked
 * before such a thing and once more right before it counts.
 * @throws TICKET_FENCED
 */
export async function requireOwnClaim(
  tickets: Pick<Tickets, "list"> & Partial<Pick<Tickets, "backend">>,
  agent: CallingAgent | undefined,
): Promise<void> {
  const ticketId = agent?.ticketId;
  if (agent === undefined || ticketId === undefined) return;
  const [record] = (await tickets.list({ ids: [ticketId] })).tickets;
  // A ticket that was deleted is nobody's any more: there is no holder to be protected from this one.
  if (record === undefined) return;
  refuseFenced(record.ticket, agent);
  const { agentId, epoch } = agent;
  if (epoch !== undefined) await tickets.backend?.checkClaim?.({ id: ticketId, epoch }, agentId);
}

/** @throws TICKET_FENCED the ticket is the agent's own and its claim is not the one that holds */
export function refuseFenced(ticket: Ticket, { ticketId, epoch }: CallingAgent): void {
  if (ticketId !== ticket.id || epoch === undefined || ticket.leaseEpoch === epoch) return;
  const holder = ticket.assignedAgentId;
  throw new TicketError(
    "TICKET_FENCED",
    `Your claim on ${ticket.id} was taken over${holder === undefined ? "" : ` by ${printable(holder)}`}: stop working`,
    { id: ticket.id, epoch, current: ticket.leaseEpoch, holder },
    { hint: "Change nothing, commit nothing, end your session." },
  );
}
