import { requireActionOn, type TicketId, timestampOf, transitionNamed } from "@wiggum/ticket-core";
import { oneLine } from "./one-line.js";
import type { Project } from "./project.js";

/** The field in which types that have such a state keep why a person is waited for. */
const reasonField = "waiting_reason";

/**
 * Hands the ticket to a person, with the reason. Where its type has an edge `escalate` from the state that it is in (to `waiting_for_human`, say),
 * it takes that in the same commit.
 */
export async function escalateTicket(project: Project, ticketId: TicketId, reason: string): Promise<void> {
  const said = oneLine(reason);
  const context = project.writeContext();
  const { ticket } = await project.tickets.show(ticketId);
  const type = project.types.types[ticket.type];
  const edge = transitionNamed(type, ticket.state, "escalate");
  if (edge === undefined) {
    await project.tickets.requireAction(ticketId, said, context);
    return;
  }
  const hasField = type?.fields.some(({ name }) => name === reasonField) === true;
  await project.tickets.transition(ticketId, edge.to, {
    ...context,
    unguarded: true,
    cause: said,
    change: (next) => ({
      ...requireActionOn(next, said, timestampOf(project.clock.now()), context.actor.id),
      ...(hasField ? { fields: { ...next.fields, [reasonField]: said } } : {}),
    }),
  });
}
