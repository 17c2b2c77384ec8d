import { TicketError } from "./errors.js";
import type { Outline } from "./section-heading.js";
import { mapLines } from "./section-lines.js";
import { outlineOf } from "./section-outline.js";

/** What a text stands in. In an entry, a heading that begins with `From ` would begin the next entry. */
export type TextPlace = "section" | "entry";

/** A heading that would divide the body, with backslashes before it or none. */
const heading = {
  section: /^(\\*)##(?=[ \t]|$)/,
  entry: /^(\\*)(?:##(?=[ \t]|$)|###[ \t]+From(?=[ \t]|$))/,
} as const;

/** What opens a fence, or HTML that goes on over blank lines: it swallows all that follows unless something closes it. */
const opener = /^ {0,3}(\\*)(?:`{3}|~{3}|<[!?]|<(?:script|pre|style|textarea)(?=[ \t>]|$))/i;

/** The first and last line of what git leaves after a conflict. They count everywhere, in code, too: a ticket with such lines is unreadable. */
const conflictMark = /^(\\*)(?:<{7}|>{7}) /;

const mayNeedEscape = /^ {0,3}(?:\\|##|`{3}|~{3}|<|>{7} )/m;

/**
 * Text as it is stored below a heading, so that nothing in it ends its section or entry, or swallows what follows.
 *
 * Ordinary text is stored as it is. Where it is not safe, a backslash goes before: a heading of level 2 (`\## x`), in entries also `### From x`,
 * a fence or HTML comment that nothing closes, a conflict marker, and any of these that begins with backslashes already.
 * Markdown shows such a line without the backslash. Within closed code fences nothing is changed, conflict markers apart.
 * `unescapeText` takes exactly those backslashes away again.
 *
 * @throws TICKET_INVALID for text that no file can hold: a NUL, or half of a surrogate pair.
 */
export function escapeText(text: string, place: TextPlace): string {
  refuseUnstorable(text);
  if (!mayNeedEscape.test(text) || isFaithful(text, text, place)) return text;
  const unclosed = new Set<number>();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const draft = mapLines(text, (line, index) => (unclosed.has(index) ? guarded(line, place) : line));
    const outline = outlineOf(draft + ending);
    const isLiteral = within(outline.literals);
    let open: number | undefined;
    const stored = mapLines(draft, (line, index, start) => {
      if (start === outline.tail) open = index;
      if (unclosed.has(index)) return line;
      return !isLiteral(start) && isDangerous(line, place) ? guarded(line, place) : guardedConflict(line);
    });
    if (isFaithful(stored, text, place)) return stored;
    if (open === undefined || unclosed.has(open)) break;
    unclosed.add(open);
  }
  return mapLines(text, (line) => guarded(line, place));
}

/** The text that `escapeText` stored so; also what a person wrote by hand, read in the same way. */
export function unescapeText(stored: string, place: TextPlace): string {
  if (!stored.includes("\\")) return stored;
  const isLiteral = within(outlineOf(stored).literals);
  return mapLines(stored, (line, _index, start) => {
    if (!line.includes("\\")) return line;
    if (conflictMark.test(line)) return withoutBackslash(line);
    return isLiteral(start) || !isConstruct(line, place) ? line : withoutBackslash(line);
  });
}

/** Ends whatever is open except what nothing closes. */
const ending = "\n\n## end";

function isFaithful(stored: string, text: string, place: TextPlace): boolean {
  if (/(?:^|[\r\n])(?:<{7}|>{7}) /.test(stored)) return false;
  const dividers = outlineOf(stored + ending).headings.filter(
    ({ level }) => level === 2 || place === "entry",
  );
  return dividers.length === 1 && dividers[0]?.text === "end" && unescapeText(stored, place) === text;
}

function isConstruct(line: string, place: TextPlace): boolean {
  return heading[place].test(line) || opener.test(line);
}

/** Not safe wherever it stands outside code: it would divide the body, or be read without its backslash. */
function isDangerous(line: string, place: TextPlace): boolean {
  return heading[place].test(line) || (/^ *\\/.test(line) && opener.test(line));
}

function guarded(line: string, place: TextPlace): string {
  return isConstruct(line, place) ? withBackslash(line) : guardedConflict(line);
}

function guardedConflict(line: string): string {
  return conflictMark.test(line) ? withBackslash(line) : line;
}

function withBackslash(line: string): string {
  return line.replace(/^ */, "$&\\");
}

function withoutBackslash(line: string): string {
  return line.replace(/^( *)\\/, "$1");
}

/** Is this offset in one of the ranges? To be asked with rising offsets. */
function within(ranges: Outline["literals"]): (offset: number) => boolean {
  let index = 0;
  return (offset) => {
    for (let range = ranges[index]; range !== undefined && range.end <= offset; range = ranges[index])
      index += 1;
    const range = ranges[index];
    return range !== undefined && range.start <= offset;
  };
}

/** @throws TICKET_INVALID for text that no file can hold */
export function refuseUnstorable(text: string): void {
  if (!/[\0\p{Cs}]/u.test(text)) return;
  throw new TicketError(
    "TICKET_INVALID",
    "This text cannot be stored: it has a NUL character, or half of a character of two",
    { field: "body" },
    { hint: "Take out what is no text; keep binary data in a file and refer to it." },
  );
}
