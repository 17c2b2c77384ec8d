import type { Ticket, TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import {
  accountOf,
  assigneeOf,
  blockersOf,
  type ExportedTicket,
  isGivenUp,
  stageOf,
} from "./exported-ticket.js";
import { listOf, oneText, partsOfText } from "./ticket-parts.js";

const known = {
  id: ["mapped", "a number; the id itself in metadata"],
  type: ["kept", "metadata"],
  priority: ["mapped", "priority: critical, high, medium, low"],
  state: ["mapped", "status; the word itself in metadata"],
  title: ["kept", "title"],
  body: ["mapped", "description, details, testStrategy"],
  assignedAgentId: ["mapped", "assignee"],
  dependsOn: ["mapped", "dependencies"],
  blocks: ["mapped", "dependencies of the other task"],
  parent: ["kept", "metadata"],
  labels: ["kept", "metadata"],
  references: ["kept", "metadata"],
  fields: ["kept", "metadata"],
  createdAt: ["kept", "createdAt"],
  updatedAt: ["kept", "updatedAt"],
  readiness: ["kept", "metadata"],
  needsPreflight: ["kept", "metadata"],
  riskFlags: ["kept", "metadata"],
  actionRequired: ["mapped", "status deferred; the reason in metadata"],
  leaseEpoch: ["dropped", "counts claims here"],
} as const;

const priorities = ["critical", "high", "medium", "low", "low"] as const;

/** The tasks of `tasks.json`; `text` is one of them. */
export function exportTaskmaster(
  records: readonly TicketRecord[],
  types: TicketTypes,
): readonly ExportedTicket[] {
  const numbers = new Map(records.map(({ ticket }, index) => [ticket.id, index + 1]));
  const blockedBy = blockersOf(records);
  return records.map((record) => {
    const { ticket } = record;
    const {
      id,
      title,
      type,
      state,
      labels,
      references,
      fields,
      parent,
      readiness,
      needsPreflight,
      riskFlags,
    } = ticket;
    const parts = partsOfText(ticket.body);
    const testStrategy = parts.sections.find(({ heading }) => heading === "Test Strategy")?.text ?? "";
    const details = parts.sections.filter(({ heading }) => heading !== "Test Strategy");
    const criteria =
      parts.criteria.length === 0 ? [] : [{ heading: "Acceptance Criteria", text: listOf(parts.criteria) }];
    const comments = parts.events.map(({ source, at, text }) => ({
      heading: `From ${source} ${at ?? ""}`.trim(),
      text,
    }));
    const waitsFor = [...ticket.dependsOn, ...(blockedBy.get(id) ?? [])].flatMap(
      (each) => numbers.get(each) ?? [],
    );
    const assignee = assigneeOf(ticket);
    const task = {
      id: numbers.get(id),
      title,
      description: parts.description,
      status: statusOf(types, ticket),
      priority: priorities[ticket.priority] ?? "low",
      dependencies: [...new Set(waitsFor)],
      details: oneText({ description: "", sections: [...details, ...criteria, ...comments] }),
      testStrategy,
      subtasks: [],
      ...(assignee !== undefined && { assignee }),
      ...(ticket.createdAt !== undefined && { createdAt: ticket.createdAt }),
      ...(ticket.updatedAt !== undefined && { updatedAt: ticket.updatedAt }),
      metadata: {
        wiggum: {
          ...{ id, type, state, labels, references, fields, parent, readiness, needsPreflight, riskFlags },
          actionRequired: ticket.actionRequired,
        },
      },
    };
    return { id, files: [{ name: "", text: JSON.stringify(task) }], account: accountOf(record, known) };
  });
}

/** `tasks.json` with these tasks under the tag that every project has. */
export function taskmasterFile(tasks: readonly ExportedTicket[], now: string): string {
  const list = tasks.flatMap(({ files }) => files.map(({ text }) => JSON.parse(text) as unknown));
  const metadata = { created: now, updated: now, description: "Exported by wiggum" };
  return `${JSON.stringify({ master: { tasks: list, metadata } }, null, 2)}\n`;
}

function statusOf(types: TicketTypes, ticket: Ticket): string {
  const stage = stageOf(types, ticket);
  if (stage === "closed") return isGivenUp(types, ticket) ? "cancelled" : "done";
  if (ticket.actionRequired !== undefined) return "deferred";
  if (ticket.state === "review") return "review";
  return stage === "open" ? "pending" : "in-progress";
}
