import type { Cursor, TicketId, TicketRecord, Tickets } from "@wiggum/ticket-core";

/** All tickets at one moment. */
export interface SeenTickets {
  readonly asOf: Cursor;
  readonly all: readonly TicketRecord[];
  readonly workable: ReadonlySet<TicketId>;
}

export interface TicketLook {
  look(): Promise<SeenTickets>;
}

/** Reads the tickets anew only where the store has moved on: most looks of a supervisor find everything as it was. */
export function createTicketLook(tickets: Pick<Tickets, "list" | "ready">): TicketLook {
  let seen: SeenTickets | undefined;
  return {
    async look() {
      if (seen !== undefined && (await tickets.list({ ids: [] })).asOf === seen.asOf) return seen;
      const page = await tickets.list();
      // Afterwards: what it sees more than the list, the next look sees, because the store has moved on.
      const ready = await tickets.ready();
      seen = {
        asOf: page.asOf,
        all: page.tickets,
        workable: new Set(ready.map(({ ticket }) => ticket.id)),
      };
      return seen;
    },
  };
}
