import {
  builtinTypes,
  createJudge,
  createMemoryBackend,
  createTickets,
  type Ticket,
  type TicketBackend,
  type Tickets,
} from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { newUlid } from "../ulid.js";

/** Tickets in this process, over the reference backend; or over another one. */
export function memoryTickets(
  backend: TicketBackend = createMemoryBackend({ judge: createJudge(builtinTypes) }),
): {
  readonly tickets: Tickets;
  /** Stores a ticket as it is, outside the state machine. */
  put(id: string, values?: Partial<Ticket>): Promise<Ticket>;
} {
  const tickets = createTickets({
    backend,
    types: builtinTypes,
    now: () => new Date(),
    newId: () => newUlid(),
    random: (below) => Math.floor(Math.random() * below),
  });
  return {
    tickets,
    async put(id, values = {}) {
      const next = sampleTicket(id, values);
      const receipt = await backend.commit({
        operationId: newUlid(),
        actor: { kind: "person", id: "test" },
        subject: `Create ticket: ${id}`,
        at: "2026-01-02T03:04:05Z",
        changes: [{ id, expected: null, next }],
        override: "test",
      });
      return receipt.records[0]?.ticket ?? next;
    },
  };
}
