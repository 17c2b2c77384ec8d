// `item.md` as a ticket, and back.
import type { FieldValue, Reference, Ticket, TicketTypes } from "@wiggum/ticket-core";
import { unfit, unreadableItem } from "./item-faults.js";
import type { ItemChange, ItemText } from "./item-text.js";
import {
  readBoolean,
  readList,
  readPriority,
  readText,
  readTime,
  readValue,
  writeList,
  writeText,
  writeValue,
} from "./item-values.js";
import { stateIn, type WorkItemStatus, workItemType } from "./statuses.js";

/** Keys that every item has, in the order in which they are written. */
export const requiredKeys = [
  "id",
  "slug",
  "title",
  "status",
  "kind",
  "priority",
  "labels",
  "created_at",
  "updated_at",
  "assignee",
  "legacy_ticket",
] as const;

/** Keys that others know under another name. */
const aliases: Readonly<Record<string, string>> = {
  needs_preflight: "needs-preflight",
  risk_flags: "risks",
};

/** What is not in the format of others, and is kept by them untouched: the state of other types, claims, links between tickets. */
const ownKeys = [
  "readiness",
  "needs_preflight",
  "risk_flags",
  "action_required",
  "action_required_since",
  "action_required_by",
  "references",
  "workflow_type",
  "workflow_state",
  "parent",
  "depends_on",
  "blocks",
  "lease_epoch",
  "assigned_at",
  "created_by",
  "preamble",
] as const;

type OwnKey = (typeof ownKeys)[number];

const noAction = new Set(["", "none", "null", "false", "no"]);

/** The raw value of a key, by its own name or another that is read. */
export function rawOf(item: ItemText, key: string): string | undefined {
  const alias = aliases[key];
  return (item.entries.get(key) ?? (alias === undefined ? undefined : item.entries.get(alias)))?.raw;
}

/** Keys that are the ticket's own, whether they are there or not. */
export function isKnownKey(key: string): boolean {
  return (
    (requiredKeys as readonly string[]).includes(key) ||
    (ownKeys as readonly string[]).includes(key) ||
    Object.values(aliases).includes(key)
  );
}

/** @throws TICKET_UNREADABLE for a required key that is missing or empty */
export function ticketOf(
  item: ItemText,
  id: string,
  status: WorkItemStatus,
  types: TicketTypes,
  path: string,
): Ticket {
  for (const key of requiredKeys) {
    const entry = item.entries.get(key);
    if (entry === undefined || entry.raw === "") {
      const found = entry === undefined ? "it is missing" : "it is empty";
      throw unreadableItem(
        path,
        `expected a value of the required key \`${key}\`: ${found}`,
        entry?.line ?? 1,
      );
    }
  }
  const raw = (key: string) => rawOf(item, key);
  if (raw("id") !== id) {
    const problem = `the folder is named ${id}: expected \`id: ${id}\``;
    throw unreadableItem(path, problem, item.entries.get("id")?.line);
  }
  const type = readText(raw("workflow_type"));
  const kept = readText(raw("workflow_state"));
  const isOfWorkflow = type !== undefined && kept !== undefined;
  const epoch = Number(raw("lease_epoch"));
  const reason = readText(raw("action_required"));
  const isRequired = reason !== undefined && !noAction.has((raw("action_required") ?? "").toLowerCase());
  return {
    id,
    type: isOfWorkflow ? type : workItemType.name,
    priority: readPriority(raw("priority") ?? ""),
    state: isOfWorkflow ? stateIn(types, type, kept, status) : status,
    ...some("assignedAgentId", readText(raw("assignee"))),
    ...some("assignedAt", readTime(raw("assigned_at"))),
    leaseEpoch: Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0,
    ...some("parent", readText(raw("parent"))),
    dependsOn: readList(raw("depends_on")),
    blocks: readList(raw("blocks")),
    labels: readList(raw("labels")),
    ...some("readiness", readText(raw("readiness"))),
    ...some("needsPreflight", readBoolean(raw("needs_preflight"))),
    riskFlags: readList(raw("risk_flags")),
    ...(isRequired && {
      actionRequired: {
        reason,
        ...some("since", readTime(raw("action_required_since"))),
        ...some("by", readText(raw("action_required_by"))),
      },
    }),
    references: readList(raw("references")).flatMap((text) => referenceOf(text) ?? []),
    ...some("createdAt", readTime(raw("created_at"))),
    ...some("createdBy", readText(raw("created_by"))),
    ...some("updatedAt", readTime(raw("updated_at"))),
    title: raw("title") ?? "",
    preamble: readText(raw("preamble")) ?? "\n",
    body: item.text.slice(item.rest),
    fields: fieldsOf(item, id, isOfWorkflow ? type : undefined),
  };
}

function fieldsOf(item: ItemText, id: string, type: string | undefined): Record<string, FieldValue> {
  const [slug = "", kind = ""] = [rawOf(item, "slug"), rawOf(item, "kind")];
  const legacy = readText(rawOf(item, "legacy_ticket"));
  const fields: [string, FieldValue][] = [];
  if (type === undefined || slug !== id) fields.push(["slug", slug]);
  if (type === undefined || kind !== type) fields.push(["kind", kind]);
  if (legacy !== undefined) fields.push(["legacy_ticket", legacy]);
  for (const { key, raw } of item.entries.values()) {
    const isOurs = key.startsWith("workflow_") && type === undefined ? false : isKnownKey(key);
    if (!isOurs) fields.push([key, readValue(raw)]);
  }
  return Object.fromEntries(fields);
}

