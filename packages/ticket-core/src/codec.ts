import { conflictBelow, type TextBelow, textBelow } from "./codec-below.js";
import { asTimestamp, valuesOf } from "./codec-values.js";
import { isTicketError, TicketError } from "./errors.js";
import {
  type FrontMatterEntry,
  type FrontMatterRange,
  frontMatterRangeOf,
  idOfPath,
  refuseConflictIn,
  type TextSource,
  unreadable,
} from "./front-matter.js";
import { editFrontMatter, entrySource, type FrontMatterChange } from "./front-matter-edit.js";
import { isCoreKey, keyOrder, keyRules } from "./front-matter-keys.js";
import { scanFrontMatter } from "./front-matter-scan.js";
import { fullParser } from "./parser-port.js";
import { printable } from "./printable.js";
import { isSameValue } from "./same-value.js";
import { lineNumberAt } from "./section-lines.js";
import type { FieldValue, Ticket } from "./ticket.js";

/** Largest ticket, in bytes of UTF-8. */
export const maxTicketBytes = 16 * 1024 * 1024;

/**
 * Reads the Markdown of a ticket. With a path the id must be the name of the file.
 *
 * Moments with an offset come out in UTC; keys that are not the ticket's own come out in `fields`.
 * @throws TICKET_UNREADABLE with path and line
 */
export function decodeTicket(text: string, source: TextSource = {}): Ticket {
  return readText(text, source).ticket;
}

/** Reads the bytes of a ticket's file. @throws TICKET_UNREADABLE also for what is no UTF-8 */
export function decodeTicketBytes(bytes: Uint8Array, source: TextSource = {}): Ticket {
  return decodeTicket(ticketTextOf(bytes, source), source);
}

/** The bytes of a ticket's file as text, a byte order mark included. @throws TICKET_UNREADABLE */
export function ticketTextOf(bytes: Uint8Array, source: TextSource = {}): string {
  if (bytes.length > maxTicketBytes) throw tooLarge(source);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable("it is no UTF-8 text", source);
  }
}

/**
 * The Markdown of a ticket. With `previous`, the text that is stored, every byte of that stays which is not part of a value that changes.
 * What comes out has been read again and is `next`.
 * @throws TICKET_INVALID with the field that cannot be stored; TICKET_UNREADABLE if `previous` is
 */
export function encodeTicket(next: Ticket, previous?: string): string {
  const stored = previous === undefined ? undefined : readText(previous, {});
  const wanted = inSeconds(next);
  if (stored !== undefined && isSameValue(stored.ticket, wanted)) return stored.text;
  refuseUnfit(wanted, stored?.ticket.title);
  const text = stored === undefined ? newText(wanted) : changedText(stored, wanted);
  refuseOther(text, wanted);
  return text;
}

interface StoredText {
  readonly text: string;
  readonly ticket: Ticket;
  readonly range: FrontMatterRange;
  readonly entries: readonly FrontMatterEntry[];
  readonly below: TextBelow;
}

function readText(text: string, source: TextSource): StoredText {
  if (isTooLarge(text)) throw tooLarge(source);
  const binary = text.indexOf("\0");
  if (binary >= 0)
    throw unreadable("it is binary (it has a NUL character)", source, lineNumberAt(text, binary));
  const range = frontMatterRangeOf(text, source);
  refuseConflictIn(text, range, source);
  const conflict = conflictBelow(text, range.rest);
  if (conflict !== undefined)
    throw unreadable("git left a merge conflict in it", source, lineNumberAt(text, conflict));
  const entries = scanFrontMatter(text, range) ?? fullParser("parseFrontMatter")(text, range, source);
  const values = valuesOf(text, entries, source);
  const name = idOfPath(source.path);
  if (name !== undefined && name !== values.id) throw unreadable(`it bears the id ${values.id}`, source);
  const below = textBelow(text, range.rest);
  const { title, preamble, body } = below;
  return { text, ticket: { ...values, title, preamble, body }, range, entries, below };
}

function newText(ticket: Ticket): string {
  const own = keyRules.flatMap((rule) => {
    const value = rule.of(ticket);
    return rule.isAlwaysThere || !isUsual(value) ? [entrySource(rule.key, value ?? null, "\n")] : [];
  });
  const custom = Object.entries(ticket.fields).flatMap(([key, value]) =>
    value === undefined ? [] : [entrySource(key, value, "\n")],
  );
  const title = ticket.title === "" ? "" : `# ${ticket.title}\n`;
  return ["---\n", ...own, ...custom, "---\n", ticket.preamble, title, ticket.body].join("");
}

