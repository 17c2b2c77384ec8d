// What was pushed past us and is not served: changes of tickets that may not be, and changes of the store's own files.
import { printable, type TicketId, type TicketProblem } from "@wiggum/ticket-core";
import { shortId } from "./past-versions.js";
import { readSteps, type TimelineStep } from "./read-steps.js";
import type { Snapshot } from "./snapshot.js";
import { createStepJudge, type Refusal, type StepJudge, type StepJudgePorts } from "./step-judge.js";
import { idOfFile, isStoreFile } from "./store-layout.js";
import { type FileVersion, openStoreTree } from "./store-tree.js";
import { readMainline, type TimelineCommit } from "./timeline.js";

/** A pushed change of one of the store's own files. The next writer puts `good` back. */
export interface StoreFileRefusal {
  readonly name: string;
  readonly good: FileVersion;
  readonly isRemoved: boolean;
  /** The commit that was pushed. */
  readonly commit: TimelineCommit;
}

export interface Refusals {
  readonly tickets: ReadonlyMap<TicketId, Refusal>;
  readonly files: readonly StoreFileRefusal[];
}

export const noRefusals: Refusals = { tickets: new Map(), files: [] };

export interface RefusalFinder {
  /** What is refused at this commit. */
  at(snapshot: Snapshot): Refusals;
  /** A judge for the steps that follow this commit. */
  judgeAfter(snapshot: Snapshot): StepJudge;
}

/**
 * Every commit of ours is made only after all that was pushed before it has been judged, so only the foreign commits on top of the newest of
 * ours are looked at.
 */
export function createRefusalFinder(ports: StepJudgePorts): RefusalFinder {
  const { place } = ports;
  let last: { readonly commit: string; readonly refusals: Refusals } | undefined;

  /** A judge that has seen what was pushed on top of our newest commit, and the steps that it has seen. */
  function replay({ commit, trusted = commit }: Snapshot) {
    const line = readMainline(place, trusted, commit) ?? [];
    const steps = readSteps(place, trusted, line);
    const stepJudge = createStepJudge(ports, trusted);
    stepJudge.load(steps);
    for (const step of steps) {
      for (const change of step.changes) {
        const id = idOfFile(change.name);
        if (id !== undefined) stepJudge.take(step, id, change);
      }
    }
    return { stepJudge, steps };
  }

  function find(snapshot: Snapshot): Refusals {
    const { commit, trusted } = snapshot;
    if (trusted === undefined || trusted === commit) return noRefusals;
    const { stepJudge, steps } = replay(snapshot);
    return { tickets: stepJudge.refusals, files: refusedFiles(trusted, commit, steps) };
  }

  function refusedFiles(trusted: string, tip: string, steps: readonly TimelineStep[]): StoreFileRefusal[] {
    const touched = steps.flatMap(({ commit, changes }) =>
      changes.filter(({ name }) => isStoreFile(name)).map(({ name }) => ({ name, commit })),
    );
    if (touched.length === 0) return [];
    const [before, now] = [storeFilesAt(trusted), storeFilesAt(tip)];
    return [...before].flatMap(([name, good]) => {
      const version = now.get(name);
      if (version?.id === good.id && version.mode === good.mode) return [];
      const commit = touched.find((each) => each.name === name)?.commit;
      return commit === undefined ? [] : [{ name, good, isRemoved: version === undefined, commit }];
    });
  }

  function storeFilesAt(commit: string): ReadonlyMap<string, FileVersion> {
    const tree = `${commit}^{tree}`;
    const content = place.objects.readAll([tree]).get(tree)?.content ?? Buffer.alloc(0);
    const { top } = openStoreTree(place.objects, content, commit.length / 2);
    return new Map(
      top.filter(({ name }) => isStoreFile(name)).map(({ name, mode, id }) => [name, { mode, id }]),
    );
  }

  return {
    at(snapshot) {
      const { commit } = snapshot;
      if (last?.commit !== commit) last = { commit, refusals: find(snapshot) };
      return last.refusals;
    },
    judgeAfter: (snapshot) => replay(snapshot).stepJudge,
  };
}

/** Tickets as they count. */
export interface EffectiveTickets {
  /** Looks at this one alone. */
  get(id: TicketId): FileVersion | undefined;
  has(id: TicketId): boolean;
  /** Looks at the whole store. */
  all(): ReadonlyMap<TicketId, FileVersion>;
}

/** The tickets of a snapshot, with the last good version in the place of a refused one. */
export function effectiveTickets(snapshot: Snapshot, refusals: Refusals): EffectiveTickets {
  const get = (id: TicketId): FileVersion | undefined => {
    const refusal = refusals.tickets.get(id);
    return refusal === undefined ? snapshot.ticket(id) : refusal.good;
  };
  return {
    get,
    has: (id) => get(id) !== undefined,
    all() {
      const { tickets: stored } = snapshot.contents();
      if (refusals.tickets.size === 0) return stored;
      const tickets = new Map<TicketId, FileVersion>(stored);
      for (const { id, good } of refusals.tickets.values()) {
        if (good === undefined) tickets.delete(id);
        else tickets.set(id, good);
      }
      return tickets;
    },
  };
}

/** The store's own files, the same way. */
export function effectiveFiles({ tree }: Snapshot, { files }: Refusals): ReadonlyMap<string, FileVersion> {
  const found = new Map<string, FileVersion>();
  for (const { name, mode, id } of tree.top) if (isStoreFile(name)) found.set(name, { mode, id });
  for (const { name, good } of files) found.set(name, good);
  return found;
}

/** All that is refused in words, for `list` and `doctor`. */
export function refusalProblems({ tickets, files }: Refusals): readonly TicketProblem[] {
  return [...[...tickets.values()].map(ticketProblem), ...files.map(fileProblem)];
}

function ticketProblem({ id, commit, code, error, reason, good }: Refusal): TicketProblem {
  const line = (error?.data as { readonly line?: number } | undefined)?.line;
  const kept =
    good === undefined
      ? "it is not shown, and the next write takes it out"
      : "the last good version is shown, and the next write puts it back";
  return {
    code,
    id,
    path: `${id}.md`,
    ...(line === undefined ? {} : { line }),
    message: `${reason} (${pushedBy(commit)}); ${kept}`,
  };
}

function fileProblem({ name, commit, isRemoved }: StoreFileRefusal): TicketProblem {
  const what = isRemoved ? "removed" : "changed";
  const message = `${name} belongs to the store and was ${what} (${pushedBy(commit)}); the next write puts it back`;
  return { code: "STORE_FAULT", path: name, message };
}

function pushedBy({ authorName, id }: TimelineCommit): string {
  return `pushed by ${printable(authorName)} in ${shortId(id)}`;
}
