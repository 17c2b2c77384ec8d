// The tickets that an answer about dependencies is computed from: all of a small store, of a large one what can be reached.
import type { SummaryPage, TicketBackend, TicketQuery } from "../backend.js";
import { isTicketId } from "../ids.js";
import type { Cursor, TicketFacts, TicketId, TicketSummary } from "../ticket.js";
import type { TicketTypes } from "../ticket-type.js";
import { createTicketWorld, type TicketWorld } from "../workable.js";

/** A chain of dependencies that is longer costs less with all tickets at one go. */
const mostRounds = 24;
/** How often it is begun anew when others write meanwhile. */
const attempts = 3;

type Summaries = (query?: TicketQuery) => Promise<SummaryPage>;

/** Tickets, and the world in which they stand. */
export interface Surroundings {
  readonly roots: readonly TicketSummary[];
  readonly world: TicketWorld;
}

/**
 * The tickets that `find` answers, and everything below them along their dependencies, of one moment. `follows` = where this ticket's own
 * dependencies are of interest.
 */
export async function worldBelow(
  backend: TicketBackend,
  types: TicketTypes,
  find: TicketQuery,
  isRoot: (ticket: TicketFacts) => boolean,
  follows: (ticket: TicketFacts) => boolean,
): Promise<Surroundings> {
  const summaries: Summaries = (query) => backend.summaries?.(query) ?? backend.list(query);
  for (let attempt = 1; backend.summaries !== undefined && attempt <= attempts; attempt++) {
    const first = await summaries(find);
    const found = await reach(first, summaries, follows);
    if (found === "too-far") break;
    if (found !== "moved") return surroundings(types, first, found, isRoot);
  }
  const all = await summaries();
  return surroundings(types, all, all.tickets, isRoot);
}

function surroundings(
  types: TicketTypes,
  { tickets, problems }: SummaryPage,
  all: readonly TicketSummary[],
  isRoot: (ticket: TicketFacts) => boolean,
): Surroundings {
  const unreadable = problems.flatMap((problem) => problem.id ?? []);
  const roots = tickets.filter(({ ticket }) => isRoot(ticket));
  return { roots, world: createTicketWorld(types, all, unreadable) };
}

/** Everything below, round by round; `moved` = somebody wrote between two rounds. */
async function reach(
  first: SummaryPage,
  summaries: Summaries,
  follows: (ticket: TicketFacts) => boolean,
): Promise<readonly TicketSummary[] | "moved" | "too-far"> {
  const found: TicketSummary[] = [];
  const known = new Set<TicketId>();
  const asOf: Cursor = first.asOf;
  let frontier = first.tickets;
  for (const { ticket } of frontier) known.add(ticket.id);
  for (let round = 0; ; round++) {
    found.push(...frontier);
    const ids = new Set<TicketId>();
    for (const { ticket } of frontier) {
      if (!follows(ticket)) continue;
      for (const id of ticket.dependsOn) if (!known.has(id) && isTicketId(id)) ids.add(id);
    }
    if (ids.size === 0) return found;
    if (round === mostRounds) return "too-far";
    for (const id of ids) known.add(id);
    const page = await summaries({ ids: [...ids] });
    if (page.asOf !== asOf) return "moved";
    frontier = page.tickets;
  }
}