/** Not worth a line in a new ticket. */
function isUsual(value: FieldValue | undefined): boolean {
  return value === undefined || value === null || value === 0 || (Array.isArray(value) && value.length === 0);
}

function changedText({ text, ticket, range, entries, below }: StoredText, next: Ticket): string {
  const own = keyRules.map(({ key, of }) => ({ key, before: of(ticket), value: of(next) }));
  const names = new Set([...Object.keys(ticket.fields), ...Object.keys(next.fields)]);
  const custom = [...names].map((key) => ({ key, before: fieldOf(ticket, key), value: fieldOf(next, key) }));
  const changes = [...own, ...custom].filter(({ before, value }) => !isSameValue(before, value));
  const head = editFrontMatter(text.slice(0, range.rest), range, entries, changes.map(emptied), keyOrder);
  return [head, next.preamble, titleLine(below, next.title, range.lineEnd), next.body].reduce(
    (written, piece) => {
      const isBroken = written !== "" && piece !== "" && !written.endsWith("\n") && !written.endsWith("\r");
      return isBroken ? written + range.lineEnd + piece : written + piece;
    },
  );
}

/** Nobody has it: the key stays, empty. */
function emptied({ key, value }: FrontMatterChange): FrontMatterChange {
  const isKept = value === undefined && keyRules.some((rule) => rule.key === key && rule.isAlwaysThere);
  return { key, value: isKept ? null : value };
}

/** The line stays as it is, but for the title in it. */
function titleLine({ title: before, titleLine: line }: TextBelow, title: string, lineEnd: string): string {
  if (title === before) return line;
  return title === "" ? "" : `# ${title}${line === "" ? lineEnd : line.slice(`# ${before}`.length)}`;
}

function fieldOf({ fields }: Ticket, key: string): FieldValue | undefined {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function inSeconds(ticket: Ticket): Ticket {
  const { assignedAt, createdAt, updatedAt, actionRequired } = ticket;
  return {
    ...ticket,
    ...(assignedAt !== undefined && { assignedAt: asTimestamp(assignedAt) }),
    ...(createdAt !== undefined && { createdAt: asTimestamp(createdAt) }),
    ...(updatedAt !== undefined && { updatedAt: asTimestamp(updatedAt) }),
    ...(actionRequired?.since !== undefined && {
      actionRequired: { ...actionRequired, since: asTimestamp(actionRequired.since) },
    }),
  };
}

function refuseUnfit(ticket: Ticket, storedTitle: string | undefined): void {
  if (ticket.title !== storedTitle && /[\p{Cc}\p{Cs}]/u.test(ticket.title)) {
    throw invalid(ticket, "title", "the title must be one line without control characters");
  }
  const taken = Object.keys(ticket.fields).find(isCoreKey);
  if (taken !== undefined)
    throw invalid(ticket, "fields", `\`${taken}\` is a key of the ticket itself, and no custom field`);
}

/** Reads what was written: nobody shall ever find another ticket than the one that was to be stored. */
function refuseOther(text: string, wanted: Ticket): void {
  if (isTooLarge(text)) throw invalid(wanted, undefined, "it is over 16 MiB");
  if (/\p{Cs}/u.test(text)) throw invalid(wanted, undefined, "it has half of a character of two");
  let read: Ticket;
  try {
    read = decodeTicket(text);
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    throw invalid(wanted, undefined, `what would be stored could not be read (${error.message})`);
  }
  const members = new Set([...Object.keys(wanted), ...Object.keys(read)]) as Set<keyof Ticket>;
  const field = [...members].find((member) => !isSameValue(read[member], wanted[member]));
  if (field !== undefined) throw invalid(wanted, field, `\`${field}\` would be read back as another value`);
}

function invalid({ id }: Ticket, field: string | undefined, problem: string): TicketError {
  return new TicketError(
    "TICKET_INVALID",
    `${printable(id)} cannot be stored: ${printable(problem)}`,
    { id, ...(field !== undefined && { field }) },
    {
      hint: "Change the value. Where the file uses anchors or tags of YAML, replace them by plain values first.",
    },
  );
}

function tooLarge(source: TextSource): TicketError {
  return unreadable("it is over 16 MiB", source);
}

function isTooLarge(text: string): boolean {
  // A character takes three bytes at most, half of a pair counted as one.
  if (text.length * 3 <= maxTicketBytes) return false;
  return text.length > maxTicketBytes || new TextEncoder().encode(text).length > maxTicketBytes;
}
