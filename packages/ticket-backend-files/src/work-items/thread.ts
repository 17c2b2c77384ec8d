// `thread.md`: events, one after the other, appended and never rewritten.
import type { Reference, Timestamp } from "@wiggum/ticket-core";
import { unfit } from "./item-faults.js";
import { attributesOf, eventStarts, fencedLines, isBehindEnd, leavesFenceOpen } from "./thread-starts.js";

/** An event as it is read. */
export interface WorkItemEvent {
  /** `comment`, `plan`, `decision`, `implementation_report`, `review`, `create`, `close`, `status_changed`, or any other word. */
  readonly kind: string;
  readonly author?: string | undefined;
  readonly at?: Timestamp | undefined;
  /** `approve`, `request_changes`, the new status, or any other word. */
  readonly status?: string | undefined;
  /** All words of the comment line, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly heading?: string | undefined;
  /** Without line ends at its end. */
  readonly body: string;
  /** What the list at the end of the body names, see `addEvent`. */
  readonly references: readonly Reference[];
  /** Line of its comment; 1 = first of the file. */
  readonly line: number;
}

/** An event to be appended. */
export interface ThreadEntry {
  readonly kind: string;
  readonly author: string;
  readonly at: Timestamp;
  readonly status?: string | undefined;
  readonly body: string;
  readonly references?: readonly Reference[] | undefined;
  /** Kept in the comment, so that the same entry is known again. */
  readonly id?: string | undefined;
}

const headings: Readonly<Record<string, string>> = {
  create: "Created",
  comment: "Comment",
  plan: "Plan",
  decision: "Decision",
  implementation_report: "Implementation report",
  close: "Closed",
  status_changed: "Status changed",
};

/** What stands over the events that this kind of event has. */
export function headingOf(kind: string, status?: string): string {
  if (kind === "review") return status === undefined ? "Review" : `Review: ${status.replaceAll("_", " ")}`;
  return (Object.hasOwn(headings, kind) ? headings[kind] : undefined) ?? kind;
}

/** A name as one word: white space would end it. */
export function authorWord(author: string): string {
  const word = author.trim().replace(/[\s\p{Cc}\p{Cs}<>]+/gu, "_");
  return word === "" ? "unknown" : word;
}

/**
 * The bytes of an event behind others, as the original script appends them. A line of the body that would begin an event is written with a backslash
 * (`<!--\ event: …`), which reading takes off again. @throws TICKET_INVALID
 */
export function entryText({ kind, author, at, status, body, references = [], id }: ThreadEntry): string {
  for (const [name, word] of [
    ["kind", kind],
    ["status", status ?? "none"],
    ["id", id ?? "none"],
  ] as const) {
    if (!/^[^\s\p{Cc}\p{Cs}<>:]+$/u.test(word)) throw unfit(undefined, name, `'${word}' is not one word`);
  }
  if (!/^[^\s\p{Cc}\p{Cs}<>]+$/u.test(at)) throw unfit(undefined, "at", `'${at}' is not one word`);
  if (/[\0\p{Cs}]/u.test(body)) throw unfit(undefined, "body", "it has a NUL or half of a character of two");
  const name = id === undefined ? "" : ` id: ${id}`;
  const about = `event: ${kind} author: ${authorWord(author)} at: ${at}`;
  // A fence that the text leaves open would take the next event in: it is said, where everybody else leaves unknown words alone.
  const fence = leavesFenceOpen(body) ? " fence: open" : "";
  const comment = `<!-- ${about}${status === undefined ? "" : ` status: ${status}`}${name}${fence} -->`;
  const text = withReferences(escapeLines(body), references);
  return `\n${comment}\n\n## ${headingOf(kind, status)}\n\n${text}\n\n---\n`;
}

/** The thread of a new item. */
export function firstEntryText(author: string, at: Timestamp): string {
  return `<!-- event: create author: ${authorWord(author)} at: ${at} -->\n\n## Created\n\nCreated by wiggum.\n\n---\n`;
}

function withReferences(body: string, references: readonly Reference[]): string {
  const ended = body.endsWith("\n") ? body : `${body}\n`;
  if (references.length === 0) return ended;
  const lines = references.map(({ kind, target }) => {
    if (!/^[^\s:]+$/.test(kind) || target.trim() !== target || target === "" || /\p{Cc}/u.test(target)) {
      throw unfit(undefined, "references", `'${kind}: ${target}' is not a kind and one line`);
    }
    return `- ${kind}: ${target}\n`;
  });
  return `${ended}\nReferences:\n\n${lines.join("")}`;
}

