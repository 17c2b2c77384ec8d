import { readCriteria, readEvents, readSection } from "../body.js";
import { isTicketId } from "../ids.js";
import { isClaimableState } from "../legality.js";
import { withParsers } from "../parser-port.js";
import type { TicketId, TicketRecord } from "../ticket.js";
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

type Reads = Pick<
  Tickets,
  | "list"
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

export function createReads({ backend, types }: TicketsPorts): Reads {
  /** These records and the tickets that they depend on. */
  async function worldAround(records: readonly TicketRecord[]): Promise<TicketWorld> {
    const ids = new Set(records.flatMap((record) => record.ticket.dependsOn).filter(isTicketId));
    if (ids.size === 0) return createTicketWorld(types, records);
    const { tickets, problems } = await backend.list({ ids: [...ids] });
    const unreadable = problems.flatMap((problem) => problem.id ?? []);
    return createTicketWorld(types, [...records, ...tickets], unreadable);
  }

  async function wholeWorld(): Promise<{ records: readonly TicketRecord[]; world: TicketWorld }> {
    const { tickets, problems } = await backend.list();
    const unreadable = problems.flatMap((problem) => problem.id ?? []);
    return { records: tickets, world: createTicketWorld(types, tickets, unreadable) };
  }

  return {
    list: (query, page) => backend.list(query, page),
    show: async (text) => readRecord(backend, await findId(backend, text, "read")),
    resolve: (text, use) => findId(backend, text, use),

    async ready(limit) {
      const { tickets } = await backend.list({ states: claimableStates(types) });
      const claimable = tickets.filter(({ ticket }) => isClaimableState(types, ticket));
      const world = await worldAround(claimable);
      return claimable.filter(({ ticket }) => isReady(ticket, world)).slice(0, limit);
    },
    async blocked() {
      const { records, world } = await wholeWorld();
      return records
        .filter(({ ticket }) => isClaimableState(types, ticket))
        .map((record) => ({ record, reasons: blockingReasons(record.ticket, world) }))
        .filter(({ reasons }) => reasons.length > 0);
    },
    async tree(text) {
      const id = await findId(backend, text, "read");
      const { world } = await wholeWorld();
      return dependencyTree(id, world.record);
    },
    children: async (text) => related(await findId(backend, text, "read"), "parents"),
    dependants: async (text) => related(await findId(backend, text, "read"), "dependsOn"),

    events: (ticket) => withParsers(() => readEvents(ticket.body)),
    criteria: (ticket) => withParsers(() => readCriteria(ticket.body)),
    section: (ticket, heading) => withParsers(() => readSection(ticket.body, heading)),
  };

  async function related(id: TicketId, member: "parents" | "dependsOn"): Promise<readonly TicketRecord[]> {
    return (await backend.list({ [member]: [id] })).tickets;
  }
}
