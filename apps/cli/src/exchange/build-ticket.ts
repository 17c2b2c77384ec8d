// From a neutral record to one of our tickets. Pure; throws TICKET_INVALID, STATE_UNKNOWN for what cannot be one.
import { createHash } from "node:crypto";
import {
  encodeTicket,
  isTicketError,
  maxTitleLength,
  printable,
  type Reference,
  readEvents,
  type Ticket,
  type TicketId,
} from "@wiggum/ticket-core";
import { bodyFor } from "./build-body.js";
import { oneLineOf } from "./foreign-words.js";
import { importedId } from "./imported-ids.js";
import type { FieldAccount, ImportedTicket } from "./imported-ticket.js";
import { stateFor, typeFor } from "./map-states.js";
import { takeOwnFields, withTaken } from "./own-fields.js";
import type { PlanOptions } from "./plan-import.js";
import type { ResolvedLinks } from "./plan-links.js";

export type BuildContext = Pick<PlanOptions, "format" | "source" | "states" | "types">;

export interface BuiltTicket {
  readonly ticket: Ticket;
  readonly account: readonly FieldAccount[];
  readonly warnings: readonly string[];
}

export function buildTicket(
  record: ImportedTicket,
  id: TicketId,
  links: ResolvedLinks,
  context: BuildContext,
): BuiltTicket {
  const type = typeFor(context.types, record.type);
  const { state, isHeld: isPutOff, isOwn } = stateFor(type, record, context.states);
  // What it waits for is not here: without that it would come free, which it is not where it comes from.
  const isOver = type.states.some(({ name, final }) => name === state && final);
  const waiting = isOver ? undefined : waitsFor(links.missing);
  const isHeld = isPutOff || waiting !== undefined;
  const warnings = [...links.warnings];
  const kept: Record<string, unknown> = { ...record.kept };
  const title = titleOf(record.title);
  if (title !== record.title) kept["title (whole)"] = record.title;
  if (record.type !== undefined && record.type !== type.name) kept["type (as it was)"] = record.type;
  // A label that only says our state is no label of the ticket.
  const said = isOwn ? record.ownState?.label : undefined;
  const labels = [...new Set(record.labels.map(lineOf))]
    .filter((label) => label !== "" && label !== said)
    .sort();
  if (record.labels.some((label) => lineOf(label) !== label)) kept["labels (as they were)"] = record.labels;
  const reason =
    record.actionRequired ??
    (isPutOff ? `Its state in ${context.format} is '${record.state}'` : undefined) ??
    waiting;
  const plain: Ticket = {
    id,
    type: type.name,
    priority: record.priority ?? 2,
    state,
    leaseEpoch: 0,
    dependsOn: links.dependsOn,
    blocks: links.blocks,
    labels,
    riskFlags: [...new Set((record.riskFlags ?? []).map(lineOf))].sort(),
    references: referencesOf([
      { kind: context.format, target: importedId(context, record.externalId) },
      ...record.references,
      ...links.references,
    ]),
    ...(links.parent !== undefined && { parent: links.parent }),
    ...(record.readiness !== undefined && { readiness: lineOf(record.readiness) }),
    ...(record.needsPreflight !== undefined && { needsPreflight: record.needsPreflight }),
    ...(reason !== undefined &&
      isHeld && {
        actionRequired: {
          reason: lineOf(reason),
          ...(record.actionSince !== undefined && { since: record.actionSince }),
          ...(record.actionBy !== undefined && { by: lineOf(record.actionBy) }),
        },
      }),
    ...(record.createdAt !== undefined && { createdAt: record.createdAt }),
    ...(record.createdBy !== undefined && { createdBy: lineOf(record.createdBy) }),
    ...(record.updatedAt !== undefined && { updatedAt: record.updatedAt }),
    title,
    preamble: "\n",
    body: "",
    fields: {},
  };
  const taken = takeOwnFields(record.offeredFields ?? [], plain, type, context.types, links.idOf);
  for (const path of taken.notes.keys()) delete kept[path];
  const ticket: Ticket = {
    ...plain,
    fields: {
      ...Object.fromEntries(
        type.fields.flatMap(({ name, default: usual }) => (usual === undefined ? [] : [[name, usual]])),
      ),
      ...taken.values,
      imported_from: context.format,
      imported_id: importedId(context, record.externalId),
      imported_digest: record.digest,
      imported_state: lineOf(record.state),
      ...(Object.keys(kept).length > 0 && { imported_data: dataOf(kept) }),
    },
  };
  const written = withBody(ticket, record, context);
  if (written.isReplaced)
    warnings.push("characters that no text file can hold (NUL, half of a pair) were replaced");
  const account = withTaken(record.account, taken).map((entry) => {
    const note = links.changed.get(entry.field);
    return note === undefined ? entry : { ...entry, note };
  });
  return { ticket: written.ticket, account, warnings };
}

/** Tries the text as it is; where that cannot be stored, or would swallow what follows, it is put below a heading, escaped. */
function withBody(
  ticket: Ticket,
  record: ImportedTicket,
  context: BuildContext,
): { readonly ticket: Ticket; readonly isReplaced: boolean } {
  const events = record.events.map((event, index) => ({ ...event, id: eventId(context, record, index) }));
  const attempt = (from: ImportedTicket) => {
    const { body, isReplaced } = bodyFor(from, events);
    const whole = { ...ticket, body };
    encodeTicket(whole);
    return { ticket: whole, isReplaced };
  };
  const { markdown, ...rest } = record;
  if (markdown === undefined) return attempt(record);
  try {
    const first = attempt(record);
    const found = new Set(readEvents(first.ticket.body).map(({ id }) => id));
    if (events.every(({ id }) => found.has(id))) return first;
  } catch (error) {
    if (!isTicketError(error, "TICKET_INVALID")) throw error;
  }
  return attempt({ ...rest, description: markdown });
}

function eventId(context: BuildContext, { externalId }: ImportedTicket, index: number): string {
  const hash = createHash("sha256").update(
    JSON.stringify([context.format, importedId(context, externalId), index]),
  );
  return `import-${hash.digest("hex").slice(0, 20)}`;
}

/** One line, not empty, not too long. What it was stands in the data of the ticket where it is another. */
function titleOf(text: string): string {
  const line = lineOf(text);
  if (line === "") return "Untitled";
  if (line.length <= maxTitleLength) return line;
  // Not through the middle of a character of two.
  return `${line.slice(0, maxTitleLength - 1).replace(/\p{Cs}$/u, "")}…`;
}

/** Why a person has to look first. `undefined` = all that it waits for is there. */
function waitsFor(missing: readonly string[]): string | undefined {
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, 5).join(", ");
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : "";
  return `It waits for ${named}${more}, which the import did not find`;
}

function lineOf(text: string): string {
  return printable(oneLineOf(text));
}

function referencesOf(references: readonly Reference[]): readonly Reference[] {
  const seen = new Map<string, Reference>();
  for (const { kind, target } of references) {
    const line = lineOf(target);
    if (line !== "") seen.set(`${kind}:${line}`, { kind, target: line });
  }
  return [...seen.values()];
}

/** JSON in one line; characters that a file of text cannot have are escaped in it. */
function dataOf(kept: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(kept).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
