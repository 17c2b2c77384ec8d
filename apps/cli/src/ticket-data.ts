import type { BlockingReason, Ticket, TicketRecord, TicketSummary, TicketTree } from "@wiggum/ticket-core";

/** A ticket in JSON: its fields without the text, and which version this is. */
export function ticketSummary({ ticket, revision }: TicketSummary) {
  // A store without an index of its own answers whole tickets.
  const { body: _body, preamble: _preamble, ...fields } = ticket as Partial<Ticket> & typeof ticket;
  return { ...fields, revision };
}

/** Reads only what is needed of a record, for answers of writes. */
export function writtenTicket(record: TicketRecord) {
  const { ticket, revision } = record;
  return { id: ticket.id, state: ticket.state, assignedAgentId: ticket.assignedAgentId ?? null, revision };
}

/** A ticket in a view's file that is in no store yet. */
export function unsubmitted(ticket: Ticket, path: string) {
  return {
    id: ticket.id,
    state: ticket.state,
    assignedAgentId: ticket.assignedAgentId ?? null,
    revision: null,
    path,
  };
}

export interface TreeData {
  readonly id: string;
  readonly found: boolean;
  readonly repeated: boolean;
  readonly state: string | null;
  readonly title: string | null;
  readonly dependencies: readonly TreeData[];
}

export function treeData(tree: TicketTree): TreeData {
  return {
    id: tree.id,
    found: tree.record !== undefined,
    repeated: tree.repeated,
    state: tree.record?.ticket.state ?? null,
    title: tree.record?.ticket.title ?? null,
    dependencies: tree.dependencies.map(treeData),
  };
}

/** What a `blocked by` line names: ids, and a word where no ticket is in the way. */
export function blockerName(reason: BlockingReason): string {
  if (reason.kind === "action-required") return "action-required";
  return reason.kind === "cycle" ? (reason.path[1] ?? reason.path[0] ?? "cycle") : reason.id;
}

/** What a person should know beyond the id; undefined where the id says it all. */
export function blockerNote(id: string, reason: BlockingReason): string | undefined {
  switch (reason.kind) {
    case "dependency":
      return undefined;
    case "missing":
      return `${id}: dependency ${reason.id} does not exist (wiggum ticket dep remove ${id} ${reason.id})`;
    case "unreadable":
      return `${id}: dependency ${reason.id} cannot be read (wiggum ticket doctor)`;
    case "undelivered":
      return `${id}: dependency ${reason.id} is '${reason.state}', which delivers nothing (wiggum ticket dep remove ${id} ${reason.id})`;
    case "cycle":
      return `${id}: its dependencies form a cycle: ${reason.path.join(" -> ")}`;
    case "action-required":
      return `${id}: a person must act: ${reason.actionRequired.reason} (wiggum answer ${id} "<answer>")`;
  }
}
