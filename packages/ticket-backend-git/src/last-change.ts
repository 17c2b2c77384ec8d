import type { Actor, TicketId, Timestamp } from "@wiggum/ticket-core";
import type { ObjectId } from "./objects.js";
import { ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import { readLog, type TimelineCommit } from "./timeline.js";

export interface LastChange {
  readonly by: Actor;
  readonly at: Timestamp;
  readonly subject: string;
}

/** Who changed a ticket's file last, as seen from `tip`. */
export function lastChange(place: StorePlace, tip: ObjectId, id: TicketId): LastChange | undefined {
  const [commit] = readLog(place, ["--max-count=1", tip], ticketFile(id));
  if (commit === undefined) return undefined;
  return { by: actorOf(commit), at: timeOf(commit), subject: commit.message.split("\n", 1)[0] ?? "" };
}

/** Who made a commit: what its trailers say, else a person by the author's name. */
export function actorOf(commit: TimelineCommit): Actor {
  return commit.own?.actor ?? { kind: "person", id: commit.authorName };
}

/** UTC, to the second. */
export function timeOf(commit: Pick<TimelineCommit, "atSeconds">): Timestamp {
  return `${new Date(commit.atSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
