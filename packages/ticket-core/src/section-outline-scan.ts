import type { Doubt, Outline, OutlineHeading, TextRange } from "./section-outline.js";
import { atxHeading } from "./section-outline.js";
import { indentOf, lineAt } from "./section-lines.js";
import { fenceOf, htmlOf, listedFenceEnd, type Swallowing } from "./section-swallowing.js";

export interface Scan extends Outline {
  /** Where the scan gave up; headings and literals are those before `doubt.since`. */
  readonly doubt?: Doubt;
}

const listMarker = /^(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$)/;
/** Something that swallows lines, within a list item or quotation of this line. */
const innerOpener = /^(?:(?:[-*+>]|\d{1,9}[.)])[ \t]*)*(?:`{3}|~{3}|<)/;

/**
 * Reads lines from `from`, where a block of the document begins, to the end or to the first line that cannot be judged without knowing the
 * extent of lists. From `listedSince` on, to the
 * next line that begins a block of the document for certain, there are no doubts: such a line is taken to belong to the list.
 */
export function scanOutline(text: string, from: number, listedSince?: number): Scan {
  const headings: OutlineHeading[] = [];
  let literals: TextRange[] = [];
  /** Here begins a block of the document, whatever came before. */
  let clean = from;
  /** A list item may be open: an indented line may belong to it. */
  let mayBeInList = false;
  /** A fence or HTML may be open within that list item. It ends with the item. */
  let mayBeHidden = false;
  /** This line may be HTML, which a blank line ends. */
  let mayBeHtml = false;
  /** No paragraph is open that this line could go on with. */
  let isFresh = true;

  const startAfresh = (at: number) => {
    clean = at;
    mayBeInList = false;
    mayBeHidden = false;
    isFresh = true;
  };

  for (let line = lineAt(text, from); line.start < text.length; line = lineAt(text, line.next)) {
    const indent = indentOf(text, line);
    const body = text.slice(line.start, line.end).replace(/^[ \t]+/, "");
    if (indent === "blank") {
      mayBeHtml = false;
      isFresh = true;
      continue;
    }
    if (indent > 3) {
      if (mayBeInList && innerOpener.test(body)) mayBeHidden = true;
      isFresh = false;
      continue;
    }
    const isCertain = !mayBeHtml && (indent === 0 || !mayBeInList);
    const first = body.charAt(0);
    const wasFresh = isFresh;
    isFresh = false;
    let block: Swallowing | undefined;
    if (first === "#" && /^#{1,6}(?=[ \t]|$)/.test(body)) {
      if (indent > 0) continue;
      const heading = atxHeading(body);
      if (isCertain) {
        if (heading !== undefined) headings.push({ ...heading, ...line });
        startAfresh(line.next);
        continue;
      }
      if (heading === undefined) continue;
    } else if (first === "`" || first === "~") {
      const fence = fenceOf(body);
      if (fence === undefined) continue;
      block = fence;
      const shared = isCertain || mayBeHtml || mayBeHidden ? undefined : listedFenceEnd(text, line, indent, fence);
      if (shared !== undefined) {
        literals.push({ start: line.start, end: shared.end });
        line = shared;
        isFresh = true;
        continue;
      }
    } else if (first === "<") {
      block = htmlOf(body);
      if (block === undefined) {
        if (/^<[A-Za-z/]/.test(body)) mayBeHtml = true;
        continue;
      }
      if (!isCertain && block.endsWith(body)) continue;
    } else {
      if (mayBeInList && first === ">" && innerOpener.test(body)) mayBeHidden = true;
      if (listMarker.test(body)) {
        if (indent === 0 && /^[-*+][ \t]+\S/.test(body)) mayBeHidden = false;
        mayBeInList = true;
        if (innerOpener.test(body)) mayBeHidden = true;
      } else if (indent === 0 && wasFresh) {
        startAfresh(line.start);
        isFresh = false;
      }
      continue;
    }
    if (!isCertain) {
      if (clean === listedSince) continue;
      literals = literals.filter((literal) => literal.start < clean);
      return { headings, literals, doubt: { since: clean, at: line.start } };
    }
    const last = block?.lastLine(text, line);
    if (block?.isLiteral) literals.push({ start: line.start, end: last?.end ?? text.length });
    if (last === undefined) return { headings, literals, tail: line.start };
    line = last;
    startAfresh(line.next);
  }
  return { headings, literals };
}
