import {
  type FieldValue,
  isTicketError,
  printable,
  type Reference,
  type Ticket,
  TicketError,
  type TicketTypes,
} from "@wiggum/ticket-core";
import { withField, withoutField } from "./edit-text.js";
import { readAny, readText, readTexts } from "./field-values.js";
import { stateOf } from "./statuses.js";
import { ticketFault } from "./ticket-fault.js";
import { fieldOfKey, fieldTexts, isRuledKey, linkKind, stateKey } from "./ticket-fields.js";
import { isTextFault, readTicketText, type TicketText } from "./ticket-text.js";

/** Largest ticket, in bytes of UTF-8. */
export const maxTicketBytes = 16 * 1024 * 1024;

/** A ticket of a file without a type. */
const usualType = "task";

/** Between front matter and title. tk writes nothing there, where other files have an empty line: both are this. */
const usualPreamble = "\n";

/** A ticket of a file without a priority, or with a word for one. */
const usualPriority = 2;

/** Reads the bytes of `<id>.md`. @throws TICKET_UNREADABLE with path and line */
export function decodeTicketFile(bytes: Uint8Array, id: string, types: TicketTypes): Ticket {
  return ticketOf(readBytes(bytes, id), id, types);
}

function readBytes(bytes: Uint8Array, id: string): TicketText {
  const fail = (message: string, line?: number) => unreadable(id, message, line);
  if (bytes.length > maxTicketBytes) throw fail("it is over 16 MiB");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail("it is no UTF-8 text");
  }
  const read = readTicketText(text);
  if (isTextFault(read)) throw fail(read.message, read.line);
  return read;
}

function ticketOf(read: TicketText, id: string, types: TicketTypes): Ticket {
  const fault = ticketFault(read, id);
  if (fault !== undefined) throw unreadable(id, fault.message, fault.line);
  const byKey = new Map(read.fields.map((field) => [field.key, field] as const));
  const wrong = (key: string, wanted: string) =>
    unreadable(id, `\`${key}\` must be ${wanted}`, byKey.get(key)?.line);
  const value = (key: string) => byKey.get(key)?.value ?? "";
  const text = (key: string) => (value(key) === "" ? undefined : readText(value(key)));
  const whole = (key: string, usual: number) => {
    if (value(key) === "") return usual;
    if (!isWhole(value(key))) throw wrong(key, "a whole number");
    return Number(value(key));
  };
  const flag = (key: string) => {
    if (value(key) === "") return undefined;
    if (value(key) !== "true" && value(key) !== "false") throw wrong(key, "true or false");
    return value(key) === "true";
  };
  const texts = (key: string) => {
    const isList = value(key) === "" || (value(key).startsWith("[") && value(key).endsWith("]"));
    if (!isList) throw wrong(key, "a list, for example [a, b]");
    return readTexts(value(key));
  };
  const status = text("status");
  if (status === undefined) throw unreadable(id, "there is no `status`", byKey.get("status")?.line);
  const type = text("type") ?? usualType;
  const reason = text("action_required");
  const links = texts("links").map((target): Reference => ({ kind: linkKind, target }));
  return {
    id,
    type,
    // tk takes any word.
    priority: isWhole(value("priority")) ? Number(value("priority")) : usualPriority,
    state: stateOf(type, status, text("workflow_state"), types),
    leaseEpoch: whole("lease_epoch", 0),
    dependsOn: texts("deps"),
    blocks: texts("blocks"),
    labels: texts("tags"),
    riskFlags: texts("risk_flags"),
    references: [...links, ...texts("references").map(asReference)],
    ...defined({
      assignedAgentId: text("assignee"),
      assignedAt: text("assigned_at"),
      parent: text("parent"),
      readiness: text("readiness"),
      needsPreflight: flag("needs_preflight"),
      actionRequired:
        reason === undefined
          ? undefined
          : { reason, ...defined({ since: text("action_required_since"), by: text("action_required_by") }) },
      createdAt: text("created"),
      createdBy: text("created_by"),
      updatedAt: text("updated_at"),
    }),
    ...partsBelow(read),
    fields: Object.fromEntries(
      read.fields
        .filter(({ key }) => !isRuledKey(key))
        .map(({ key, value: raw }): [string, FieldValue] => [fieldOfKey(key), readAny(raw)]),
    ),
  };
}

