import type { FieldValue, Ticket } from "@wiggum/ticket-core";

/** A line of our own JSONL: what programs ask for by name, then the whole file. */
export function ticketLine({
  ticket,
  text,
}: {
  readonly ticket: Ticket;
  readonly text: string;
}): Record<string, FieldValue> {
  const { id, type, state, priority, title, labels, dependsOn, blocks, parent, createdAt, updatedAt } =
    ticket;
  return {
    id,
    type,
    state,
    priority,
    title,
    labels,
    depends_on: dependsOn,
    blocks,
    ...(parent !== undefined && { parent }),
    ...(createdAt !== undefined && { created_at: createdAt }),
    ...(updatedAt !== undefined && { updated_at: updatedAt }),
    text,
  };
}
