import { listOf, type TicketText } from "./ticket-text.js";

/** What listings, trees and cycles need of a ticket. */
export interface ListedTicket {
  /** Name of its file, without `.md`. */
  readonly id: string;
  readonly status: string;
  readonly title: string;
  /** As it stands there; `2` where there is none. */
  readonly priority: string;
  readonly deps: readonly string[];
  readonly links: readonly string[];
  readonly tags: readonly string[];
  readonly assignee: string;
  readonly parent: string;
  /** Nothing more happens to it. */
  readonly isOver: boolean;
  /** What depends on it need not wait. */
  readonly isDelivered: boolean;
}

/** A ticket without a priority is of this one. */
export const usualPriority = "2";

/** The ticket of a file. */
export function listedTicket(id: string, text: TicketText): ListedTicket {
  const values = new Map<string, string>();
  for (const { key, value } of text.fields) if (!values.has(key)) values.set(key, value);
  const list = (key: string) => listOf(values.get(key) ?? "");
  const status = values.get("status") ?? "";
  return {
    id,
    status,
    title: text.title,
    priority: values.get("priority") || usualPriority,
    deps: list("deps"),
    links: list("links"),
    tags: list("tags"),
    assignee: values.get("assignee") ?? "",
    parent: values.get("parent") ?? "",
    isOver: isClosed(status),
    isDelivered: isClosed(status),
  };
}

/** All front matter of a ticket, in file order, lists as lists and everything else as text. */
export function fieldsOf(text: TicketText): Readonly<Record<string, string | readonly string[]>> {
  // No prototype: a key may be called `__proto__`.
  const members: Record<string, string | readonly string[]> = Object.create(null);
  for (const { key, value } of text.fields) {
    if (key in members) continue;
    members[key] = value.startsWith("[") && value.endsWith("]") ? listOf(value) : value;
  }
  return members;
}

/** The one status in which a ticket is over. `done`, which older files have, counts where closed ones are listed and nowhere else. */
function isClosed(status: string): boolean {
  return status === "closed";
}

/** Is it worked on, or waiting to be? */
export function isUnfinished(status: string): boolean {
  return status === "open" || status === "in_progress";
}
