import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import { type LineEnd, lineAt, lineEndOf, lineNumberAt } from "./section-lines.js";
import type { FieldValue } from "./ticket.js";

/** One key of the front matter. Offsets count in the whole text of the ticket. */
export interface FrontMatterEntry {
  readonly key: string;
  readonly value: FieldValue;
  /** Where the line of the key begins, and where the first line behind the value. */
  readonly start: number;
  readonly end: number;
  /** Behind the colon. */
  readonly colon: number;
  /** The characters of the value; both are `colon` where there are none. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** The items of a list in block form that has one item on each line. */
  readonly items?: readonly FrontMatterItem[];
}

/** An item of a list in the front matter, with its place in the text (offsets in UTF-16 code units). */
export interface FrontMatterItem {
  readonly value: FieldValue;
  /** Where the line begins, and the next. */
  readonly start: number;
  readonly end: number;
  /** The characters of the item, without `- ` and without a comment. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Where the parts of a ticket's text lie. */
export interface FrontMatterRange {
  /** First line behind the opening `---`. */
  readonly start: number;
  /** The closing `---`. */
  readonly end: number;
  /** First line behind the closing `---`. */
  readonly rest: number;
  readonly lineEnd: LineEnd;
}

/** What is known of the text that cannot be read. */
export interface TextSource {
  /** Name of the file, for messages; its stem must be the ticket's id. */
  readonly path?: string | undefined;
}

/** Longest front matter, in characters: more would take the parser seconds. */
const maxFrontMatter = 1024 * 1024;

/** @throws TICKET_UNREADABLE */
export function frontMatterRangeOf(text: string, source: TextSource): FrontMatterRange {
  const first = lineAt(text, text.startsWith("\uFEFF") ? 1 : 0);
  const isOpened = text.slice(first.start, first.end) === "---";
  for (
    let line = lineAt(text, first.next);
    isOpened && line.start < text.length;
    line = lineAt(text, line.next)
  ) {
    if (line.end - line.start !== 3 || text.slice(line.start, line.end) !== "---") continue;
    if (line.start - first.next > maxFrontMatter) throw unreadable("the front matter is over 1 MiB", source);
    refuseLoneReturn(text.slice(0, line.next), source);
    return { start: first.next, end: line.start, rest: line.next, lineEnd: lineEndOf(text) };
  }
  const problem = isOpened
    ? "the front matter has no line `---` at its end"
    : "there is no front matter: the first line is not `---`";
  throw unreadable(problem, source, 1);
}

/** To some readers of YAML it ends a line, to others not. */
function refuseLoneReturn(frontMatter: string, source: TextSource): void {
  const at = frontMatter.search(/\r(?!\n)/);
  if (at < 0) return;
  throw unreadable(
    "a carriage return stands alone in the front matter",
    source,
    lineNumberAt(frontMatter, at),
  );
}

/** Git leaves these at the beginning of a line. */
const conflictMark = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/;

/** @throws TICKET_UNREADABLE where git left a conflict in the front matter */
export function refuseConflictIn(text: string, { start, end }: FrontMatterRange, source: TextSource): void {
  for (let line = lineAt(text, start); line.start < end; line = lineAt(text, line.next)) {
    if (!conflictMark.test(text.slice(line.start, Math.min(line.end, line.start + 8)))) continue;
    throw unreadable("git left a merge conflict in it", source, lineNumberAt(text, line.start));
  }
}

/** The ticket's id by the name of its file; `undefined` = the name says nothing. */
export function idOfPath(path: string | undefined): string | undefined {
  return /([^/\\]+)\.md$/s.exec(path ?? "")?.[1];
}

/** The error for a text that is no readable ticket. `line`: 1 = first of the file. */
export function unreadable(
  problem: string,
  { path }: TextSource,
  line?: number,
): TicketError<"TICKET_UNREADABLE"> {
  const id = idOfPath(path);
  const name = path === undefined ? "the ticket" : printable(path).slice(-200);
  const where = line === undefined ? name : `${name}, line ${line}`;
  return new TicketError(
    "TICKET_UNREADABLE",
    `Cannot read ${where}: ${printable(problem).slice(0, 300)}`,
    {
      ...(id !== undefined && { id }),
      ...(path !== undefined && { path }),
      ...(line !== undefined && { line }),
    },
    { hint: "Correct the file, or restore the last version that could be read." },
  );
}
