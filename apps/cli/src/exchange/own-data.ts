// What our exports put into `metadata.wiggum` of tools that have a place for data of others.
import type { Reference } from "@wiggum/ticket-core";
import type { ImportedLink } from "./imported-ticket.js";
import { linksAmong } from "./layout-values.js";
import type { RecordReader } from "./open-record.js";
import type { OfferedField } from "./own-fields.js";

export interface OwnData {
  readonly state?: string | undefined;
  readonly type?: string | undefined;
  /** Its id here, which links of others to it name. */
  readonly id?: string | undefined;
  readonly labels: readonly string[];
  readonly riskFlags: readonly string[];
  readonly readiness?: string | undefined;
  readonly needsPreflight?: boolean | undefined;
  /** Why a person has to act. */
  readonly action?: string | undefined;
  readonly actionSince?: string | undefined;
  readonly actionBy?: string | undefined;
  /** Front matter beyond what every ticket has: what the type declares comes back, all else stays data. */
  readonly fields: readonly OfferedField[];
  /** References that name no ticket. */
  readonly references: readonly Reference[];
  /** The parent, where the other tool has no place for it, and references that may name tickets. */
  readonly links: readonly ImportedLink[];
}

/** `undefined` = the record was not written by an export of ours. What is not taken here stays data of the ticket, by its path. */
export function readOwnData(record: RecordReader): OwnData | undefined {
  if (!isObject(record.peek("metadata"))) return undefined;
  const metadata = record.object("metadata");
  if (metadata === undefined || !isObject(metadata.peek("wiggum"))) return undefined;
  const own = metadata.object("wiggum");
  const text = (from: RecordReader | undefined, field: string, note: string) =>
    typeof from?.peek(field) === "string" ? from.text(field, note) : undefined;
  if (own === undefined) return undefined;
  const texts = (field: string) => (isTexts(own.peek(field)) ? own.texts(field, noteOf(field)) : []);
  const action = isObject(own.peek("actionRequired")) ? own.object("actionRequired") : undefined;
  const listed = own.peek("references");
  const isReferences = Array.isArray(listed) && listed.every(isReference);
  const references = isReferences
    ? own.objects("references").map((reference) => ({
        kind: reference.text("kind", "references") ?? "",
        target: reference.text("target", "references, those to tickets re-pointed") ?? "",
      }))
    : [];
  const parent = text(own, "parent", "parent, re-pointed");
  const among = linksAmong(references, "metadata.wiggum.references");
  return {
    state: text(own, "state", "state"),
    type: text(own, "type", "type"),
    id: text(own, "id", "names the ticket in links"),
    labels: texts("labels"),
    riskFlags: texts("riskFlags"),
    readiness: text(own, "readiness", "readiness"),
    needsPreflight:
      typeof own.peek("needsPreflight") === "boolean"
        ? own.flag("needsPreflight", "needs_preflight")
        : undefined,
    action: text(action, "reason", "action_required"),
    actionSince: text(action, "since", "action_required"),
    actionBy: text(action, "by", "action_required"),
    fields: offeredBy(own),
    references: among.references,
    links: [
      ...(parent === undefined ? [] : [{ kind: "parent", target: parent, field: own.path("parent") }]),
      ...among.links,
    ],
  };
}

function offeredBy(own: RecordReader): readonly OfferedField[] {
  const said = own.peek("fields");
  if (!isObject(said)) return [];
  const names = Object.keys(said as object);
  if (names.length === 0) own.note("fields", "dropped", "says nothing");
  // Each is accounted for by itself from here on.
  const fields = own.object("fields");
  return names.map((name) => ({
    name,
    value: fields?.peek(name),
    path: fields?.path(name) ?? name,
  }));
}

function noteOf(field: string): string {
  return field === "riskFlags" ? "risk_flags" : field;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
}

/** One that could not be taken back as it is stays data. */
function isReference(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, target } = value as { kind?: unknown; target?: unknown };
  return [kind, target].every((each) => typeof each === "string" && each.trim() !== "");
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
