import type { TicketRequirement } from "../backend.js";
import { TicketError } from "../errors.js";
import type { Ticket } from "../ticket.js";
import type { TicketsPorts, WriteContext } from "../tickets.js";
import { blockingReasons, createTicketWorld, describeReason } from "../workable.js";
import { lookUp } from "./find-ticket.js";

/**
 * Refuses a claim while dependencies are not delivered or a person must act; an override goes past that.
 * Answers the dependencies as they were read: if one of them changes before the commit, the claim is checked again.
 * @throws TICKET_BLOCKED with every reason
 */
export async function checkWorkable(
  { backend, types }: Pick<TicketsPorts, "backend" | "types">,
  ticket: Ticket,
  context: Pick<WriteContext, "override">,
): Promise<readonly TicketRequirement[]> {
  if (context.override !== undefined) return [];
  const ids = [...new Set(ticket.dependsOn)];
  const found = await Promise.all(ids.map(async (id) => ({ id, ...(await lookUp(backend, id)) })));
  const records = found.flatMap(({ record }) => record ?? []);
  const unreadable = found.filter(({ isUnreadable }) => isUnreadable).map(({ id }) => id);
  const reasons = blockingReasons(ticket, createTicketWorld(types, records, unreadable));
  if (reasons.length === 0) {
    return records.map((record) => ({ id: record.ticket.id, revision: record.revision }));
  }
  throw new TicketError(
    "TICKET_BLOCKED",
    `${ticket.id} cannot be claimed now: ${reasons.map(describeReason).join(", ")}`,
    { id: ticket.id, reasons },
    { hint: "Wait for these tickets, or clear what a person must do." },
  );
}
