import type { ListedTicket } from "./listed-ticket.js";
import { byIdOf, byIdOrder, openDeps, shortLine } from "./ticket-lines.js";

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