function referenceOf(text: string): Reference | undefined {
  const [, kind, target] = /^([^\s:]+):(.+)$/s.exec(text) ?? [];
  return kind === undefined || target === undefined ? undefined : { kind, target };
}

/** Every value of a ticket as the raw text of its key; `undefined` = no line. */
function rawValues(ticket: Ticket, status: WorkItemStatus): Map<string, string | undefined> {
  const { fields, actionRequired } = ticket;
  const isWorkItem = ticket.type === workItemType.name;
  const text = (key: string) => {
    const value = fields[key];
    if (value !== undefined && typeof value !== "string")
      throw unfit(ticket.id, `fields.${key}`, `\`${key}\` is no text`);
    return value === "" ? undefined : value;
  };
  const optional = (value: string | undefined) => (value === undefined ? undefined : writeText(value));
  const list = (items: readonly string[]) => (items.length === 0 ? undefined : writeList(items));
  const own: Record<OwnKey, string | undefined> = {
    readiness: optional(ticket.readiness),
    needs_preflight: ticket.needsPreflight === undefined ? undefined : String(ticket.needsPreflight),
    risk_flags: list(ticket.riskFlags),
    action_required: actionRequired === undefined ? undefined : actionText(actionRequired.reason),
    action_required_since: optional(readTime(actionRequired?.since)),
    action_required_by: optional(actionRequired?.by),
    references: list(ticket.references.map(({ kind, target }) => `${kind}:${target}`)),
    workflow_type: isWorkItem ? undefined : writeText(ticket.type),
    workflow_state: isWorkItem ? undefined : writeText(ticket.state),
    parent: optional(ticket.parent),
    depends_on: list(ticket.dependsOn),
    blocks: list(ticket.blocks),
    lease_epoch: ticket.leaseEpoch === 0 ? undefined : String(ticket.leaseEpoch),
    assigned_at: optional(readTime(ticket.assignedAt)),
    created_by: optional(ticket.createdBy),
    preamble: ticket.preamble === "\n" ? undefined : writeText(ticket.preamble),
  };
  const values = new Map<string, string | undefined>([
    ["id", ticket.id],
    ["slug", text("slug")],
    ["title", ticket.title],
    ["status", status],
    ["kind", text("kind") ?? (isWorkItem ? "task" : ticket.type)],
    ["priority", `P${ticket.priority}`],
    ["labels", writeList(ticket.labels)],
    ["created_at", readTime(ticket.createdAt)],
    ["updated_at", readTime(ticket.updatedAt)],
    ["assignee", optional(ticket.assignedAgentId) ?? "null"],
    ["legacy_ticket", optional(text("legacy_ticket")) ?? "null"],
    ...Object.entries(own),
  ]);
  for (const [key, value] of Object.entries(fields)) {
    const isForeign = key.startsWith("workflow_") && isWorkItem;
    if (value === undefined || (isKnownKey(key) && !isForeign)) continue;
    if (!isLineKey(key)) throw unfit(ticket.id, `fields.${key}`, `\`${key}\` cannot be a key`);
    values.set(key, writeValue(value));
  }
  return values;
}

function actionText(reason: string): string {
  return noAction.has(reason.toLowerCase()) ? JSON.stringify(reason) : writeText(reason);
}

function isLineKey(key: string): boolean {
  return key.trim() === key && key !== "" && !/^[-#]|[:\p{Cc}\p{Cs}\u2028\u2029]/u.test(key);
}

/** What is written where a new item says nothing. */
export interface ItemDefaults {
  readonly slug: string;
  readonly at: string;
}

/** The text of a new item. */
export function newItemText(ticket: Ticket, status: WorkItemStatus, { slug, at }: ItemDefaults): string {
  const values = rawValues(ticket, status);
  for (const [key, otherwise] of [
    ["slug", slug],
    ["created_at", at],
    ["updated_at", at],
  ] as const) {
    if (values.get(key) === undefined) values.set(key, otherwise);
  }
  const lines = [...values].flatMap(([key, raw]) => (raw === undefined ? [] : [`${key}: ${raw}\n`]));
  return ["---\n", ...lines, "---\n", ticket.body].join("");
}

/** The lines that change from one ticket to the next. A value that is the same ticket's keeps its form. */
export function itemChanges(
  item: ItemText,
  before: Ticket,
  next: Ticket,
  status: WorkItemStatus,
  { slug, at }: ItemDefaults,
): readonly ItemChange[] {
  const [old, wanted] = [rawValues(before, status), rawValues(next, status)];
  const changes: ItemChange[] = [];
  for (const key of new Set([...wanted.keys(), ...old.keys()])) {
    const raw = wanted.get(key);
    const isStale = key === "status" && item.entries.get(key)?.raw !== status;
    if (raw === old.get(key) && !isStale) continue;
    changes.push({ key: writtenKey(item, key), raw: raw ?? removed(item, key, slug, at) });
  }
  return changes;
}

/** A key that others wrote under another name is changed under that name. */
function writtenKey(item: ItemText, key: string): string {
  const alias = aliases[key];
  return alias !== undefined && !item.entries.has(key) && item.entries.has(alias) ? alias : key;
}

/** What stays of a key that has no value any more: required ones do not go. */
function removed(item: ItemText, key: string, slug: string, at: string): string | undefined {
  if (key === "slug") return slug;
  if (key === "created_at" || key === "updated_at") return at;
  return key === "action_required" && item.entries.has(key) ? "none" : undefined;
}

function some<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}
