import { isTicketId, printable, type Ticket } from "@wiggum/ticket-core";
import type { FolderLayout, WantedTicket, WriteContext } from "../layout.js";
import { unfit } from "./item-faults.js";
import { changeItem, parseItem } from "./item-text.js";
import { readPriority } from "./item-values.js";
import { freeSlug, slugOf, slugsIn } from "./slugs.js";
import { workItemType } from "./statuses.js";
import type { NewWorkItem } from "./work-item.js";
import { itemFile } from "./work-items-layout.js";

const body = "\n## Background\n\nCreated by wiggum.\n\n## Acceptance criteria\n\n- TBD\n";

/** Refuses what no item can hold, before the lock is asked for. @throws TICKET_INVALID naming the field */
export function checkNewItem(input: NewWorkItem): void {
  const {
    title,
    slug,
    kind = "task",
    priority = "P2",
    assignee,
    legacyTicket,
    readiness,
    actionRequired,
  } = input;
  const lines = { title, slug, kind, priority, assignee, legacyTicket, readiness, actionRequired };
  for (const [field, value] of Object.entries(lines)) {
    if (value === undefined) continue;
    if (value.trim() === "") throw unfit(undefined, field, `${field} is empty`);
    if (value !== printable(value) || /\p{Cs}/u.test(value)) {
      throw unfit(undefined, field, `${field} is not one line without control characters`);
    }
  }
  for (const [field, values] of Object.entries({ labels: input.labels, riskFlags: input.riskFlags })) {
    const odd = values?.find((value) => value !== printable(value) || /\p{Cs}/u.test(value));
    if (odd !== undefined)
      throw unfit(undefined, field, `'${printable(odd)}' is not one line without control characters`);
  }
  if (slug !== undefined && !isTicketId(`20260102-030405-${slug}`)) {
    throw unfit(undefined, "slug", `'${slug}' cannot be part of the name of a folder`);
  }
}

/** The files of a new open item, with an id and a slug that no other has. */
export function newItem(layout: FolderLayout, input: NewWorkItem, context: WriteContext): WantedTicket {
  const { at, folder } = context;
  const { kind = "task", priority = "P2", actionRequired, references = [] } = input;
  if (input.slug !== undefined && slugsIn(folder).has(input.slug)) {
    throw unfit(undefined, "slug", `another item has the slug '${input.slug}'`);
  }
  const slug = input.slug ?? freeSlug(folder, slugOf(input.title));
  const ticket: Ticket = {
    id: freeId(layout, context, `${stampOf(at)}-${slug}`),
    type: workItemType.name,
    priority: readPriority(priority),
    state: "open",
    leaseEpoch: 0,
    dependsOn: [],
    blocks: [],
    labels: (input.labels ?? []).map((label) => label.trim()).filter((label) => label !== ""),
    riskFlags: input.riskFlags ?? [],
    references,
    createdAt: at,
    updatedAt: at,
    title: input.title.trim(),
    preamble: "\n",
    body: bodyOf(input),
    fields: { slug, kind: kind.trim(), ...(input.legacyTicket && { legacy_ticket: input.legacyTicket }) },
    ...(input.assignee && { assignedAgentId: input.assignee }),
    ...(input.readiness && { readiness: input.readiness }),
    ...(input.needsPreflight !== undefined && { needsPreflight: input.needsPreflight }),
  };
  const wanted = layout.encode(ticket, undefined, context);
  const item = parseItem(wanted.files.get(itemFile) ?? new Uint8Array(), `${wanted.folder}/${itemFile}`);
  // As the caller wrote them: `none` and `urgent` are words that a ticket reads, and does not keep.
  const text = changeItem(
    item,
    [
      { key: "priority", raw: priority.trim() },
      ...(actionRequired === undefined ? [] : [{ key: "action_required", raw: actionRequired.trim() }]),
    ],
    undefined,
  );
  return { ...wanted, files: new Map(wanted.files).set(itemFile, Buffer.from(text)) };
}

function bodyOf({ body: given }: NewWorkItem): string {
  if (given === undefined) return body;
  const ended = given.endsWith("\n") ? given : `${given}\n`;
  return ended.startsWith("\n") ? ended : `\n${ended}`;
}

/** `20260102-030405` of `2026-01-02T03:04:05Z`. */
function stampOf(at: string): string {
  return at.replaceAll(/[-:Z]/g, "").replace("T", "-");
}

function freeId(layout: FolderLayout, { folder }: WriteContext, wanted: string): string {
  for (let count = 1; ; count++) {
    const id = count === 1 ? wanted : `${wanted}-${count}`;
    if (layout.find(folder, id).length === 0) return id;
  }
}
