// What was done here since this host and the upstream had the same tickets, operation by operation.
import type { TicketId } from "@wiggum/ticket-core";
import type { ObjectId } from "../objects.js";
import { readSteps } from "../read-steps.js";
import type { RefusalFinder } from "../refusals.js";
import { createStepJudge, type StepJudgePorts } from "../step-judge.js";
import { idOfFile, isStoreFile } from "../store-layout.js";
import type { FileVersion } from "../store-tree.js";
import { readMainline, type TimelineCommit } from "../timeline.js";

export interface EntryChange {
  readonly before: FileVersion | undefined;
  readonly after: FileVersion | undefined;
}

/** A commit of this host with what it changed, as it counts: what was pushed and refused is no change. */
export interface LocalStep {
  readonly commit: TimelineCommit;
  readonly tickets: ReadonlyMap<TicketId, EntryChange>;
  /** Folders of tickets, by the tickets' ids. */
  readonly folders: ReadonlyMap<TicketId, EntryChange>;
  /** Everything else but the store's own files. */
  readonly others: ReadonlyMap<string, EntryChange>;
}

/** `base` = the newest commit that both have; `undefined` = the histories have nothing in common. Oldest first. */
export function readLocalSteps(
  ports: StepJudgePorts & { readonly refusals: RefusalFinder },
  base: ObjectId | undefined,
  local: ObjectId,
): readonly LocalStep[] {
  const { place, reader, refusals } = ports;
  const line = readMainline(place, base, local) ?? [];
  const first = base ?? line[0]?.id;
  const start = first === undefined ? undefined : reader.snapshot(first);
  let isJudging = start?.trusted !== undefined;
  const judge =
    base === undefined || start === undefined ? createStepJudge(ports, base) : refusals.judgeAfter(start);
  const steps = readSteps(place, base, line);
  judge.load(steps);
  return steps.map(({ commit, previous, changes }) => {
    if (commit.own !== undefined) isJudging = true;
    const tickets = new Map<TicketId, EntryChange>();
    const folders = new Map<TicketId, EntryChange>();
    const others = new Map<string, EntryChange>();
    for (const { name, before, after } of changes) {
      const id = idOfFile(name);
      if (id === undefined) {
        const isFolder = (before ?? after)?.mode === "40000" && (after ?? before)?.mode === "40000";
        if (isFolder) folders.set(name, { before, after });
        else if (!isStoreFile(name)) others.set(name, { before, after });
        continue;
      }
      const refused = judge.refusals.get(id);
      const good = refused === undefined ? before : refused.good;
      const step = { commit, previous, changes };
      const counted =
        isJudging && previous !== undefined
          ? judge.take(step, id, { before, after })
          : judge.pass(id, { before, after });
      if (good?.id !== counted?.id) tickets.set(id, { before: good, after: counted });
    }
    return { commit, tickets, folders, others };
  });
}
