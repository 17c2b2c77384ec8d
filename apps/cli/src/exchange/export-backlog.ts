import type { Reference, Ticket, TicketRecord, TicketTypes } from "@wiggum/ticket-core";
import { stringify } from "yaml";
import {
  accountOf,
  assigneeOf,
  blockersOf,
  type ExportedTicket,
  isGivenUp,
  stageOf,
} from "./exported-ticket.js";
import { oneLineOf } from "./foreign-words.js";
import { partsOfText, type TicketParts } from "./ticket-parts.js";

const known = {
  id: ["mapped", "TASK-<number>; the id itself in wiggum_id"],
  type: ["kept", "type"],
  priority: ["mapped", "priority: high, medium, low"],
  state: ["mapped", "status, folder; the word itself in wiggum_state"],
  title: ["kept", "title"],
  body: ["mapped", "sections, acceptance criteria, comments"],
  assignedAgentId: ["mapped", "assignee"],
  dependsOn: ["mapped", "dependencies"],
  blocks: ["mapped", "dependencies of the other task"],
  parent: ["mapped", "parent_task_id"],
  labels: ["kept", "labels"],
  references: ["mapped", "references"],
  createdAt: ["mapped", "created_date, to the minute"],
  createdBy: ["kept", "reporter"],
  updatedAt: ["mapped", "updated_date, to the minute"],
  actionRequired: ["mapped", "drafts/"],
  leaseEpoch: ["dropped", "counts claims here"],
} as const;

const priorities = ["high", "high", "medium", "low", "low"] as const;
const statuses = { open: "To Do", in_progress: "In Progress", closed: "Done" } as const;

/** Without it the other tool does not know the folder as its own. */
export const backlogBeside = [
  {
    name: "config.yml",
    text: 'project_name: "exported by wiggum"\ndefault_status: "To Do"\nstatuses: ["To Do", "In Progress", "Done"]\nlabels: []\ndate_format: yyyy-mm-dd\n',
  },
];

/** Files of a folder `backlog/`. */
export function exportBacklog(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const names = new Map(records.map(({ ticket }, index) => [ticket.id, `TASK-${index + 1}`]));
  const blockedBy = blockersOf(records);
  return records.map((record) => {
    const { ticket } = record;
    const id = names.get(ticket.id) ?? ticket.id;
    const assignee = assigneeOf(ticket);
    const waitsFor = [...ticket.dependsOn, ...(blockedBy.get(ticket.id) ?? [])].flatMap(
      (each) => names.get(each) ?? [],
    );
    const parent = names.get(ticket.parent ?? "");
    const matter = {
      id,
      title: ticket.title,
      status: statuses[stageOf(types, ticket)],
      assignee: assignee === undefined ? [] : [assignee],
      ...(ticket.createdBy !== undefined && { reporter: ticket.createdBy }),
      created_date: minuteOf(ticket.createdAt ?? now),
      ...(ticket.updatedAt !== undefined && { updated_date: minuteOf(ticket.updatedAt) }),
      labels: ticket.labels,
      dependencies: [...new Set(waitsFor)],
      ...(parent !== undefined && { parent_task_id: parent }),
      references: ticket.references.map(referenceText),
      priority: priorities[ticket.priority] ?? "low",
      type: ticket.type,
      wiggum_id: ticket.id,
      wiggum_state: ticket.state,
    };
    const slug = ticket.title
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60);
    const name = `${folderOf(types, ticket)}/${id.toLowerCase()} - ${slug === "" ? "Untitled" : slug}.md`;
    const text = `---\n${stringify(matter, { lineWidth: 0 })}---\n\n${bodyOf(partsOfText(ticket.body))}`;
    return { id: ticket.id, files: [{ name, text }], account: accountOf(record, known) };
  });
}

function folderOf(types: TicketTypes, ticket: Ticket): string {
  if (isGivenUp(types, ticket)) return "archive/tasks";
  return ticket.actionRequired === undefined || stageOf(types, ticket) === "closed" ? "tasks" : "drafts";
}

function bodyOf({ description, criteria, sections, events }: TicketParts): string {
  const marks: Readonly<Record<string, string>> = {
    Description: "DESCRIPTION",
    "Implementation Plan": "PLAN",
    "Implementation Notes": "NOTES",
    "Final Summary": "FINAL_SUMMARY",
  };
  const block = (heading: string, text: string) => {
    // Sections that the other tool has no marks for have some, too: what is in them is no heading, and opens nothing that goes on behind them.
    const mark = Object.hasOwn(marks, heading) ? marks[heading] : "OTHER";
    return `## ${heading}\n\n<!-- SECTION:${mark}:BEGIN -->\n${withoutMarks(text)}\n<!-- SECTION:${mark}:END -->\n`;
  };
  const list = criteria.map(
    ({ text, checked }, index) =>
      `- [${checked ? "x" : " "}] #${index + 1} ${withoutMarks(text).replaceAll("\n", "\n  ")}`,
  );
  const comments = events.map(({ source, at, text }, index) => {
    const created = at === undefined ? "" : minuteOf(at);
    return `<!-- COMMENT:BEGIN -->\nindex: ${index + 1}\nauthor: ${oneLineOf(source)}\ncreated: ${created}\n\n${withoutMarks(text)}\n<!-- COMMENT:END -->`;
  });
  return [
    ...(description === "" ? [] : [block("Description", description)]),
    ...(list.length === 0
      ? []
      : [`## Acceptance Criteria\n<!-- AC:BEGIN -->\n${list.join("\n")}\n<!-- AC:END -->\n`]),
    ...sections.map(({ heading, text }) => block(heading, text)),
    ...(comments.length === 0
      ? []
      : [`## Comments\n<!-- COMMENTS:BEGIN -->\n${comments.join("\n\n")}\n<!-- COMMENTS:END -->\n`]),
  ].join("\n");
}

/** Addresses and files stand there as they are, as its own do, unless they would be read as something else; all others with their kind. */
function referenceText({ kind, target }: Reference): string {
  const isBare = kind === "url" ? /^https?:\/\//i.test(target) : kind === "file" && !/^[^\s:]+:/.test(target);
  return isBare ? target : `${kind}:${target}`;
}

/** What would be taken for the other tool's own marks. */
function withoutMarks(text: string): string {
  return text.replace(/<!--(?=\s*(?:SECTION|AC|DOD|COMMENTS?):)/g, "<!-- ");
}

/** As that tool writes moments: UTC, without its name. */
function minuteOf(at: string): string {
  const milliseconds = Date.parse(at);
  return Number.isNaN(milliseconds)
    ? ""
    : new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ");
}
