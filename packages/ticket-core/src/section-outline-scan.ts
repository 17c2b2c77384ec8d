import {
  atxHeading,
  type Doubt,
  type Outline,
  type OutlineHeading,
  type TextRange,
} from "./section-heading.js";
import { indentOf, lineAt } from "./section-lines.js";
import { swallowingBlockOf } from "./section-swallowing.js";

export interface Scan extends Outline {
  /** Where the scan gave up; headings and literals are those before `doubt.since`. */
  readonly doubt?: Doubt;
}

/** What the lines so far leave open. */
interface Reading {
  /** Here begins a block of the document, whatever came before. */
  clean: number;
  /** A list item may be open: an indented line may belong to it. */
  mayBeInList: boolean;
  /** A fence or HTML may be open within that list item, and ends with it. */
  mayBeHidden: boolean;
  /** The next line may be HTML, which a blank line ends. */
  mayBeHtml: boolean;
  /** No paragraph is open that the next line could go on with. */
  isFresh: boolean;
}

/**
 * Reads lines from `from`, where a block of the document begins, to the end or to the first line that cannot be judged without knowing how
 * far lists reach. Before `settledUntil` there are no doubts: such a line is taken to belong to the list.
 */
export function scanOutline(text: string, from: number, settledUntil: number): Scan {
  const headings: OutlineHeading[] = [];
  const literals: TextRange[] = [];
  let reading = afresh(from);
  for (let line = lineAt(text, from); line.start < text.length; line = lineAt(text, line.next)) {
    const indent = indentOf(text, line);
    const source = text.slice(line.start, line.end);
    const block = indent === "blank" || indent > 3 ? undefined : swallowingBlockOf(source);
    const isHeading = indent === 0 && /^#{1,6}(?=[ \t]|$)/.test(source);
    if (block === undefined && !isHeading) {
      notePlainLine(reading, line.start, indent, source.replace(/^[ \t]+/, ""));
      continue;
    }
    const isCertain = !reading.mayBeHtml && (indent === 0 || !reading.mayBeInList);
    const isAssumed = line.start < settledUntil;
    const heading = isHeading ? atxHeading(source) : undefined;
    if (block === undefined && (isCertain || isAssumed || heading === undefined)) {
      if (heading !== undefined) headings.push({ ...heading, ...line });
      reading = isCertain || heading !== undefined ? afresh(line.next) : { ...reading, isFresh: false };
      continue;
    }
    // In the list or not, it ends on the same line.
    const isSeen = !reading.mayBeHtml && !reading.mayBeHidden;
    const listedEnd = isCertain || (block?.isLiteral && !isSeen) ? undefined : block?.listedEnd(text, line);
    if (block !== undefined && listedEnd !== undefined) {
      if (block.isLiteral) literals.push({ start: line.start, end: listedEnd.end });
      reading.isFresh = block.isLiteral;
      line = listedEnd;
      continue;
    }
    if (!isCertain && isAssumed) {
      reading.isFresh = false;
      continue;
    }
    if (block === undefined || !isCertain) {
      const { clean } = reading;
      return {
        headings,
        literals: literals.filter(({ start }) => start < clean),
        doubt: { since: clean, at: line.start },
      };
    }
    const last = block.lastLine(text, line);
    if (block.isLiteral) literals.push({ start: line.start, end: last?.end ?? text.length });
    if (last === undefined) return { headings, literals, tail: line.start };
    line = last;
    reading = afresh(line.next);
  }
  return { headings, literals };
}

function afresh(clean: number): Reading {
  return { clean, mayBeInList: false, mayBeHidden: false, mayBeHtml: false, isFresh: true };
}

const listMarker = /^(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/;
/** Something that swallows lines, within a list item or quotation of this line. */
const innerOpener = /^(?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)*(?:`{3}|~{3}|<)/;

/** `body`: the line without its indent. */
function notePlainLine(reading: Reading, start: number, indent: number | "blank", body: string): void {
  const wasFresh = reading.isFresh;
  reading.isFresh = indent === "blank";
  if (indent === "blank") reading.mayBeHtml = false;
  else if (indent > 3) reading.mayBeHidden ||= reading.mayBeInList && innerOpener.test(body);
  else if (listMarker.test(body)) {
    // An item in the first column ends the one before it.
    const isNext = indent === 0 && /^[-*+][ \t]+\S/.test(body);
    reading.mayBeInList = true;
    reading.mayBeHidden = (reading.mayBeHidden && !isNext) || innerOpener.test(body);
  } else if (/^<[A-Za-z/]/.test(body)) reading.mayBeHtml = true;
  else if (indent === 0 && wasFresh) Object.assign(reading, afresh(start), { isFresh: false });
  else if (body.startsWith(">")) reading.mayBeHidden ||= reading.mayBeInList && innerOpener.test(body);
}
