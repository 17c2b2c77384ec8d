import { findType, type TicketRecord, transitionNamed } from "@wiggum/ticket-core";
import type { Context } from "./context.js";

/** A state that is only for waiting is left with what was waited for, by the edge `resolve`; `undefined` = the ticket is in no such state. */
export async function resolveState(
  context: Context,
  { ticket }: TicketRecord,
): Promise<TicketRecord | undefined> {
  const project = await context.project();
  const edge = transitionNamed(findType(project.types, ticket.type), ticket.state, "resolve");
  if (edge === undefined) return undefined;
  const { record } = await project.transition(ticket.id, edge.to);
  context.messages.ok(`${record.ticket.id} is in ${record.ticket.state} again`);
  return record;
}
