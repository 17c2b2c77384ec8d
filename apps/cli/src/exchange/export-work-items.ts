import { workItemsLayout, writeWorkItemThread } from "@wiggum/ticket-backend-files";
import { type TicketRecord, type TicketTypes, writeSection } from "@wiggum/ticket-core";
import { accountOf, assigneeOf, type ExportedTicket, stageOf } from "./exported-ticket.js";
import { oneLineOf } from "./foreign-words.js";
import { accountWithout, layoutFile, withoutClaim } from "./layout-file.js";
import { listOf, partsOfText, type TicketParts } from "./ticket-parts.js";

const known = {
  id: ["kept", "id, folder"],
  type: ["mapped", "kind, workflow_type"],
  priority: ["mapped", "priority P0 to P4"],
  state: ["mapped", "status: the folder; the word itself in workflow_state"],
  title: ["kept", "title"],
  body: ["mapped", "item.md, thread.md, resolution.md"],
  assignedAgentId: ["mapped", "assignee"],
  labels: ["kept", "labels"],
  createdAt: ["kept", "created_at"],
  updatedAt: ["kept", "updated_at"],
  createdBy: ["kept", "created_by"],
  readiness: ["kept", "readiness"],
  needsPreflight: ["kept", "needs_preflight"],
  riskFlags: ["kept", "risk_flags"],
  actionRequired: ["kept", "action_required"],
  dependsOn: ["mapped", "depends_on, which the other tool keeps and does not read"],
  blocks: ["mapped", "blocks, which the other tool keeps and does not read"],
  parent: ["mapped", "parent, which the other tool keeps and does not read"],
  references: ["mapped", "references, which the other tool keeps and does not read"],
  fields: ["kept", "keys of the same names"],
  leaseEpoch: ["dropped", "counts claims here"],
  assignedAt: ["dropped", "claims stay here"],
} as const;

/** All three folders must be there, empty or not. */
export const workItemsBeside = ["open", "pending", "closed"].map((status) => ({
  name: `${status}/.gitkeep`,
  text: "",
}));

/** Folders `<status>/<id>/`, as the layout `work-items` writes them; comments stand in the thread, as the other tool has them. */
export function exportWorkItems(
  records: readonly TicketRecord[],
  types: TicketTypes,
  now: string,
): readonly ExportedTicket[] {
  const layout = workItemsLayout({ types });
  const slugs = new Set<string>();
  return records.map((record) => {
    const { ticket } = record;
    const { id, fields } = ticket;
    const isClosed = stageOf(types, ticket) === "closed";
    const createdAt = ticket.createdAt ?? now;
    const parts = partsOfText(ticket.body);
    const own = typeof fields["slug"] === "string" ? fields["slug"] : "";
    const slug = own.trim() !== "" && !slugs.has(own) ? own : freeSlug(ticket.title, id, slugs);
    slugs.add(slug);
    const { folder, text, lost } = layoutFile(layout, now, {
      ...withoutClaim(ticket),
      assignedAgentId: assigneeOf(ticket),
      createdAt,
      updatedAt: ticket.updatedAt ?? createdAt,
      preamble: "\n",
      body: bodyOf(parts, isClosed),
      fields: { ...fields, slug },
    });
    const resolution = parts.sections.find(({ heading }) => heading === "Resolution")?.text ?? "Closed.";
    return {
      id,
      files: [
        { name: `${folder}/item.md`, text },
        { name: `${folder}/thread.md`, text: threadOf(parts, createdAt) },
        { name: `${folder}/artifacts/.gitkeep`, text: "" },
        ...(isClosed ? [{ name: `${folder}/resolution.md`, text: `${resolution}\n` }] : []),
      ],
      account: accountWithout(lost, accountOf(record, known)),
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

/** Kinds and times that are no words of the format become such. */
function threadOf({ events }: TicketParts, createdAt: string): string {
  const entries = events.map(({ kind, source, at = "", text }) => ({
    kind: kind.replace(/[^A-Za-z0-9_-]+/g, "_") || "comment",
    source: oneLineOf(source),
    at: at.trim().replace(/[\s\p{Cc}\p{Cs}<>]+/gu, "_") || createdAt,
    text,
  }));
  return writeWorkItemThread(entries, { author: "wiggum", at: createdAt });
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