const escapable = /^(\s*<!--)(\\*)( .*\bevent: .* -->\s*)$/;

function escapeLines(body: string): string {
  return body
    .split("\n")
    .map((line) => line.replace(escapable, "$1\\$2$3"))
    .join("\n");
}

function unescapeLine(line: string): string {
  const [, start, slashes = "", end] = escapable.exec(line) ?? [];
  return start === undefined || slashes === "" ? line : `${start}${slashes.slice(1)}${end}`;
}

/**
 * Reads a thread without loss: a line `---` ends an event only before the end of the file or before the comment of the next event, so that
 * rules in a text stay in it. An event comment counts as one only at the beginning of the file or after such an end, and not in a fenced block.
 */
export function readThread(text: string): readonly WorkItemEvent[] {
  const lines = text.split("\n");
  const starts = eventStarts(lines);
  return starts.map((start, order) => eventOf(lines, start, starts[order + 1] ?? lines.length));
}

/** Comments that look like the beginning of an event and are none: lines, 1 = first. Examples in fenced blocks are left alone. */
export function strayComments(
  text: string,
): readonly { readonly line: number; readonly isTimeless: boolean }[] {
  const lines = text.split("\n");
  const starts = eventStarts(lines);
  const borders = [0, ...starts, lines.length];
  return borders.slice(1).flatMap((end, order) => {
    const first = borders[order] ?? 0;
    const fenced = fencedLines(lines.slice(first, end));
    return lines.slice(first, end).flatMap((line, offset) => {
      const index = first + offset;
      if (fenced.has(offset) || !/^\s*<!-- .* -->\s*$/.test(line) || !isBehindEnd(lines, index)) return [];
      const { event, at } = attributesOf(line);
      if (event !== undefined && at !== undefined) return [];
      return [{ line: index + 1, isTimeless: event !== undefined }];
    });
  });
}

/**
 * What is appended to a thread for one more event. Where somebody left the last one open, it is ended first; where a fence that they left open would
 * take this one in, it says that it is an event.
 */
export function entryBehind(thread: string, entry: string): string {
  const isOpen = thread !== "" && !/(?:^|\n)[ \t]*---\s*$/.test(thread.slice(-200));
  const appended = `${isOpen ? "\n\n---\n" : ""}${entry}`;
  if (!/^\s*(?:`{3}|~{3})/m.test(thread)) return appended;
  const isRead =
    eventStarts(`${thread}${appended}`.split("\n")).length > eventStarts(thread.split("\n")).length;
  return isRead ? appended : appended.replace(/^(<!-- .*) -->$/m, "$1 fence: closed -->");
}

function eventOf(lines: readonly string[], start: number, end: number): WorkItemEvent {
  const attributes = attributesOf(lines[start] ?? "");
  const { event: kind = "", author, at, status } = attributes;
  let first = start + 1;
  while (first < end && lines[first]?.trim() === "") first += 1;
  const heading = /^## (.*?)\r?$/.exec(lines[first] ?? "")?.[1];
  if (heading !== undefined) first += 1;
  if (lines[first]?.trim() === "") first += 1;
  let last = end;
  while (last > first && lines[last - 1]?.trim() === "") last -= 1;
  if (last > first && lines[last - 1]?.trim() === "---") last -= 1;
  while (last > first && /^\r?$/.test(lines[last - 1] ?? "")) last -= 1;
  const body = lines.slice(first, last).map(unescapeLine).join("\n");
  return {
    kind,
    ...(author !== undefined && { author }),
    ...(at !== undefined && { at }),
    ...(status !== undefined && { status }),
    attributes,
    ...(heading !== undefined && { heading }),
    body,
    references: referencesIn(body),
    line: start + 1,
  };
}

function referencesIn(body: string): readonly Reference[] {
  const [, list] = /(?:^|\n)References:\n\n((?:- [^\s:]+: [^\n]+(?:\n|$))+)$/.exec(body) ?? [];
  return (list ?? "").split("\n").flatMap((line) => {
    const [, kind, target] = /^- ([^\s:]+): (.+)$/.exec(line) ?? [];
    return kind === undefined || target === undefined ? [] : [{ kind, target }];
  });
}
