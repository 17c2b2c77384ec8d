import type { TicketBackend, TicketRequirement } from "../backend.js";
import { pathBetween } from "../cycles.js";
import { TicketError } from "../errors.js";
import { isTicketId } from "../ids.js";
import type { Ticket, TicketId } from "../ticket.js";
import { lookUp } from "./find-ticket.js";

/**
 * Refuses dependencies of `next` that `base` lacks when they close a cycle. The tickets walked through come back as requirements of the
 * commit: if one of them changes meanwhile, the store refuses, and of two additions that cross exactly one goes through.
 * @throws DEPENDENCY_CYCLE with the path
 */
export async function checkNewDependencies(
  backend: TicketBackend,
  base: Ticket | undefined,
  next: Ticket,
): Promise<readonly TicketRequirement[]> {
  const added = next.dependsOn.filter((id) => !base?.dependsOn.includes(id));
  if (added.length === 0) return [];
  const dependencies = new Map<TicketId, readonly TicketId[]>([[next.id, next.dependsOn]]);
  const requires: TicketRequirement[] = [];
  for (let frontier = new Set(added); frontier.size > 0; ) {
    const following = new Set<TicketId>();
    const open = [...frontier].filter((id) => isTicketId(id) && !dependencies.has(id));
    const found = await Promise.all(open.map(async (id) => ({ id, ...(await lookUp(backend, id)) })));
    for (const { id, record, isUnreadable } of found) {
      dependencies.set(id, record?.ticket.dependsOn ?? []);
      // What cannot be read has no revision to name; a ticket that is missing must still be missing.
      if (!isUnreadable) requires.push({ id, revision: record?.revision ?? null });
      for (const dependency of record?.ticket.dependsOn ?? []) following.add(dependency);
    }
    frontier = following;
  }
  const path = pathBetween(next.id, next.id, (id) => dependencies.get(id) ?? []);
  if (path === undefined) return requires;
  throw new TicketError(
    "DEPENDENCY_CYCLE",
    `${next.id} would wait for itself: ${path.join(" → ")}`,
    { path },
    { hint: "Remove one of these dependencies first." },
  );
}
