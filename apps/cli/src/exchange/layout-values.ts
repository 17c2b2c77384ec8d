// Values and keys that our own layouts of these formats (docs/file-layouts.md) write on lines that the other tool keeps and does not read.
import type { Reference } from "@wiggum/ticket-core";
import { takeMoment } from "./foreign-words.js";
import type { ImportedLink } from "./imported-ticket.js";
import { noteOf } from "./link-notes.js";
import { RecordFault, type RecordReader } from "./open-record.js";
import type { OfferedField } from "./own-fields.js";

/** Keys with lists, in both layouts. */
export const layoutLists = ["blocks", "references", "risk_flags"] as const;

/** What a plain line could not hold stands there as JSON. */
export function plainText(raw: string): string {
  if (!raw.startsWith('"')) return raw;
  try {
    const value = JSON.parse(raw) as unknown;
    return typeof value === "string" ? value : raw;
  } catch {
    return raw;
  }
}

/** A text of a key that may be in quotes of JSON. */
export function takeLine(record: RecordReader, field: string, note: string): string | undefined {
  const raw = record.text(field, note);
  return raw === undefined ? undefined : plainText(raw);
}

/** What no other tool has in its words for a ticket of ours, under the keys of both layouts. */
export interface LayoutKeys {
  readonly references: readonly Reference[];
  readonly links: readonly ImportedLink[];
  readonly createdBy?: string | undefined;
  readonly actionSince?: string | undefined;
  readonly actionBy?: string | undefined;
}

export function readLayoutKeys(record: RecordReader): LayoutKeys {
  const pointed = record.texts("references", "references, those to tickets re-pointed").map(referenceIn);
  const { references, links } = linksAmong(pointed, "references");
  for (const field of ["lease_epoch", "assigned_at"]) {
    if (record.peek(field) !== undefined) record.note(field, "dropped", "claims are not taken over");
  }
  return {
    references,
    links: [
      ...record
        .texts("blocks", noteOf("blocks"))
        .map((target) => ({ kind: "blocks", target, field: "blocks" })),
      ...links,
    ],
    createdBy: takeLine(record, "created_by", "created_by"),
    actionSince: takeMoment(record, "action_required_since", "action_required"),
    actionBy: takeLine(record, "action_required_by", "action_required"),
  };
}

/** Keys that nobody took: the layouts keep fields of a type under their own names, and under `field.<name>` where the name is a key of tk. */
export function offeredOnLines(kept: Readonly<Record<string, unknown>>): readonly OfferedField[] {
  return Object.entries(kept).map(([path, value]) => ({
    name: path.replace(/^field\.(?=.)/, ""),
    value,
    path,
    isLine: true,
  }));
}

/** References, and those of them that may name tickets, as links that are re-pointed. `field` says all of them. */
export function linksAmong(
  all: readonly Reference[],
  field: string,
): { readonly references: readonly Reference[]; readonly links: readonly ImportedLink[] } {
  return {
    references: all.filter(({ kind }) => !mayBeTicket(kind)),
    links: all
      .filter(({ kind }) => mayBeTicket(kind))
      .map(({ kind, target }) => ({ kind, target, field, isReference: true })),
  };
}

/** What never names a ticket. */
const noTicket = new Set([
  "file",
  "branch",
  "commit",
  "artifact",
  "url",
  "external",
  "assignee",
  "agent",
  "slug",
  "legacy_ticket",
]);

function mayBeTicket(kind: string): boolean {
  return !noTicket.has(kind);
}

/** `kind:target`; what has no kind is kept as it is. */
export function referenceIn(text: string): Reference {
  const [, kind, target] = /^([^\s:]+):(.+)$/s.exec(text) ?? [];
  return kind === undefined || target === undefined ? { kind: "external", target: text } : { kind, target };
}

/** `needs_preflight`, under whatever name. @throws RecordFault it is neither yes nor no */
export function takeSwitch(record: RecordReader, field: string): boolean | undefined {
  const word = takeLine(record, field, "needs_preflight");
  if (word === undefined) return undefined;
  if (/^(?:true|yes|1)$/i.test(word)) return true;
  if (/^(?:false|no|0)$/i.test(word)) return false;
  throw new RecordFault(`\`${field}\` must be true or false, and is '${word.slice(0, 40)}'`);
}
