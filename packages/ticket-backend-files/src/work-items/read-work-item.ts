import { TicketError } from "@wiggum/ticket-core";
import { filesBelow } from "../attachments.js";
import type { FolderReader } from "../folder/folder.js";
import type { StoredTicket } from "../layout.js";
import { enterPath } from "../stored-tickets.js";
import { parseItem } from "./item-text.js";
import { rawOf, requiredKeys } from "./item-ticket.js";
import { readBoolean, readList, readText } from "./item-values.js";
import { slugsIn } from "./slugs.js";
import { readThread } from "./thread.js";
import type { WorkItem, WorkItemMeta, WorkItemSummary } from "./work-item.js";
import { itemFile, resolutionFile, statusIn, threadFile } from "./work-items-layout.js";

/** The values of an item's front matter. The ticket has been decoded, so that the required keys are there. */
export function metaOf(stored: StoredTicket): WorkItemMeta {
  const item = parseItem(stored.files.get(itemFile) ?? new Uint8Array(), `${stored.folder}/${itemFile}`);
  const raw = (key: string) => rawOf(item, key) ?? "";
  const [id, slug, title, , kind, priority, , createdAt, updatedAt] = requiredKeys.map(raw);
  const needsPreflight = readBoolean(rawOf(item, "needs_preflight"));
  const [readiness, actionRequired] = [readText(raw("readiness")), readText(raw("action_required"))];
  const [assignee, legacyTicket] = [readText(raw("assignee")), readText(raw("legacy_ticket"))];
  return {
    id: id ?? "",
    slug: slug ?? "",
    title: title ?? "",
    status: statusIn(stored),
    kind: kind ?? "",
    priority: priority ?? "",
    labels: readList(raw("labels")),
    ...(readiness !== undefined && { readiness }),
    ...(needsPreflight !== undefined && { needsPreflight }),
    ...(actionRequired !== undefined && { actionRequired }),
    updatedAt: updatedAt ?? "",
    path: stored.folder,
    createdAt: createdAt ?? "",
    ...(assignee !== undefined && { assignee }),
    ...(legacyTicket !== undefined && { legacyTicket }),
    riskFlags: readList(raw("risk_flags")),
    references: readList(raw("references")).flatMap((text) => {
      const [, referenceKind, target] = /^([^\s:]+):(.+)$/s.exec(text) ?? [];
      return referenceKind === undefined || target === undefined ? [] : [{ kind: referenceKind, target }];
    }),
    raw: Object.fromEntries([...item.entries.values()].map((entry) => [entry.key, entry.raw])),
  };
}

/** The part of it that a list shows. */
export function summaryOf(meta: WorkItemMeta): WorkItemSummary {
  const {
    createdAt: _,
    assignee: __,
    legacyTicket: ___,
    riskFlags: ____,
    references: _____,
    raw: ______,
    ...summary
  } = meta;
  return summary;
}

/** An item with all that belongs to it. @throws TICKET_UNREADABLE */
export function workItemOf(root: FolderReader, stored: StoredTicket): WorkItem {
  const { text, closing, rest } = parseItem(
    stored.files.get(itemFile) ?? new Uint8Array(),
    `${stored.folder}/${itemFile}`,
  );
  const resolution = stored.files.get(resolutionFile);
  const artifacts = enterPath<FolderReader, readonly string[]>(root, `${stored.folder}/artifacts`, (folder) =>
    filesBelow(folder, ""),
  );
  return {
    meta: metaOf(stored),
    document: { body: text.slice(rest), frontMatter: text.slice(text.indexOf("\n") + 1, closing) },
    events: readThread(textOf(stored.files.get(threadFile))),
    artifacts: artifacts ?? [],
    ...(resolution !== undefined && { resolution: textOf(resolution) }),
  };
}

/** Bytes as text; what is no UTF-8 shows as such. */
export function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** The folder of the item of this id or slug. @throws TICKET_NOT_FOUND TICKET_AMBIGUOUS */
export function resolveItem(
  root: FolderReader,
  idOrSlug: string,
  find: (id: string) => readonly { readonly id: string }[],
): string {
  const [byId] = idOrSlug === "" || /[/\\\0]|^\.{1,2}$/.test(idOrSlug) ? [] : find(idOrSlug);
  if (byId !== undefined) return byId.id;
  const folders = slugsIn(root).get(idOrSlug) ?? [];
  const [only] = folders;
  const shown = JSON.stringify(idOrSlug.slice(0, 200)).slice(1, -1);
  if (only === undefined) {
    const hint = "An item is named by its whole id or its whole slug: list them to see which there are.";
    throw new TicketError("TICKET_NOT_FOUND", `work item not found: ${shown}`, { id: idOrSlug }, { hint });
  }
  if (folders.length === 1) return only.slice(only.indexOf("/") + 1);
  throw new TicketError(
    "TICKET_AMBIGUOUS",
    `ambiguous work item: ${shown}: ${folders.slice(0, 20).join(", ")}`,
    { id: idOrSlug, candidates: folders.map((folder) => folder.slice(folder.indexOf("/") + 1)) },
    { hint: "Name it by its id." },
  );
}
