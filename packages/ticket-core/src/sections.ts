import { TicketError } from "./errors.js";
import { printable } from "./printable.js";
import { escapeText, unescapeText } from "./section-escape.js";
import { bodyOf, contentOf, madeFollowed, type Part, partsOf, withContent } from "./section-parts.js";

/** A section of a body: its parts, and where they stand among all parts. */
export interface SectionSpan {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** Text of the first section with this heading, without the heading; `undefined` = there is none. The heading is compared exactly. */
export function readSection(body: string, heading: string): string | undefined {
  const source = headingSource(heading);
  const parts = partsOf(body);
  const span = source === undefined ? undefined : findSection(parts, source);
  return span && unescapeText(sectionContent(parts, span), "section");
}

/**
 * The body with this text in the section of that heading; a missing one is appended. All other sections and entries stay as they are.
 * `readSection` gives the very same text back, whatever it is.
 * @throws TICKET_INVALID for a heading of no or several lines, or text that no file can hold
 */
export function writeSection(body: string, heading: string, text: string): string {
  const source = headingSource(heading);
  if (source === undefined) throw unfitHeading(heading);
  const parts = partsOf(body);
  const span = findSection(parts, source);
  if (span === undefined) return bodyOf(withSection(parts, source, escapeText(text, "section")));
  if (unescapeText(sectionContent(parts, span), "section") === text) return body;
  const [part] = parts.slice(span.first, span.end);
  if (part === undefined) return body;
  const written = withContent(part, escapeText(text, "section"), span.end < parts.length);
  return bodyOf(parts.toSpliced(span.first, span.end - span.first, written));
}

/** Where the first, or the last, section with this heading (as written) stands. */
export function findSection(
  parts: readonly Part[],
  source: string,
  which: "first" | "last" = "first",
): SectionSpan | undefined {
  const isIt = ({ kind, heading }: Part) => kind === "section" && heading === source;
  const first = which === "first" ? parts.findIndex(isIt) : parts.findLastIndex(isIt);
  if (first < 0) return undefined;
  const next = parts.findIndex(({ kind }, index) => index > first && kind === "section");
  return { first, end: next < 0 ? parts.length : next };
}

/** Stored text of a whole section, entries included. */
export function sectionContent(parts: readonly Part[], { first, end }: SectionSpan): string {
  const [part, ...entries] = parts.slice(first, end);
  if (part === undefined) return "";
  return contentOf({ raw: part.raw + bodyOf(entries), lineEnd: part.lineEnd }, end < parts.length);
}

/** The parts with a new section at the end; `content` is stored text. */
export function withSection(parts: readonly Part[], source: string, content: string): readonly Part[] {
  const before = parts.slice(0, -1);
  const last = parts.at(-1);
  const lineEnd = last?.lineEnd ?? "\n";
  const head: Part = {
    kind: "section",
    heading: source,
    head: `## ${source}`,
    headEnd: lineEnd,
    raw: "",
    lineEnd,
  };
  return [...before, ...(last ? [madeFollowed(last, false)] : []), withContent(head, content, false)];
}

/** The heading as it stands behind `##`: a `#` at the end, which Markdown would drop, is escaped. `undefined` = cannot be a heading. */
function headingSource(heading: string): string | undefined {
  const text = heading.trim();
  if (text === "" || /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text)) return undefined;
  return text.replace(/(?<=^|[ \t])\\*#+$/, "\\$&");
}

function unfitHeading(heading: string): TicketError {
  return new TicketError(
    "TICKET_INVALID",
    `Not a heading of a section: '${printable(heading.slice(0, 100))}'`,
    { field: "heading" },
    { hint: "A heading is one line of text." },
  );
}
