import {
  atxHeading,
  type Doubt,
  type Outline,
  type OutlineHeading,
  type TextRange,
} from "./section-heading.js";
import { type Line, lineAt } from "./section-lines.js";
import { exactOutline } from "./section-outline-exact.js";
import { scanOutline } from "./section-outline-scan.js";

/** Pieces larger than this, in characters, or nested deeper, are not given to the parser: on some it would take minutes. */
const maxParsed = 64 * 1024;
const tooDeep = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){100}/m;

/**
 * The headings that divide a body, as CommonMark has them, in time that grows with the length.
 *
 * Lines are read one by one. Where they cannot tell (an indented fence that may belong to a list or to the document), the few lines in
 * question go through the full parser; what is too large or too deep for it is taken to belong to the list.
 */
export function outlineOf(text: string): Outline {
  const headings: OutlineHeading[] = [];
  const literals: TextRange[] = [];
  const headingEndAfter = headingFinder(text);
  let from = 0;
  let settledUntil = 0;
  for (;;) {
    const scan = scanOutline(text, from, settledUntil);
    for (const heading of scan.headings) headings.push(heading);
    for (const literal of scan.literals) literals.push(literal);
    if (scan.doubt === undefined)
      return { headings, literals, ...(scan.tail !== undefined && { tail: scan.tail }) };
    const settled = settle(text, scan.doubt, headingEndAfter);
    if (settled === undefined) {
      from = scan.doubt.since;
      settledUntil = scan.doubt.at + maxParsed;
      continue;
    }
    for (const heading of settled.headings) headings.push(heading);
    for (const literal of settled.literals) literals.push(literal);
    from = settled.next;
    if (from === text.length)
      return { headings, literals, ...(settled.tail !== undefined && { tail: settled.tail }) };
  }
}

/** Lists and quotations within each other, more than any text has. */
export function isTooDeep(text: string): boolean {
  return tooDeep.test(text);
}

interface Settled extends Outline {
  readonly next: number;
}

/** Asks the parser, with the text up to the next line that could be a heading, or further if that is none. */
function settle(
  text: string,
  { since, at }: Doubt,
  headingEndAfter: (from: number, limit: number) => number | undefined,
): Settled | undefined {
  let asked = 0;
  for (let start = at; ; ) {
    const end = headingEndAfter(start, since + maxParsed);
    if (end === undefined) return undefined;
    if (end === text.length || end - since >= 2 * asked) {
      asked = end - since;
      const chunk = text.slice(since, end);
      if (isTooDeep(chunk)) return undefined;
      const outline = exactOutline(chunk, since);
      const last = outline.headings.at(-1);
      if (end === text.length) return { ...outline, next: end };
      // What follows a heading of the document does not depend on what came before it.
      if (last !== undefined) {
        return {
          headings: outline.headings,
          literals: outline.literals.filter((literal) => literal.start < last.start),
          next: last.next,
        };
      }
    }
    start = end;
  }
}

/**
 * Finds where the line ends that is the next to look like a heading, else the end of the text; `undefined` = not before `limit`.
 * It remembers, so that many questions in a row read no line twice.
 */
function headingFinder(text: string): (from: number, limit: number) => number | undefined {
  let asked = 0;
  let read = 0;
  let found: Line | undefined;
  return (from, limit) => {
    if (from < asked || from > (found?.start ?? read)) {
      read = from;
      found = undefined;
    }
    asked = from;
    while (found === undefined && read <= limit) {
      const line = lineAt(text, read);
      const isLast = line.next === line.end;
      if (isLast || atxHeading(text.slice(line.start, line.end)) !== undefined) found = line;
      read = line.next;
    }
    return found !== undefined && found.next <= limit ? found.next : undefined;
  };
}
