// What each ticket has been before. A push may not bring that back: whoever pushes it has not seen what came since.
import type { TicketId } from "@wiggum/ticket-core";
import type { OwnMessage } from "./commit-message.js";
import type { ObjectId } from "./objects.js";
import { readSteps, type TimelineStep } from "./read-steps.js";
import { ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import type { FileVersion } from "./store-tree.js";
import { readMainline, type TimelineCommit } from "./timeline.js";

export interface PastVersions {
  /** Every version under which the ticket has counted so far, oldest first; refused ones are left out. */
  of(id: TicketId): readonly FileVersion[];
  /** Will be asked for all of these: reads them at one go. */
  expect(ids: Iterable<TicketId>): void;
  /** The ticket counts as this from now on. */
  add(id: TicketId, version: FileVersion): void;
}

/** Above this number of tickets one look at the whole history costs less than one at each ticket's. */
const fewTickets = 8;

/** Knows what was up to the commit `upTo` (absent = nothing yet), read at the first question, and what is added. */
export function createPastVersions(place: StorePlace, upTo: ObjectId | undefined): PastVersions {
  const before = new Map<TicketId, readonly FileVersion[]>();
  const added = new Map<TicketId, FileVersion[]>();
  let line: readonly TimelineCommit[] | undefined;

  function expect(ids: Iterable<TicketId>): void {
    if (upTo === undefined) return;
    const missing = [...ids].filter((id) => !before.has(id));
    if (missing.length === 0) return;
    line ??= readMainline(place, undefined, upTo) ?? [];
    const changesOf =
      missing.length <= fewTickets ? undefined : changesByFile(readSteps(place, undefined, line));
    for (const id of missing) {
      const file = ticketFile(id);
      const found = changesOf ?? changesByFile(readSteps(place, undefined, line, file));
      before.set(id, countedVersions(found.get(file) ?? []));
    }
  }

  return {
    expect,
    of(id) {
      expect([id]);
      return [...(before.get(id) ?? []), ...(added.get(id) ?? [])];
    },
    add(id, version) {
      const versions = added.get(id);
      if (versions === undefined) added.set(id, [version]);
      else versions.push(version);
    },
  };
}

interface FileStep {
  readonly commit: TimelineCommit;
  readonly after: FileVersion | undefined;
}

function changesByFile(steps: readonly TimelineStep[]): ReadonlyMap<string, readonly FileStep[]> {
  const byFile = new Map<string, FileStep[]>();
  for (const { commit, changes } of steps) {
    for (const { name, after } of changes) {
      const found = byFile.get(name);
      if (found === undefined) byFile.set(name, [{ commit, after }]);
      else found.push({ commit, after });
    }
  }
  return byFile;
}

/** What a file was, step by step, without what was refused: our commit that puts the good version back says from which push on. */
function countedVersions(steps: readonly FileStep[]): readonly FileVersion[] {
  const counted: { readonly commit: ObjectId; readonly version: FileVersion }[] = [];
  for (const { commit, after } of steps) {
    const refusedFrom = commit.own === undefined ? undefined : rejectedPush(commit.own);
    if (refusedFrom !== undefined) {
      const first = counted.findIndex((each) => each.commit.startsWith(refusedFrom));
      if (first !== -1) counted.splice(first);
    } else if (after !== undefined) counted.push({ commit: commit.id, version: after });
  }
  return counted.map(({ version }) => version);
}

const rejection = /^reject-([0-9a-f]+)-/;

/** The operation of a commit that puts back what the push `commit` broke; `name` = the first file of it. */
export function rejectionId(commit: ObjectId, name: string): string {
  return `reject-${shortId(commit)}-${name}`;
}

/** Beginning of the commit that was pushed and refused. */
function rejectedPush({ operationId }: OwnMessage): string | undefined {
  return rejection.exec(operationId)?.[1];
}

export function shortId(id: ObjectId): string {
  return id.slice(0, 12);
}
