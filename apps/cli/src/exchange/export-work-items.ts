import { type TicketRecord, type TicketTypes, writeSection } from "@wiggum/ticket-core";
import { accountOf, assigneeOf, type ExportedTicket, stageOf } from "./exported-ticket.js";
import { oneLineOf } from "./foreign-words.js";
import { listOf, partsOfText, type TicketParts } from "./ticket-parts.js";

const known = {
  id: ["kept", "id, folder"],
  type: ["kept", "kind"],
  priority: ["mapped", "priority P0 to P4"],
  state: ["mapped", "status: the folder; the word itself in wiggum_state"],
  title: ["kept", "title"],
  body: ["mapped", "item.md, thread.md, resolution.md"],
  assignedAgentId: ["mapped", "assignee"],
  labels: ["mapped", "labels; a comma in one becomes a space"],
  createdAt: ["kept", "created_at"],
  updatedAt: ["kept", "updated_at"],
  readiness: ["kept", "readiness"],
  needsPreflight: ["kept", "needs_preflight"],
  riskFlags: ["kept", "risk_flags"],
  actionRequired: ["mapped", "action_required: the reason; status pending"],
  dependsOn: ["mapped", "wiggum_depends_on, which the other tool keeps and does not read"],
  parent: ["mapped", "wiggum_parent, which the other tool keeps and does not read"],
  leaseEpoch: ["dropped", "counts claims here"],
} as const;

/** All three folders must be there, empty or not. */
export const workItemsBeside = ["open", "pending", "closed"].map((status) => ({
  name: `${status}/.gitkeep`,
  text: "",
}));

/** Folders `<status>/<id>/`. */
export function exportWorkItems(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const slugs = new Set<string>();
  return records.map((record) => {
    const { ticket } = record;
    const { id } = ticket;
    const isClosed = stageOf(types, ticket) === "closed";
    const status = isClosed ? "closed" : ticket.actionRequired === undefined ? "open" : "pending";
    const createdAt = ticket.createdAt ?? now;
    const parts = partsOfText(ticket.body);
    const lines = [
      `id: ${id}`,
      `slug: ${freeSlug(ticket.title, id, slugs)}`,
      `title: ${oneLineOf(ticket.title)}`,
      `status: ${status}`,
      `kind: ${ticket.type}`,
      `priority: P${ticket.priority}`,
      `labels: ${inline(ticket.labels)}`,
      `created_at: ${createdAt}`,
      `updated_at: ${ticket.updatedAt ?? createdAt}`,
      `assignee: ${oneLineOf(assigneeOf(ticket) ?? "null")}`,
      "legacy_ticket: null",
      ...(ticket.readiness === undefined ? [] : [`readiness: ${ticket.readiness}`]),
      ...(ticket.needsPreflight === undefined ? [] : [`needs_preflight: ${ticket.needsPreflight}`]),
      ...(ticket.riskFlags.length === 0 ? [] : [`risk_flags: ${inline(ticket.riskFlags)}`]),
      ...(ticket.actionRequired === undefined ? [] : [`action_required: ${ticket.actionRequired.reason}`]),
      `wiggum_state: ${ticket.state}`,
      ...(ticket.dependsOn.length === 0 ? [] : [`wiggum_depends_on: ${inline(ticket.dependsOn)}`]),
      ...(ticket.parent === undefined ? [] : [`wiggum_parent: ${ticket.parent}`]),
    ];
    const resolution = parts.sections.find(({ heading }) => heading === "Resolution")?.text ?? "Closed.";
    const folder = `${status}/${id}`;
    return {
      id,
      files: [
        { name: `${folder}/item.md`, text: `---\n${lines.join("\n")}\n---\n${bodyOf(parts, isClosed)}` },
        { name: `${folder}/thread.md`, text: threadOf(parts, createdAt) },
        { name: `${folder}/artifacts/.gitkeep`, text: "" },
        ...(isClosed ? [{ name: `${folder}/resolution.md`, text: `${resolution}\n` }] : []),
      ],
      account: accountOf(record, known),
    };
  });
}

function bodyOf(parts: TicketParts, isClosed: boolean): string {
  let body = "\n";
  if (parts.description !== "") body = writeSection(body, "Background", parts.description);
  body = writeSection(
    body,
    "Acceptance criteria",
    parts.criteria.length === 0 ? "- TBD" : listOf(parts.criteria),
  );
  for (const { heading, text } of parts.sections) {
    if (!isClosed || heading !== "Resolution") body = writeSection(body, heading, text);
  }
  return body.endsWith("\n") ? body : `${body}\n`;
}

function threadOf({ events }: TicketParts, createdAt: string): string {
  const created = `<!-- event: create author: wiggum at: ${createdAt} -->\n\n## Created\n\nCreated by wiggum.\n\n---\n`;
  const entries = events.map(({ kind, source, at, text }) => {
    const word = kind.replace(/[^A-Za-z0-9_-]+/g, "_");
    const author = oneLineOf(source).replace(/\s+|-->/g, "_") || "unknown";
    // What stands in the other tool's own syntax would be taken for an entry.
    const body = text.replace(/^([ \t]*)<!-- event:/gm, "$1<!-- an event:");
    return `\n<!-- event: ${word} author: ${author} at: ${at ?? createdAt} -->\n\n## ${headingOf(word)}\n\n${body}\n\n\n---\n`;
  });
  return created + entries.join("");
}

function headingOf(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** No two may have the same. */
function freeSlug(title: string, id: string, taken: Set<string>): string {
  const plain = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const slug =
    plain === "" || taken.has(plain) ? `${plain === "" ? "item" : plain}-${id.toLowerCase()}` : plain;
  taken.add(slug);
  return slug;
}

function inline(items: readonly string[]): string {
  return `[${items.map((item) => item.replace(/[,[\]]/g, " ").trim()).join(", ")}]`;
}
