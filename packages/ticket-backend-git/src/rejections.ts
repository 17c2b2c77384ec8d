// The commits that put back what pushes broke.
import type { ObjectId } from "./objects.js";
import { rejectionId, shortId } from "./past-versions.js";
import type { Refusals } from "./refusals.js";
import type { Refusal } from "./step-judge.js";
import { ticketFile } from "./store-layout.js";
import type { FileVersion } from "./store-tree.js";

/** One commit to make: all that one pushed commit broke. However many files that are, it costs one tree. */
export interface Rejection {
  readonly operationId: string;
  readonly subject: string;
  readonly cause: string;
  readonly tickets: readonly Refusal[];
  /** Files as they were; `undefined` = the file goes. */
  readonly files: ReadonlyMap<string, FileVersion | undefined>;
}

/** What a subject and a cause name in full. */
const mostNamed = 3;

/** In the order in which the pushes came. */
export function rejectionsOf({ tickets, files }: Refusals): readonly Rejection[] {
  const commits = new Set<ObjectId>([...tickets.values(), ...files].map(({ commit }) => commit.id));
  return [...commits].map((commit) => {
    const brokenTickets = [...tickets.values()].filter((refusal) => refusal.commit.id === commit);
    const brokenFiles = files.filter((refusal) => refusal.commit.id === commit);
    const names = [...brokenTickets.map(({ id }) => id), ...brokenFiles.map(({ name }) => name)];
    const reasons = [
      ...brokenTickets.map(({ reason }) => reason),
      ...brokenFiles.map(({ name }) => `${name} belongs to the store`),
    ];
    return {
      operationId: rejectionId(commit, names[0] ?? ""),
      subject: `Reject push ${shortId(commit)} on ${shortened(names, ", ")}`,
      cause: shortened(reasons, "; "),
      tickets: brokenTickets,
      files: new Map([
        ...brokenTickets.map(({ id, good }) => [ticketFile(id), good] as const),
        ...brokenFiles.map(({ name, good }) => [name, good] as const),
      ]),
    };
  });
}

/** The first few, and how many more there are. */
export function shortened(texts: readonly string[], separator: string): string {
  const more = texts.length - mostNamed;
  const shown = texts.slice(0, mostNamed).join(separator);
  return more > 0 ? `${shown}${separator}and ${more} more` : shown;
}
