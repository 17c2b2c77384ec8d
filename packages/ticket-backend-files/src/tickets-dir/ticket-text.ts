// The text of a ticket file of tk, looked at and changed without touching a byte that is not meant. No YAML here: tk reads lines, and so do we.

/** A key of the front matter, its value as it stands there, and where. */
export interface TextField {
  readonly key: string;
  /** Rest of the line after the colon, white space around it dropped. Lists over several lines come as `[a, b]`. */
  readonly value: string;
  /** Offset of the first character of its line. */
  readonly start: number;
  /** Offset after its last line end. */
  readonly end: number;
  /** 1 = first line of the file. */
  readonly line: number;
}

/** A ticket file that has front matter. */
export interface TicketText {
  readonly text: string;
  /** In file order; of a key that is there twice the first one counts. */
  readonly fields: readonly TextField[];
  /** Offset of the first field: after the opening `---`. */
  readonly fieldsStart: number;
  /** Offset after the line end of the closing `---`. */
  readonly bodyStart: number;
  /** Text of the first line that begins with `# `, blanks around it dropped; empty when there is none. */
  readonly title: string;
  /** Where that line is; absent when there is none. */
  readonly titleLine?: TextLine | undefined;
  /** What ends a line here: the first line of the file says it. */
  readonly lineEnd: "\n" | "\r\n";
}

/** Offsets of a line: its first character, its line end, the next line. */
export interface TextLine {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** Why a file is no ticket, and on which line (1 = first). */
export interface TextFault {
  readonly line: number;
  readonly message: string;
}

const carriageReturn = 13;
const itemLine = /^[ \t]*-[ \t]+(.*?)[ \t]*$/s;
const conflictLine = /^(?:<{7} |>{7} |={7}$)/;

/**
 * Reads a ticket file. Only the first block is front matter: a `---` in the body is a rule of Markdown. Listings read ten thousand of these: it goes
 * by offsets, and makes no more texts than it answers.
 */
export function readTicketText(text: string): TicketText | TextFault {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const first = lineAt(text, start);
  if (!isRule(text, first)) {
    return { line: 1, message: "expected `---` on the first line, where the front matter begins" };
  }
  const lineEnd = text.charCodeAt(first.end) === carriageReturn ? "\r\n" : "\n";
  const fields: TextField[] = [];
  let at = first.next;
  for (let number = 2; at < text.length; number += 1) {
    const line = lineAt(text, at);
    if (isRule(text, line)) {
      const titleLine = titleLineIn(text, line.next);
      const title = titleLine === undefined ? "" : trimmed(text, titleLine.start + 2, titleLine.end);
      return { text, fields, fieldsStart: first.next, bodyStart: line.next, title, titleLine, lineEnd };
    }
    const code = text.charCodeAt(at);
    const mayBeConflict = code >= 0x3c && code <= 0x3e;
    if (mayBeConflict && conflictLine.test(text.slice(at, line.end))) {
      return { line: number, message: "git left a merge conflict here" };
    }
    addLine(fields, text, line, number);
    at = line.next;
  }
  return { line: 1, message: "the front matter that begins here has no closing `---`" };
}

function isRule(text: string, { start, end }: TextLine): boolean {
  return end - start === 3 && text.startsWith("---", start);
}

/** Is this why a file is no ticket? */
export function isTextFault(read: TicketText | TextFault): read is TextFault {
  return "message" in read;
}

/** The value of a key, white space around it dropped; undefined where the key is not there. */
export function fieldOf(ticket: TicketText, key: string): string | undefined {
  return ticket.fields.find((field) => field.key === key)?.value;
}

function addLine(fields: TextField[], text: string, { start, end, next }: TextLine, line: number): void {
  const colon = keyEnd(text, start, end);
  if (colon !== undefined) {
    const value = trimmed(text, colon + 1, end);
    fields.push({ key: text.slice(start, colon), value, start, end: next, line });
    return;
  }
  // A person's YAML: what is indented, or an item, goes on with the key above it.
  const content = text.slice(start, end);
  const last = fields.at(-1);
  if (last === undefined || last.end !== start || !/^[ \t]|^-[ \t]/.test(content)) return;
  const item = itemLine.exec(content)?.[1];
  const isList = item !== undefined && (last.value === "" || isItems.has(last));
  const value = isList ? listText([...listOf(last.value), unquoted(item)]) : last.value;
  const longer = { ...last, value, end: next };
  if (isList) isItems.add(longer);
  fields[fields.length - 1] = longer;
}

/** Where the colon behind a key at the beginning of a line is: a letter or `_`, then letters, digits, `_`, `.`, `-`; a blank behind the colon. */
function keyEnd(text: string, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x3a) {
      const after = text.charCodeAt(at + 1);
      return at > start && (at + 1 === end || isBlank(after)) ? at : undefined;
    }
    const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f;
    const isOther = (code >= 0x30 && code <= 0x39) || code === 0x2d || code === 0x2e;
    if (!isLetter && (at === start || !isOther)) return undefined;
  }
  return undefined;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Fields whose value was put together from items. */
const isItems = new WeakSet<TextField>();

function unquoted(item: string): string {
  return /^(["'])(.*)\1$/s.exec(item)?.[2] ?? item;
}

/** `[a, b]` as its members; a value that is no list has none. */
export function listOf(value: string): readonly string[] {
  if (!value.startsWith("[") || !value.endsWith("]")) return [];
  return value
    .slice(1, -1)
    .split(",")
    .map((item) => trimmed(item, 0, item.length))
    .filter((item) => item !== "");
}

// Not `trim`: a file that is no UTF-8 comes in byte by byte, and half of a letter may look like a space.
function trimmed(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Members as `[a, b]`. */
export function listText(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

function titleLineIn(text: string, from: number): TextLine | undefined {
  for (let at = from; at < text.length; ) {
    if (text.startsWith("# ", at)) return lineAt(text, at);
    const end = text.indexOf("\n", at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  return undefined;
}

/** The line at this offset. */
function lineAt(text: string, start: number): TextLine {
  const found = text.indexOf("\n", start);
  const next = found === -1 ? text.length : found + 1;
  const last = found === -1 ? text.length : found;
  const isCarriage = last > start && text.charCodeAt(last - 1) === carriageReturn;
  return { start, end: isCarriage ? last - 1 : last, next };
}
