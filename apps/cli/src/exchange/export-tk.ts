import type { TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import { accountOf, assigneeOf, blockersOf, type ExportedTicket, stageOf } from "./exported-ticket.js";

const known = {
  id: ["kept", "id, file name"],
  type: ["kept", "type"],
  priority: ["kept", "priority"],
  state: ["mapped", "status; the word itself in wiggum-state"],
  title: ["kept", "# title"],
  body: ["kept", "text below the title, byte for byte"],
  assignedAgentId: ["mapped", "assignee"],
  dependsOn: ["kept", "deps"],
  blocks: ["mapped", "deps of the other ticket"],
  parent: ["kept", "parent"],
  labels: ["mapped", "tags; a comma in one becomes a space"],
  createdAt: ["kept", "created"],
  references: ["mapped", "links, external-ref"],
  updatedAt: ["dropped", "is the time of the file there"],
  leaseEpoch: ["dropped", "counts claims here"],
} as const;

/** Files of `.tickets`, without their names' `.md`. */
export function exportTk(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const ids = new Set(records.map(({ ticket }) => ticket.id));
  const blockedBy = blockersOf(records);
  return records.map((record) => {
    const { ticket } = record;
    const related = ticket.references.filter(({ kind, target }) => kind === "related" && ids.has(target));
    const external = ticket.references.find(({ kind }) => kind === "external" || kind === "url");
    const assignee = assigneeOf(ticket);
    const lines = [
      `id: ${ticket.id}`,
      `status: ${stageOf(types, ticket)}`,
      `deps: ${list([...ticket.dependsOn, ...(blockedBy.get(ticket.id) ?? [])])}`,
      `links: ${list(related.map(({ target }) => target))}`,
      `created: ${ticket.createdAt ?? now}`,
      `type: ${ticket.type}`,
      `priority: ${ticket.priority}`,
      ...(assignee === undefined ? [] : [`assignee: ${assignee}`]),
      ...(external === undefined ? [] : [`external-ref: ${external.target}`]),
      ...(ticket.parent === undefined ? [] : [`parent: ${ticket.parent}`]),
      ...(ticket.labels.length === 0 ? [] : [`tags: ${list(ticket.labels)}`]),
      `wiggum-state: ${ticket.state}`,
    ];
    const text = `---\n${lines.join("\n")}\n---\n# ${ticket.title}\n${ticket.body}`;
    return { id: ticket.id, files: [{ name: `${ticket.id}.md`, text }], account: accountOf(record, known) };
  });
}

/** Without quotes: the other tool knows none. */
function list(items: readonly string[]): string {
  return `[${[...new Set(items)].map((item) => item.replace(/[,[\]]/g, " ").trim()).join(", ")}]`;
}
