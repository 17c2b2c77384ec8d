// Tickets for tests, and for the conformance kit.
import type { Ticket } from "./ticket.js";

/** A plain new ticket of type `task`; what matters to the test is handed in. */
export function sampleTicket(id: string, extra: Partial<Ticket> = {}): Ticket {
  return {
    id,
    type: "task",
    priority: 2,
    state: "ready",
    leaseEpoch: 0,
    dependsOn: [],
    blocks: [],
    labels: [],
    riskFlags: [],
    references: [],
    createdAt: "2026-01-02T03:04:05Z",
    createdBy: "manual",
    updatedAt: "2026-01-02T03:04:05Z",
    title: `Ticket ${id}`,
    preamble: "\n",
    body: "\n## Description\n\nText.\n",
    fields: {},
    ...extra,
  };
}
