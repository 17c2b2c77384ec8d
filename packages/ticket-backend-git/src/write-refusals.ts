// The answers to a writer that came too late.
import { type Ticket, type TicketCommit, TicketError, type TicketId } from "@wiggum/ticket-core";
import { lastChange } from "./last-change.js";
import type { ObjectId } from "./objects.js";
import type { TicketContent } from "./snapshot.js";
import type { StorePlace } from "./store-place.js";

/** @throws TICKET_FENCED the claim that a commit names is not the stored one, or an agent named none */
export function checkFence(
  { actor, fence }: Pick<TicketCommit, "actor" | "fence">,
  ticket: Ticket | undefined,
): void {
  if (fence === undefined && actor.kind !== "agent") return;
  if (fence !== undefined && ticket?.leaseEpoch === fence.epoch) return;
  const current = ticket?.leaseEpoch ?? 0;
  const holder = ticket?.assignedAgentId;
  const message =
    fence === undefined
      ? `${actor.id} wrote without naming its claim`
      : `The claim of ${actor.id} on ${fence.id} was taken over${holder === undefined ? "" : ` by ${holder}`}: stop working`;
  throw new TicketError(
    "TICKET_FENCED",
    message,
    {
      id: fence?.id ?? "",
      ...(fence === undefined ? {} : { epoch: fence.epoch }),
      current,
      ...(holder === undefined ? {} : { holder }),
    },
    { hint: "Nothing was written. Stop working on it; whoever holds it now goes on." },
  );
}

/** Who was first, when, and what is stored now. */
export function conflict(
  place: StorePlace,
  tip: ObjectId,
  id: TicketId,
  expected: ObjectId | null,
  content: TicketContent | undefined,
  isInTheWay: boolean,
): TicketError<"TICKET_CONFLICT"> {
  const change = lastChange(place, tip, id);
  const current = content !== undefined && "record" in content ? content.record : undefined;
  const found = isInTheWay
    ? "something that is no ticket lies at its name"
    : content === undefined
      ? "it does not exist"
      : `it was changed${change === undefined ? "" : ` by ${change.by.id} at ${change.at}`}`;
  return new TicketError(
    "TICKET_CONFLICT",
    `${id} is not at the revision that this write was made from: ${found}`,
    { id, expected, current, by: change?.by, at: change?.at },
    { hint: "Nothing was written. Read it again and decide again." },
  );
}
