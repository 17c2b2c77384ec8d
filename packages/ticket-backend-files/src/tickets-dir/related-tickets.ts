import type { ListedTicket } from "./listed-ticket.js";
import { byIdOf, byIdOrder, openDeps, shortLine } from "./ticket-lines.js";
import { isTextFault, readTicketText } from "./ticket-text.js";

/**
 * What `show` prints below a ticket: what it waits for, what waits for it, its children, its links. Each with a heading, only where there is any.
 */
export function relatedSections(ticket: ListedTicket, tickets: readonly ListedTicket[]): string {
  const byId = byIdOf(tickets);
  const sorted = tickets.toSorted((left, right) => byIdOrder(left.id, right.id));
  const blocking = sorted.filter(({ isOver, deps }) => !isOver && deps.includes(ticket.id));
  const children = sorted.filter(({ parent }) => parent === ticket.id);
  const sections = [
    ["## Blockers", openDeps(ticket, byId)],
    ["## Blocking", blocking.map(({ id }) => id)],
    ["## Children", children.map(({ id }) => id)],
    ["## Linked", ticket.links],
  ] as const;
  return sections
    .filter(([, ids]) => ids.length > 0)
    .map(
      ([heading, ids]) => `\n${heading}\n\n${ids.map((id) => `- ${shortLine(id, byId.get(id))}\n`).join("")}`,
    )
    .join("");
}

/** The bytes of a ticket, with the title of its parent behind the line that names it. */
export function withTitleOfParent(bytes: Uint8Array, parent: string, title: string): Uint8Array {
  const asOne = (text: string) => Buffer.from(text).toString("latin1");
  // Byte by byte: nothing else of it may change, whatever it is.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const read = readTicketText(text);
  const field = isTextFault(read) ? undefined : read.fields.find(({ key }) => key === "parent");
  if (field === undefined || field.value !== asOne(parent)) return bytes;
  const end = text.slice(field.start, field.end).search(/[ \t]*\r?\n/);
  const at = field.start + (end < 0 ? field.end - field.start : end);
  return Buffer.from(`${text.slice(0, at)}  # ${asOne(title)}${text.slice(at)}`, "latin1");
}
