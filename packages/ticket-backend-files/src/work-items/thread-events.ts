// Events of a thread as entries of the ticket layer, and back.
import type { ThreadEntry as NewEntry, TicketEvent } from "@wiggum/ticket-core";
import {
  entryBehind,
  entryText,
  firstEntryText,
  readThread,
  type ThreadEntry,
  type WorkItemEvent,
} from "./thread.js";

/** The result stands in the first line of a review's text, and in the thread in the comment of the event. */
const resultLine = /^Result: ([^\s<>:]+)(?:\n\n|$)/;

/** What a `thread.md` holds. */
export interface WorkItemThread {
  /** As `Tickets.events` tells them, oldest first. */
  readonly entries: readonly TicketEvent[];
  /** Text before the first event; absent = none. */
  readonly rest?: string | undefined;
}

/** Reads the text of a `thread.md`. Whatever a text of an entry holds (rules, examples of events in fenced blocks) stays in it. */
export function readWorkItemThread(text: string): WorkItemThread {
  const events = readThread(text);
  const before = text.split("\n").slice(0, (events[0]?.line ?? Number.MAX_SAFE_INTEGER) - 1);
  const rest = before.join("\n").trim();
  return { entries: events.map(ticketEventOf), ...(rest !== "" && { rest }) };
}

/**
 * The text of a `thread.md` with these entries. `created` is the event that every thread begins with, unless the first entry is one already.
 * @throws TICKET_INVALID for a kind or an id that is not one word, and text with a NUL or half of a character of two
 */
export function writeWorkItemThread(
  entries: readonly NewEntry[],
  created: { readonly author: string; readonly at: string },
): string {
  const [first, ...others] = entries;
  const isBegun = first?.kind === "create";
  let thread = isBegun
    ? entryText(threadEntryOf(first)).slice(1)
    : firstEntryText(created.author, created.at);
  for (const entry of isBegun ? others : entries)
    thread += entryBehind(thread, entryText(threadEntryOf(entry)));
  return thread;
}

/** An event of the thread as `Tickets.events` tells it. */
export function ticketEventOf(event: WorkItemEvent): TicketEvent {
  const { kind, author, at, body, attributes } = event;
  const status = event.status ?? /^Review: (.*\S)/.exec(event.heading ?? "")?.[1]?.replaceAll(" ", "_");
  const id = attributes["id"];
  return {
    ...(id !== undefined && { id }),
    kind,
    source: author ?? "unknown",
    ...(at !== undefined && { at }),
    text: kind === "review" && status !== undefined ? `Result: ${status}\n\n${body}` : body,
  };
}

/** What is appended to the thread for an entry of the layer. */
export function threadEntryOf({ id, kind, source, at, text }: NewEntry): ThreadEntry {
  const [line = "", status] = (kind === "review" ? resultLine.exec(text) : null) ?? [];
  return {
    kind,
    author: source,
    at,
    ...(status !== undefined && { status }),
    body: text.slice(line.length),
    ...(id !== undefined && { id }),
  };
}
