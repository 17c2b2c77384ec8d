// What a store says of one ticket, and of one operation, straight from its objects.
import type { CommitReceipt, TicketId, TicketReading } from "@wiggum/ticket-core";
import type { ObjectId } from "./objects.js";
import type { EffectiveTickets, Refusals } from "./refusals.js";
import type { Snapshot, StoreReader } from "./snapshot.js";
import type { StorePlace } from "./store-place.js";
import { blobsAt } from "./ticket-at.js";

/** A store as it counts at one point of its history. */
export interface StoreLook {
  readonly snapshot: Snapshot;
  readonly refusals: Refusals;
  readonly tickets: EffectiveTickets;
  readonly reader: StoreReader;
}

/** @throws TICKET_UNREADABLE, also for what was pushed, cannot be served, and has no good version before it */
export function readStored({ snapshot, refusals, tickets, reader }: StoreLook, id: TicketId): TicketReading {
  const version = tickets.get(id);
  const refusal = refusals.tickets.get(id);
  if (version === undefined && refusal?.error?.code === "TICKET_UNREADABLE") throw refusal.error;
  if (version === undefined) return { asOf: snapshot.commit };
  const content = reader.content(id, version.id);
  if ("problem" in content) throw content.problem;
  return { record: content.record, asOf: snapshot.commit };
}

/** Receipts of what a commit wrote, whatever is asked of its operation now. */
export function createReceipts({
  place,
  reader,
}: {
  readonly place: StorePlace;
  readonly reader: StoreReader;
}): (operationId: string, commit: ObjectId) => CommitReceipt {
  return (operationId, commit) => {
    const { own } = reader.snapshot(commit);
    // What wrote an attachment named its ticket, and wrote no ticket.
    const written = own?.attachment === undefined ? (own?.changes ?? []).map(({ id }) => id) : [];
    const contents = [...reader.contents(blobsAt(place.objects, commit, written)).values()];
    const records = contents.flatMap((content) => ("record" in content ? [content.record] : []));
    return { operationId, already: true, asOf: commit, records };
  };
}
