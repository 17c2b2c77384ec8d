import { ticketsDirLayout } from "@wiggum/ticket-backend-files";
import type { Reference, TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import { accountOf, assigneeOf, blockersOf, type ExportedTicket } from "./exported-ticket.js";
import { accountWithout, layoutFile, withoutClaim } from "./layout-file.js";

const known = {
  id: ["kept", "id, file name"],
  type: ["kept", "type"],
  priority: ["kept", "priority"],
  state: ["mapped", "status; the word itself in workflow_state"],
  title: ["kept", "# title"],
  body: ["kept", "text below the title, byte for byte"],
  assignedAgentId: ["mapped", "assignee"],
  dependsOn: ["kept", "deps"],
  blocks: ["mapped", "deps of the other ticket"],
  parent: ["kept", "parent"],
  labels: ["kept", "tags"],
  createdAt: ["kept", "created"],
  updatedAt: ["kept", "updated_at"],
  createdBy: ["kept", "created_by"],
  references: ["mapped", "links, external-ref, references"],
  readiness: ["kept", "readiness"],
  needsPreflight: ["kept", "needs_preflight"],
  riskFlags: ["kept", "risk_flags"],
  actionRequired: ["kept", "action_required"],
  fields: ["kept", "keys of the same names"],
  leaseEpoch: ["dropped", "counts claims here"],
  assignedAt: ["dropped", "claims stay here"],
} as const;

/** Files of `.tickets`, as the layout `tickets-dir` writes them. */
export function exportTk(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const layout = ticketsDirLayout({ types });
  const ids = new Set(records.map(({ ticket }) => ticket.id));
  const blockedBy = blockersOf(records);
  return records.map((record) => {
    const { ticket } = record;
    const { links, others } = splitLinks(ticket.references, ids);
    const external = ticket.references.find(({ kind }) => kind === "external" || kind === "url");
    const { text, lost } = layoutFile(layout, now, {
      ...withoutClaim(ticket),
      assignedAgentId: assigneeOf(ticket),
      dependsOn: [...new Set([...ticket.dependsOn, ...(blockedBy.get(ticket.id) ?? [])])],
      // Said by the ticket that waits, as that tool does.
      blocks: [],
      references: [...links, ...others],
      createdAt: ticket.createdAt ?? now,
      preamble: "",
      fields: {
        ...ticket.fields,
        ...(external !== undefined && { "external-ref": external.target }),
      },
    });
    return {
      id: ticket.id,
      files: [{ name: `${ticket.id}.md`, text: withState(text, ticket.state) }],
      account: accountWithout(lost, accountOf(record, known)),
    };
  });
}

/** What leads to another ticket of the export is a link there. */
function splitLinks(references: readonly Reference[], ids: ReadonlySet<string>) {
  const isLink = ({ kind, target }: Reference) =>
    (kind === "related" || kind === "ticket") && ids.has(target);
  const links = references.filter(isLink).map(({ target }) => ({ kind: "ticket", target }));
  return { links, others: references.filter((reference) => !isLink(reference)) };
}

/** `closed` alone says nothing of what was delivered: our own word stands beside it, even where it is the same. */
function withState(text: string, state: string): string {
  const head = text.slice(0, text.indexOf("\n---", 3));
  return /^workflow_state:/m.test(head)
    ? text
    : text.replace(/^(status: .*\n)/m, `$1workflow_state: ${state}\n`);
}
