// What somebody pushed past us and may not stay. Types and legality are core's: the judge decides.
import type { Judge, Ticket, TicketError, TicketId, TicketProblem } from "@wiggum/ticket-core";
import type { ObjectId } from "./objects.js";
import { isOrdinaryFile, type Snapshot, type StoreReader } from "./snapshot.js";
import { idOfFile, layoutFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import {
  type FileVersion,
  findNewestOwn,
  readMainline,
  readSteps,
  type TimelineCommit,
  type TimelineStep,
} from "./timeline.js";

/** A pushed change of one ticket that is not served. The next writer puts `good` back. */
export interface Refusal {
  readonly id: TicketId;
  /** Last good version; absent = there was none. */
  readonly good?: FileVersion | undefined;
  /** The commit that was pushed. */
  readonly commit: TimelineCommit;
  readonly error: TicketError | undefined;
  readonly code: TicketProblem["code"];
  readonly reason: string;
}

export type Refusals = ReadonlyMap<TicketId, Refusal>;

/** Judges foreign steps one after the other; our own are trusted, since each was judged before it was written. */
export interface StepJudge {
  /** What is refused now. */
  readonly refusals: Refusals;
  /** `after` = what the ticket counts as after this step: the new version, or the last good one. */
  take(
    step: TimelineStep,
    id: TicketId,
    change: { before?: FileVersion | undefined; after?: FileVersion | undefined },
  ): FileVersion | undefined;
}

export function createStepJudge(reader: StoreReader, judge: Judge, start: Refusals = new Map()): StepJudge {
  const refusals = new Map(start);

  function ticketOf(id: TicketId, version: FileVersion | undefined): Ticket | undefined {
    const content = contentOf(reader, id, version);
    return content !== undefined && "record" in content ? content.record.ticket : undefined;
  }

  return {
    refusals,
    take(step, id, { before, after }) {
      const known = refusals.get(id);
      const good = known === undefined ? before : known.good;
      if (step.commit.own !== undefined) {
        refusals.delete(id);
        return after;
      }
      const refusal = judgeVersion(reader, judge, id, ticketOf(id, good), after);
      if (refusal === undefined) {
        refusals.delete(id);
        return after;
      }
      refusals.set(id, { id, good, commit: known?.commit ?? step.commit, ...refusal });
      return good;
    },
  };
}

function judgeVersion(
  reader: StoreReader,
  judge: Judge,
  id: TicketId,
  base: Ticket | undefined,
  after: FileVersion | undefined,
): Pick<Refusal, "error" | "code" | "reason"> | undefined {
  if (after !== undefined && !isOrdinaryFile(after.mode)) {
    return { error: undefined, code: "FILE_FOREIGN", reason: `${id}.md is no ordinary file` };
  }
  const content = contentOf(reader, id, after);
  if (content !== undefined && "problem" in content) {
    return { error: content.problem, code: "TICKET_UNREADABLE", reason: content.problem.message };
  }
  const verdict = judge(base, content?.record.ticket, {});
  if (verdict.legal) return undefined;
  return { error: verdict.error, code: "TICKET_ILLEGAL", reason: verdict.error.message };
}

export function contentOf(reader: StoreReader, id: TicketId, version: FileVersion | undefined) {
  if (version === undefined || !isOrdinaryFile(version.mode)) return undefined;
  return reader.content(id, version.id);
}

const none: Refusals = new Map();

/**
 * What is refused at this commit. Every commit of ours is made only after all that was pushed before it has been judged, so only the
 * foreign commits on top of the newest of ours are looked at.
 */
export function findRefusals(
  place: StorePlace,
  reader: StoreReader,
  judge: Judge,
  snapshot: Snapshot,
): Refusals {
  if (snapshot.own !== undefined) return none;
  const newestOwn = findNewestOwn(place, snapshot.commit);
  const line = readMainline(place, newestOwn, snapshot.commit) ?? [];
  const steps = readSteps(place, newestOwn, line);
  const judged = newestOwn === undefined ? afterOurRoot(steps) : steps;
  loadSteps(reader, judged);
  const stepJudge = createStepJudge(reader, judge);
  for (const step of judged) {
    for (const change of step.changes) {
      const id = idOfFile(change.name);
      if (id !== undefined) stepJudge.take(step, id, change);
    }
  }
  return stepJudge.refusals;
}

/** Reads all tickets that these steps show, before and after, in one go. */
export function loadSteps(reader: StoreReader, steps: readonly TimelineStep[]): void {
  reader.load(
    steps.flatMap(({ changes }) =>
      changes.flatMap(({ name, before, after }) => {
        const id = idOfFile(name);
        const versions = [before, after].filter(
          (version) => version !== undefined && isOrdinaryFile(version.mode),
        );
        return id === undefined ? [] : versions.map((version) => ({ id, blob: version?.id ?? "" }));
      }),
    ),
  );
}

/** A store that we made begins with a commit that brings its layout file, and all that follows is judged. */
function afterOurRoot([root, ...others]: readonly TimelineStep[]): readonly TimelineStep[] {
  const isOurs = root?.changes.some(({ name }) => name === layoutFile);
  return isOurs === true ? others : [];
}

/**
 * Is what comes after this commit judged? Not in a store that is yet to be adopted: what lies before the first commit of ours there
 * is taken as it is.
 */
export function isJudgedAfter(place: StorePlace, snapshot: Snapshot): boolean {
  if (snapshot.own !== undefined || findNewestOwn(place, snapshot.commit) !== undefined) return true;
  const root = readMainline(place, undefined, snapshot.commit)?.[0];
  return root !== undefined && place.objects.sizes([`${root.id}:${layoutFile}`]).size === 1;
}

/** The tickets of a snapshot, with the last good version in the place of a refused one. */
export function effectiveTickets(snapshot: Snapshot, refusals: Refusals): ReadonlyMap<TicketId, FileVersion> {
  if (refusals.size === 0) return snapshot.tickets;
  const tickets = new Map<TicketId, FileVersion>(snapshot.tickets);
  for (const { id, good } of refusals.values()) {
    if (good === undefined) tickets.delete(id);
    else tickets.set(id, good);
  }
  return tickets;
}

/** A refusal in words, for `list` and `doctor`. */
export function refusalProblem(refusal: Refusal): TicketProblem {
  const { id, commit, code, error } = refusal;
  const line = (error?.data as { readonly line?: number } | undefined)?.line;
  const kept = refusal.good === undefined ? "it is not shown" : "the last good version is shown";
  return {
    code,
    id,
    path: `${id}.md`,
    ...(line === undefined ? {} : { line }),
    message: `${refusal.reason} (pushed by ${refusal.commit.authorName} in ${shortId(commit.id)}); ${kept}, and the next write puts that back`,
  };
}

export function shortId(id: ObjectId): string {
  return id.slice(0, 12);
}
