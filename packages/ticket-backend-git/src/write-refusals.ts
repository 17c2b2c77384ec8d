// The answers to a writer that came too late.
import { TicketError, type TicketId } from "@wiggum/ticket-core";
import { lastChange } from "./last-change.js";
import type { ObjectId } from "./objects.js";
import type { TicketContent } from "./snapshot.js";
import type { StorePlace } from "./store-place.js";

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
