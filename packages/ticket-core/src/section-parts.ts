import type { Outline, OutlineHeading } from "./section-heading.js";
import { type LineEnd, lineAt, lineEndOf } from "./section-lines.js";
import { type EventMarker, readMarkerLine } from "./section-marker.js";
import { outlineOf } from "./section-outline.js";
import { swallowingBlockOf } from "./section-swallowing.js";

/** The sections that events go to, by kind; all other kinds go to `Thread`. */
export const eventSections = { feedback: "Feedback", comment: "Comments", other: "Thread" } as const;
const eventHeadings: ReadonlySet<string> = new Set(Object.values(eventSections));

/**
 * A piece of a body. Pieces follow each other without a gap: the `head`, `headEnd` and `raw` of all of them joined give the body, byte for byte.
 *
 * `lead` = what stands before the first section, `section` = a section up to its first entry, `entry` = `### From ...` in a section for events.
 */
export interface Part {
  readonly kind: "lead" | "section" | "entry";
  /** Text of the heading, without `#`. */
  readonly heading: string;
  /** The heading line; of an entry that we wrote also the marker below it. */
  readonly head: string;
  /** Line end of `head`; empty when the body ends there. */
  readonly headEnd: string;
  readonly marker?: EventMarker | undefined;
  /** All that stands between this head and the next, blank lines included. */
  readonly raw: string;
  /** What ends the lines that we write here. */
  readonly lineEnd: LineEnd;
  /** The line that must be added before anything else can follow: a fence or comment in here is open to the end of the body. */
  readonly closing?: string | undefined;
}

export function partsOf(body: string): readonly Part[] {
  const parts: Part[] = [];
  const outline = outlineOf(body);
  const dividers = dividersOf(outline);
  const lineEnd = lineEndOf(body);
  const first = dividers[0]?.start ?? body.length;
  parts.push({ kind: "lead", heading: "", head: "", headEnd: "", raw: body.slice(0, first), lineEnd });
  for (const [index, divider] of dividers.entries()) {
    const end = dividers[index + 1]?.start ?? body.length;
    const own = body.slice(divider.end, divider.next) as LineEnd | "";
    const kind = divider.level === 2 ? "section" : "entry";
    const below = lineAt(body, divider.next);
    const marker = kind === "entry" ? readMarkerLine(body.slice(below.start, below.end)) : undefined;
    const headLine = marker === undefined ? divider : below;
    parts.push({
      kind,
      heading: divider.text,
      head: body.slice(divider.start, headLine.end),
      headEnd: body.slice(headLine.end, headLine.next),
      ...(marker !== undefined && { marker }),
      raw: body.slice(headLine.next, end),
      lineEnd: own === "" ? lineEnd : own,
    });
  }
  const closing = outline.tail === undefined ? undefined : closingOf(body);
  const last = parts.pop();
  if (last !== undefined) parts.push(closing === undefined ? last : { ...last, closing });
  return parts;
}

/** What ends the fence or HTML that is still open at the end of this body. */
function closingOf(body: string): string | undefined {
  const { tail } = outlineOf(`${body}\n\n## end`);
  if (tail === undefined) return undefined;
  const { start, end } = lineAt(body, tail);
  return swallowingBlockOf(body.slice(start, end))?.closing;
}

/** Headings that begin a section, and those that begin an entry in a section for events. */
function dividersOf({ headings }: Outline): readonly OutlineHeading[] {
  let isForEvents = false;
  return headings.filter(({ level, text }) => {
    if (level === 2) isForEvents = eventHeadings.has(text);
    return level === 2 || isForEvents;
  });
}

export function bodyOf(parts: readonly Part[]): string {
  return parts.map(({ head, headEnd, raw }) => head + headEnd + raw).join("");
}

/**
 * The stored text of a part: `raw` without the blank line after the head, without the end of its last line, and, when another part follows,
 * without the blank line before that.
 */
export function contentRange({ raw, lineEnd }: Pick<Part, "raw" | "lineEnd">, isFollowed: boolean) {
  const start = raw.startsWith(lineEnd) ? lineEnd.length : 0;
  let end = raw.length;
  for (let count = isFollowed ? 2 : 1; count > 0; count -= 1) {
    if (end - lineEnd.length >= start && raw.endsWith(lineEnd, end)) end -= lineEnd.length;
  }
  return { start, end };
}

export function contentOf(part: Pick<Part, "raw" | "lineEnd">, isFollowed: boolean): string {
  const { start, end } = contentRange(part, isFollowed);
  return part.raw.slice(start, end);
}

/** The part with this stored text. */
export function withContent(part: Part, content: string, isFollowed: boolean): Part {
  const { lineEnd } = part;
  const blank = isFollowed ? lineEnd : "";
  return { ...withHeadEnd(part), raw: content === "" ? blank : lineEnd + content + lineEnd + blank };
}

/**
 * The same part where another one follows it now: the blank line between them is added, and nothing else changes. Only a fence or comment
 * that is open to the end of the body is closed: it would swallow what follows.
 */
export function madeFollowed(part: Part, wasFollowed: boolean): Part {
  const { raw, lineEnd } = part;
  if (part.closing !== undefined) return madeFollowed(madeClosed(part), wasFollowed);
  const content = contentOf(part, wasFollowed);
  for (const added of ["", lineEnd, lineEnd + lineEnd]) {
    const longer = { raw: raw + added, lineEnd };
    const endsBlank = longer.raw === lineEnd || longer.raw.endsWith(lineEnd + lineEnd);
    if (endsBlank && contentOf(longer, true) === content) return { ...withHeadEnd(part), raw: longer.raw };
  }
  return withContent(part, content, true);
}

/** The same part where nothing follows it any more. */
export function madeLast(part: Part): Part {
  const { raw, lineEnd } = part;
  const content = contentOf(part, true);
  const shorter = { raw: raw.endsWith(lineEnd) ? raw.slice(0, -lineEnd.length) : raw, lineEnd };
  if (contentOf(shorter, false) === content) return { ...part, raw: shorter.raw };
  return contentOf(part, false) === content ? part : withContent(part, content, false);
}

/** The same part with the fence or comment closed that is open to the end of the body. */
export function madeClosed(part: Part): Part {
  const { raw, lineEnd, closing } = part;
  if (closing === undefined) return part;
  const isEnded = raw === "" || /[\r\n]$/.test(raw);
  return { ...part, raw: `${raw}${isEnded ? "" : lineEnd}${closing}${lineEnd}`, closing: undefined };
}

function withHeadEnd(part: Part): Part {
  return part.kind === "lead" || part.headEnd !== "" ? part : { ...part, headEnd: part.lineEnd };
}
