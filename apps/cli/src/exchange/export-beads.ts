import type { TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import { accountOf, assigneeOf, blockersOf, type ExportedTicket, stageOf } from "./exported-ticket.js";
import { stateLabel } from "./formats/beads.js";
import { listOf, oneText, partsOfText } from "./ticket-parts.js";

const known = {
  id: ["mapped", "id"],
  type: ["mapped", "issue_type"],
  priority: ["mapped", "priority"],
  state: ["mapped", "status; the word itself as label state:<state>"],
  title: ["mapped", "title"],
  body: ["mapped", "description, acceptance_criteria, comments"],
  assignedAgentId: ["mapped", "assignee"],
  dependsOn: ["mapped", "dependencies of type blocks"],
  blocks: ["mapped", "dependencies of type blocks, of the other issue"],
  parent: ["mapped", "dependency of type parent-child"],
  labels: ["mapped", "labels"],
  createdAt: ["mapped", "created_at"],
  createdBy: ["mapped", "created_by"],
  updatedAt: ["mapped", "updated_at; closed_at of a closed one"],
  references: ["mapped", "external_ref, metadata"],
  fields: ["kept", "metadata"],
  readiness: ["kept", "metadata"],
  needsPreflight: ["kept", "metadata"],
  riskFlags: ["kept", "metadata"],
  actionRequired: ["mapped", "status blocked, metadata"],
  leaseEpoch: ["dropped", "counts claims here"],
  assignedAt: ["dropped", "has no place there"],
} as const;

/** Lines of `issues.jsonl`. */
export function exportBeads(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const blockedBy = blockersOf(records);
  return records.map((record) => {
    const { ticket } = record;
    const { id, body, actionRequired } = ticket;
    const stage = stageOf(types, ticket);
    const createdAt = ticket.createdAt ?? now;
    const updatedAt = ticket.updatedAt ?? createdAt;
    const link = (target: string, type: string) => ({
      issue_id: id,
      depends_on_id: target,
      type,
      created_at: createdAt,
      created_by: "wiggum",
    });
    const parts = partsOfText(body);
    const criteria = listOf(parts.criteria);
    const assignee = assigneeOf(ticket);
    const waitsFor = [...new Set([...ticket.dependsOn, ...(blockedBy.get(id) ?? [])])];
    const external = ticket.references.find(({ kind }) => kind === "external" || kind === "url");
    const issue = {
      id,
      title: ticket.title,
      description: oneText(parts),
      ...(criteria !== "" && { acceptance_criteria: criteria }),
      status: stage === "open" && actionRequired !== undefined ? "blocked" : stage,
      priority: ticket.priority,
      issue_type: ticket.type,
      ...(assignee !== undefined && { assignee }),
      created_at: createdAt,
      ...(ticket.createdBy !== undefined && { created_by: ticket.createdBy }),
      updated_at: updatedAt,
      // It refuses a closed issue without that.
      ...(stage === "closed" && { closed_at: updatedAt }),
      ...(external !== undefined && { external_ref: external.target }),
      labels: [...ticket.labels, `${stateLabel}${ticket.state}`],
      dependencies: [
        ...waitsFor.map((target) => link(target, "blocks")),
        ...(ticket.parent === undefined ? [] : [link(ticket.parent, "parent-child")]),
      ],
      comments: parts.events.map(({ source, text, at }, index) => ({
        id: index + 1,
        issue_id: id,
        author: source,
        text,
        created_at: at ?? updatedAt,
      })),
      metadata: {
        wiggum: {
          state: ticket.state,
          references: ticket.references,
          fields: ticket.fields,
          riskFlags: ticket.riskFlags,
          readiness: ticket.readiness,
          needsPreflight: ticket.needsPreflight,
          actionRequired,
        },
      },
    };
    return {
      id,
      files: [{ name: "", text: `${JSON.stringify(issue)}\n` }],
      account: accountOf(record, known),
    };
  });
}