function isWhole(text: string): boolean {
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

function partsBelow({ text, bodyStart, titleLine }: TicketText): Pick<Ticket, "title" | "preamble" | "body"> {
  if (titleLine === undefined) return { title: "", preamble: "", body: text.slice(bodyStart) };
  return {
    preamble: text.slice(bodyStart, titleLine.start) || usualPreamble,
    title: text.slice(titleLine.start + "# ".length, titleLine.end),
    body: text.slice(titleLine.next),
  };
}

/**
 * The bytes of a ticket's file. With `previous`, what is stored, every byte of that stays which is not part of a value that changes. What comes out
 * has been read again and is `next`.
 * @throws TICKET_INVALID with the field that cannot be stored; TICKET_UNREADABLE if `previous` is
 */
export function encodeTicketFile(next: Ticket, types: TicketTypes, previous?: Uint8Array): Uint8Array {
  const stored = previous === undefined ? undefined : readBytes(previous, next.id);
  const text = stored === undefined ? newText(next, types) : changedText(stored, next, types);
  const bytes = Buffer.from(text);
  refuseOther(bytes, text, next, types);
  return bytes;
}

function newText(ticket: Ticket, types: TicketTypes): string {
  const fields = [...fieldTexts(ticket, types)].map(([key, value]) => `${key}: ${value}\n`).join("");
  const preamble = ticket.preamble === usualPreamble ? "" : ticket.preamble;
  return `---\n${fields}---\n${preamble}${ticket.title === "" ? "" : `# ${ticket.title}\n`}${ticket.body}`;
}

function changedText(stored: TicketText, next: Ticket, types: TicketTypes): string {
  const before = ticketOf(stored, next.id, types);
  const [old, wanted] = [fieldTexts(before, types), fieldTexts(next, types)];
  const head = [...new Set([...old.keys(), ...wanted.keys(), stateKey])].reduce((current, key) => {
    const value = wanted.get(key);
    // Of a move nothing stays that an earlier state said, whether it still counted or not.
    const isStale = key === stateKey && value === undefined && before.state !== next.state;
    if (old.get(key) === value && !isStale) return current;
    const text = value === undefined ? withoutField(current, key) : withField(current, key, value);
    const read = readTicketText(text);
    // Read again at the end, which says what is wrong.
    return isTextFault(read) ? current : read;
  }, stored);
  const { text, bodyStart, titleLine, lineEnd } = head;
  const parts = partsBelow(head);
  const isSame = parts.title === next.title && parts.preamble === next.preamble && parts.body === next.body;
  if (isSame) return text;
  const end = titleLine === undefined ? lineEnd : text.slice(titleLine.end, titleLine.next);
  const title = next.title === "" ? "" : `# ${next.title}${next.body === "" ? end : end || lineEnd}`;
  const preamble = next.preamble === usualPreamble ? "" : next.preamble;
  const kept = titleLine === undefined ? "" : text.slice(bodyStart, titleLine.start);
  return `${text.slice(0, bodyStart)}${parts.preamble === next.preamble ? kept : preamble}${title}${next.body}`;
}

/** Reads what was written: nobody shall ever find another ticket than the one that was to be stored. */
function refuseOther(bytes: Uint8Array, text: string, wanted: Ticket, types: TicketTypes): void {
  if (/\p{Cs}/u.test(text)) throw invalid(wanted, undefined, "it has half of a character of two");
  let read: Ticket;
  try {
    read = decodeTicketFile(bytes, wanted.id, types);
  } catch (error) {
    if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
    throw invalid(wanted, undefined, `what would be stored could not be read (${error.message})`);
  }
  const members = new Set([...Object.keys(wanted), ...Object.keys(read)]) as Set<keyof Ticket>;
  const [one, other] = [withPreamble(read), withPreamble(wanted)];
  const field = [...members].find((member) => comparable(one[member]) !== comparable(other[member]));
  if (field !== undefined) throw invalid(wanted, field, `\`${field}\` would be read back as another value`);
}

function withPreamble(ticket: Ticket): Ticket {
  return ticket.preamble === "" ? { ...ticket, preamble: usualPreamble } : ticket;
}

/** JSON with sorted keys; an absent member is as an undefined one. */
function comparable(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
}

function asReference(text: string): Reference {
  const colon = text.indexOf(":");
  return { kind: text.slice(0, Math.max(colon, 0)), target: text.slice(colon + 1) };
}

/** Without the members that are undefined. */
function defined<Members extends object>(members: Members): Partial<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Partial<Members>;
}

function unreadable(id: string, problem: string, line?: number): TicketError<"TICKET_UNREADABLE"> {
  const path = `${printable(id)}.md`;
  return new TicketError(
    "TICKET_UNREADABLE",
    `Cannot read ${path}${line === undefined ? "" : `:${line}`}: ${problem}`,
    { id, path, ...(line !== undefined && { line }) },
    { hint: "Mend the file with an editor; all other tickets are read as ever." },
  );
}

function invalid({ id }: Ticket, field: string | undefined, problem: string): TicketError<"TICKET_INVALID"> {
  return new TicketError(
    "TICKET_INVALID",
    `${printable(id)} cannot be stored: ${problem}`,
    { id, ...(field !== undefined && { field }) },
    { hint: "Change the value." },
  );
}
