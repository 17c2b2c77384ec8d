import { escapeText, unescapeText } from "./section-escape.js";
import { markerLineOf } from "./section-marker.js";
import {
  bodyOf,
  contentOf,
  eventSections,
  madeFollowed,
  type Part,
  partsOf,
  withContent,
} from "./section-parts.js";
import { findSection, withSection } from "./sections.js";
import type { TicketEvent } from "./tickets.js";

/** An event that we write: it has an id, and a time. */
export interface StoredEvent extends TicketEvent {
  readonly id: string;
  readonly at: string;
}

/** Every entry in `## Feedback`, `## Comments` and `## Thread`, in the order of the body; those that people wrote by hand, too. */
export function readEvents(body: string): readonly TicketEvent[] {
  const parts = partsOf(body);
  const events: TicketEvent[] = [];
  let section = "";
  for (const [index, part] of parts.entries()) {
    if (part.kind === "section") section = part.heading;
    if (part.kind !== "entry") continue;
    const text = unescapeText(contentOf(part, index < parts.length - 1), "entry");
    events.push({ ...about(part, section), text });
  }
  return events;
}

/**
 * The body with this entry at the end of its section: `## Feedback` for feedback, `## Comments` for comments, else `## Thread`.
 * A missing section is appended. An event whose id is there already changes nothing.
 * @throws TICKET_INVALID for text that no file can hold
 */
export function appendEvent(body: string, event: StoredEvent): string {
  const parts = partsOf(body);
  if (parts.some((part) => part.marker?.id === event.id)) return body;
  const heading = sectionFor(event.kind);
  return bodyOf(
    withEntry(findSection(parts, heading) ? parts : withSection(parts, heading, ""), heading, event),
  );
}

function sectionFor(kind: string): string {
  if (kind === "feedback") return eventSections.feedback;
  return kind === "comment" ? eventSections.comment : eventSections.other;
}

function withEntry(parts: readonly Part[], heading: string, event: StoredEvent): readonly Part[] {
  const { end } = findSection(parts, heading, "last") ?? { end: parts.length };
  const isFollowed = end < parts.length;
  const last = parts[end - 1];
  const lineEnd = last?.lineEnd ?? "\n";
  const line = headingOf(event);
  const entry: Part = {
    kind: "entry",
    heading: line,
    head: `### ${line}${lineEnd}${markerLineOf({ ...event, author: event.source })}`,
    headEnd: lineEnd,
    raw: "",
    lineEnd,
  };
  return [
    ...parts.slice(0, end - 1),
    ...(last ? [madeFollowed(last, isFollowed)] : []),
    withContent(entry, escapeText(event.text, "entry"), isFollowed),
    ...parts.slice(end),
  ];
}

/** `From <source> (YYYY-MM-DD HH:MM)`, for people: the exact source and time are in the marker. */
function headingOf({ source, at }: StoredEvent): string {
  const shown = source.replace(/[\p{Cc}\p{Cs}\u2028\u2029]+/gu, " ").trim();
  const milliseconds = Date.parse(at);
  const time = Number.isNaN(milliseconds)
    ? "time unknown"
    : new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ");
  return `From ${shown === "" ? "somebody" : shown} (${time})`;
}

/** From the marker; where a person typed `### From Review (2025-07-14 14:30)`, there is no id, and the section tells the kind. */
function about({ marker, heading }: Part, section: string): Omit<TicketEvent, "text"> {
  if (marker !== undefined) {
    const { id, kind, author, at } = marker;
    return { id, kind, source: author, at };
  }
  const [, source = "", time] = /^From[ \t]+(.*?)(?:[ \t]*\(([^()]*)\))?$/.exec(heading) ?? [];
  const kind =
    section === eventSections.feedback
      ? "feedback"
      : section === eventSections.comment
        ? "comment"
        : "message";
  const [, day, minute, second = "00"] =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::(\d{2}))?Z?$/.exec(time ?? "") ?? [];
  const at = day === undefined ? time : `${day}T${minute}:${second}Z`;
  return { kind, source, ...(at !== undefined && at !== "" && { at }) };
}
