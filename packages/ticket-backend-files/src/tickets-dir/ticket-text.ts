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

const fieldLine = /^([A-Za-z_][\w.-]*):(?:[ \t]+(.*?))?[ \t]*$/s;
const itemLine = /^[ \t]*-[ \t]+(.*?)[ \t]*$/s;

/** Reads a ticket file. Only the first block is front matter: a `---` in the body is a rule of Markdown. */
export function readTicketText(text: string): TicketText | TextFault {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const first = lineAt(text, start);
  if (first.content !== "---") {
    return { line: 1, message: "expected `---` on the first line, where the front matter begins" };
  }
  const fields: TextField[] = [];
  let at = first.next;
  for (let line = 2; at < text.length; line += 1) {
    const { content, next } = lineAt(text, at);
    if (content === "---") {
      const lineEnd = text.charCodeAt(first.next - 2) === 13 ? "\r\n" : "\n";
      const titleLine = titleLineIn(text, next);
      const title =
        titleLine === undefined ? "" : withoutBlanks(text.slice(titleLine.start + 2, titleLine.end));
      return { text, fields, fieldsStart: first.next, bodyStart: next, title, titleLine, lineEnd };
    }
    if (/^(?:<{7} |>{7} |={7}$)/.test(content)) return { line, message: "git left a merge conflict here" };
    addLine(fields, { content, start: at, end: next, line });
    at = next;
  }
  return { line: 1, message: "the front matter that begins here has no closing `---`" };
}

/** Is this why a file is no ticket? */
export function isTextFault(read: TicketText | TextFault): read is TextFault {
  return "message" in read;
}

/** The value of a key, white space around it dropped; undefined where the key is not there. */
export function fieldOf(ticket: TicketText, key: string): string | undefined {
  return ticket.fields.find((field) => field.key === key)?.value;
}

interface Line {
  readonly content: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

function addLine(fields: TextField[], { content, start, end, line }: Line): void {
  const [, key, value = ""] = fieldLine.exec(content) ?? [];
  if (key !== undefined) {
    fields.push({ key, value, start, end, line });
    return;
  }
  // A person's YAML: what is indented, or an item, goes on with the key above it.
  const last = fields.at(-1);
  if (last === undefined || last.end !== start || !/^[ \t]|^-[ \t]/.test(content)) return;
  const item = itemLine.exec(content)?.[1];
  const isList = item !== undefined && (last.value === "" || isItems.has(last));
  const longer = {
    ...last,
    value: isList ? listText([...listOf(last.value), unquoted(item)]) : last.value,
    end,
  };
  if (isList) isItems.add(longer);
  fields[fields.length - 1] = longer;
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
    .map(withoutBlanks)
    .filter((item) => item !== "");
}

// Not `trim`: a file that is no UTF-8 comes in byte by byte, and half of a letter may look like a space.
function withoutBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

/** Members as `[a, b]`. */
export function listText(items: readonly string[]): string {
  return `[${items.join(", ")}]`;
}

function titleLineIn(text: string, from: number): TextLine | undefined {
  for (let at = from; at < text.length; ) {
    if (text.startsWith("# ", at)) {
      const { content, next } = lineAt(text, at);
      return { start: at, end: at + content.length, next };
    }
    const end = text.indexOf("\n", at);
    if (end === -1) return undefined;
    at = end + 1;
  }
  return undefined;
}

/** The line at this offset, without its end, and the offset of the next one. */
function lineAt(text: string, start: number): { readonly content: string; readonly next: number } {
  const end = text.indexOf("\n", start);
  const next = end === -1 ? text.length : end + 1;
  const last = end === -1 ? text.length : end;
  const isCarriage = last > start && text.charCodeAt(last - 1) === 13;
  return { content: text.slice(start, isCarriage ? last - 1 : last), next };
}
