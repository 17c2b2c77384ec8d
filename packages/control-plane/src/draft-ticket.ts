import {
  createTickets,
  drawTicketId,
  type NewTicket,
  type Ticket,
  type TicketBackend,
} from "@wiggum/ticket-core";
import type { ProjectParts } from "./project-parts.js";

/** Ids that are drawn away from the store are long: nobody can say yet that they are free. */
const digits = 8;

/** The ticket that `create` would make, without making it: links are checked and resolved, and its id is a new one. */
export async function draftTicket(parts: ProjectParts, input: NewTicket): Promise<Ticket> {
  let drafted: Ticket | undefined;
  const backend: TicketBackend = {
    ...parts.backend,
    async commit(commit) {
      const [change] = commit.changes;
      drafted = change?.next ?? undefined;
      if (drafted === undefined) throw new Error("A create writes one ticket.");
      const record = { ticket: drafted, revision: "draft", fence: { id: drafted.id, epoch: 0 } };
      return { operationId: commit.operationId, already: false, asOf: "draft", records: [record] };
    },
  };
  const { types, clock, newId, random } = parts;
  const drafts = createTickets({ backend, types, now: () => clock.now(), newId, random });
  await drafts.create(input, parts.writeContext());
  if (drafted === undefined) throw new Error("A create commits.");
  return { ...drafted, id: drawTicketId(random, digits) };
}
