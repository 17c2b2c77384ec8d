import { readCriteria, readEvents, readSection } from "../body.js";
import { isTicketId } from "../ids.js";
import { isClaimableState, isDelivered, isHeldInPlace } from "../legality.js";
import { withParsers } from "../parser-port.js";
import { maxPageSize } from "../query.js";
import type { TicketFacts, TicketId, TicketSummary } from "../ticket.js";
import type { Tickets, TicketsPorts } from "../tickets.js";
import { dependencyTree } from "../tree.js";
import {
  blockingReasons,
  claimableStates,
  createTicketWorld,
  isReady,
  type TicketWorld,
} from "../workable.js";
import { findId, readRecord } from "./find-ticket.js";
import { worldBelow } from "./world-below.js";

type Reads = Pick<
  Tickets,
  | "list"
  | "summaries"
  | "show"
  | "resolve"
  | "ready"
  | "blocked"
  | "tree"
  | "children"
  | "dependants"
  | "events"
  | "criteria"
  | "section"
>;

/** Fewest tickets that are looked at on one page for a `ready` with a limit: most of the first are ready as a rule. */
const smallestPage = 100;

export function createReads({ backend, types }: TicketsPorts): Reads {
  const summaries: Tickets["summaries"] = (query, page) =>
    backend.summaries?.(query, page) ?? backend.list(query, page);

  /** These tickets and those that they depend on. */
  async function worldAround(records: readonly TicketSummary[]): Promise<TicketWorld> {
    const ids = new Set(records.flatMap((record) => record.ticket.dependsOn).filter(isTicketId));
    if (ids.size === 0) return createTicketWorld(types, records);
    const { tickets, problems } = await summaries({ ids: [...ids] });
    const unreadable = problems.flatMap((problem) => problem.id ?? []);
    return createTicketWorld(types, [...records, ...tickets], unreadable);
  }

  /** Those of these tickets that can be claimed. */
  async function readyAmong(tickets: readonly TicketSummary[]): Promise<readonly TicketSummary[]> {
    const claimable = tickets.filter(({ ticket }) => isClaimableState(types, ticket));
    const world = await worldAround(claimable);
    return claimable.filter(({ ticket }) => isReady(ticket, world));
  }

  return {
    list: (query, page) => backend.list(query, page),
    summaries,
    show: async (text) => readRecord(backend, await findId(backend, text, "read")),
    resolve: (text, use) => findId(backend, text, use),

    async ready(limit) {
      const query = { states: claimableStates(types) };
      // Without an index a page costs as much as all.
      if (limit === undefined || backend.summaries === undefined) {
        return (await readyAmong((await summaries(query)).tickets)).slice(0, limit);
      }
      const ready: TicketSummary[] = [];
      const size = Math.min(maxPageSize, Math.max(smallestPage, 2 * limit));
      for (let after: string | undefined; ready.length < limit; ) {
        const page = await summaries(query, { limit: size, after });
        ready.push(...(await readyAmong(page.tickets)));
        after = page.next;
        if (after === undefined) break;
      }
      return ready.slice(0, limit);
    },
    async blocked() {
      const isOpen = (ticket: TicketFacts) => !isDelivered(types, ticket);
      const isCandidate = (ticket: TicketFacts) =>
        isClaimableState(types, ticket) && !isHeldInPlace(types, ticket);
      const query = { states: claimableStates(types) };
      const { roots, world } = await worldBelow(backend, types, query, isCandidate, isOpen);
      return roots
        .map((record) => ({ record, reasons: blockingReasons(record.ticket, world) }))
        .filter(({ reasons }) => reasons.length > 0);
    },
    async tree(text) {
      const id = await findId(backend, text, "read");
      const everything = () => true;
      const { world } = await worldBelow(backend, types, { ids: [id] }, everything, everything);
      return dependencyTree(id, world.record);
    },
    children: async (text) => related(await findId(backend, text, "read"), "parents"),
    dependants: async (text) => related(await findId(backend, text, "read"), "dependsOn"),

    async events(ticket) {
      const inText = await withParsers(() => readEvents(ticket.body));
      return backend.threads === undefined ? inText : [...inText, ...(await backend.threads.read(ticket.id))];
    },
    criteria: (ticket) => withParsers(() => readCriteria(ticket.body)),
    section: (ticket, heading) => withParsers(() => readSection(ticket.body, heading)),
  };

  async function related(id: TicketId, member: "parents" | "dependsOn"): Promise<readonly TicketSummary[]> {
    return (await summaries({ [member]: [id] })).tickets;
  }
}
