import type { Actor, TicketId, Timestamp } from "@wiggum/ticket-core";
import { placesOf } from "./fan-out.js";
import { walkStraight } from "./in-process/walk-commits.js";
import type { ObjectId } from "./objects.js";
import { readSteps } from "./read-steps.js";
import { isRelayout } from "./relayout-commit.js";
import { ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import { readLog, type TimelineCommit, timelineCommit } from "./timeline.js";

export interface LastChange {
  readonly by: Actor;
  readonly at: Timestamp;
  readonly subject: string;
}

/** Who changed a ticket's file last, as seen from `tip`. */
export function lastChange(place: StorePlace, tip: ObjectId, id: TicketId): LastChange | undefined {
  const commit = nearChange(place, tip, ticketFile(id)) ?? farChange(place, tip, ticketFile(id));
  if (commit === undefined) return undefined;
  return { by: actorOf(commit), at: timeOf(commit), subject: commit.message.split("\n", 1)[0] ?? "" };
}

/** How many commits are looked at one by one before git is asked. */
const nearCommits = 16;

function nearChange(place: StorePlace, tip: ObjectId, file: string): TimelineCommit | undefined {
  let found: TimelineCommit | undefined;
  let seen = 0;
  walkStraight(place.objects, tip, undefined, (walked) => {
    const commit = timelineCommit(walked);
    // Through a merge there is more than one way back.
    if (commit.parents.length > 1) return true;
    const [step] = readSteps(place, commit.parents[0], [commit], file);
    if (step !== undefined && step.changes.length > 0) found = commit;
    seen += 1;
    return found !== undefined || seen === nearCommits;
  });
  return found;
}

function farChange(place: StorePlace, tip: ObjectId, file: string): TimelineCommit | undefined {
  for (let limit = 1; ; limit *= 4) {
    // That it was moved to another folder is no change of it.
    const found = readLog(place, { tip, mostCount: limit, paths: placesOf(file) });
    const last = found.find(({ own }) => own === undefined || !isRelayout(own.operationId));
    if (last !== undefined || found.length < limit) return last;
  }
}

/** Who made a commit: what its trailers say, else a person by the author's name. */
export function actorOf(commit: TimelineCommit): Actor {
  return commit.own?.actor ?? { kind: "person", id: commit.authorName };
}

/** UTC, to the second. */
export function timeOf(commit: Pick<TimelineCommit, "atSeconds">): Timestamp {
  return `${new Date(commit.atSeconds * 1000).toISOString().slice(0, 19)}Z`;
}
