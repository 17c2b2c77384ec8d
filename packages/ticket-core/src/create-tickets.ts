import { examineTickets } from "./doctor.js";
import { createAttaching } from "./operations/attach-file.js";
import { compactTickets, findLongOver } from "./operations/compact-tickets.js";
import { createTicket } from "./operations/create-ticket.js";
import { createEdits } from "./operations/edit-ticket.js";
import { assign, claimTicket, release, takeOver, unassign } from "./operations/hold-ticket.js";
import { mergeTicket } from "./operations/merge-ticket.js";
import { closeTicket, transitionTicket } from "./operations/move-ticket.js";
import { createReads } from "./operations/read-tickets.js";
import type { Tickets, TicketsPorts } from "./tickets.js";

/**
 * What may be done with tickets, over any backend. The backend must ask a judge made from the same `types`
 * (`createJudge(types)`). Whatever is printed, run or merged after a write is not decided here.
 */
export function createTickets(ports: TicketsPorts): Tickets {
  return {
    backend: ports.backend,
    types: ports.types,
    ...createReads(ports),
    ...createEdits(ports),
    ...createAttaching(ports),
    create: (input, context) => createTicket(ports, input, context),
    merge: (base, mine, context, options) => mergeTicket(ports, base, mine, context, options),
    transition: (id, to, context) => transitionTicket(ports, id, to, context),
    close: (id, resolution, context) => closeTicket(ports, id, resolution, context),
    claim: (id, agentId, context) => claimTicket(ports, id, agentId, context),
    takeOver: (id, agentId, context) => takeOver(ports, id, agentId, context),
    release: (id, context) => release(ports, id, context),
    assign: (id, agentId, context) => assign(ports, id, agentId, context),
    unassign: (id, context) => unassign(ports, id, context),
    longOver: (before) => findLongOver(ports, before),
    compact: (before, context) => compactTickets(ports, before, context),
    doctor: () => examineTickets(ports),
  };
}
