import { setTimeout as sleep } from "node:timers/promises";
import {
  type Cursor,
  checkTicketId,
  type Judge,
  printable,
  type TicketChange,
  TicketError,
  type TicketId,
  type TicketRecord,
  type WatchOptions,
} from "@wiggum/ticket-core";
import { actorOf, timeOf } from "./last-change.js";
import { readSteps, type TimelineStep } from "./read-steps.js";
import type { RefusalFinder } from "./refusals.js";
import type { StoreReader } from "./snapshot.js";
import { createStepJudge, type StepJudge } from "./step-judge.js";
import { idOfFile, ticketFile } from "./store-layout.js";
import type { StorePlace } from "./store-place.js";
import type { FileVersion } from "./store-tree.js";
import { findAt } from "./ticket-at.js";
import { readMainline, type TimelineCommit } from "./timeline.js";
import { createReceived } from "./uplink/received.js";

export interface HistoryPorts {
  readonly place: StorePlace;
  readonly reader: StoreReader;
  readonly judge: Judge;
  readonly refusals: RefusalFinder;
  /** Milliseconds between two looks at the ref, in following. */
  readonly pollMs: number;
}

/** Steps whose tickets are read and handed out at a time. */
const chunkSize = 200;

/**
 * History as it counts: a change that was pushed and refused is no change, nor is the commit that put the good version back.
 */
export function createHistory({ place, reader, judge, refusals, pollMs }: HistoryPorts) {
  const ports = { place, reader, judge };
  const isReceived = createReceived(place.root);

  async function* history(id: TicketId): AsyncGenerator<TicketChange, void, undefined> {
    checkTicketId(id);
    const tip = place.readMain();
    const line = readMainline(place, undefined, tip) ?? [];
    yield* emit(undefined, line, createStepJudge(ports, undefined), id);
  }

  async function* watch(
    from: Cursor | undefined,
    { signal, follow = true }: WatchOptions = {},
  ): AsyncGenerator<TicketChange, void, undefined> {
    // First of all: a store that is lost is told as such, whatever is asked of it.
    place.check();
    let at = from === undefined ? undefined : checkCursor(from);
    while (!signal?.aborted) {
      const tip = place.readMain();
      if (tip !== at) {
        const line = readMainline(place, at, tip);
        if (line === undefined) throw cursorInvalid();
        const stepJudge =
          at === undefined ? createStepJudge(ports, undefined) : refusals.judgeAfter(reader.snapshot(at));
        for await (const change of emit(at, line, stepJudge, undefined)) {
          if (signal?.aborted) return;
          yield change;
        }
        at = tip;
      } else if (!follow) return;
      else await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    }
  }

  async function* emit(
    from: string | undefined,
    line: readonly TimelineCommit[],
    stepJudge: StepJudge,
    only: TicketId | undefined,
  ): AsyncGenerator<TicketChange, void, undefined> {
    let previous = from;
    const first = from ?? line[0]?.id;
    let isJudging = first !== undefined && reader.snapshot(first).trusted !== undefined;
    for (let index = 0; index < line.length; index += chunkSize) {
      const chunk = line.slice(index, index + chunkSize);
      const steps = readSteps(place, previous, chunk, only === undefined ? undefined : ticketFile(only));
      previous = chunk.at(-1)?.id;
      stepJudge.load(steps);
      const versions = collectVersions(place, steps, only);
      for (const { step, changes } of versions) {
        if (step.commit.own !== undefined) isJudging = true;
        yield* changesOf(step, changes, stepJudge, isJudging && step.previous !== undefined);
      }
    }
  }

  function* changesOf(
    step: TimelineStep,
    changes: readonly NamedChange[],
    stepJudge: StepJudge,
    isJudged: boolean,
  ): Generator<TicketChange, void, undefined> {
    const { commit } = step;
    for (const { id, before, after } of changes) {
      const good = stepJudge.refusals.get(id);
      const countedBefore = good === undefined ? before : good.good;
      const countedAfter = isJudged
        ? stepJudge.take(step, id, { before, after })
        : stepJudge.pass(id, { before, after });
      const isRefusedOrMended =
        good !== undefined || (commit.own === undefined && countedAfter?.id !== after?.id);
      if (isRefusedOrMended && countedBefore?.id === countedAfter?.id) continue;
      yield {
        cursor: commit.id,
        id,
        before: recordOf(id, countedBefore),
        after: recordOf(id, countedAfter),
        ...(commit.own === undefined ? {} : { operationId: commit.own.operationId }),
        actor: actorOf(commit),
        subject: commit.message.split("\n", 1)[0] ?? "",
        cause: commit.own?.cause,
        override: commit.own?.override,
        skipHooks: commit.own?.skipHooks === true || isReceived(commit.id),
        at: timeOf(commit),
      };
    }
  }

  function recordOf(id: TicketId, version: FileVersion | undefined): TicketRecord | undefined {
    if (version === undefined) return undefined;
    const content = reader.content(id, version.id);
    return "record" in content ? content.record : undefined;
  }

  function checkCursor(cursor: Cursor): string {
    if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(cursor)) throw cursorInvalid(cursor);
    if (place.objects.sizes([cursor]).get(cursor)?.type !== "commit") throw cursorInvalid(cursor);
    return cursor;
  }

  return { history, watch };
}

interface NamedChange {
  readonly id: TicketId;
  readonly before?: FileVersion | undefined;
  readonly after?: FileVersion | undefined;
}

/** The tickets of each step: those whose files changed, and those that a commit of ours names although it left them as they were. */
function collectVersions(
  place: StorePlace,
  steps: readonly TimelineStep[],
  only: TicketId | undefined,
): readonly { readonly step: TimelineStep; readonly changes: readonly NamedChange[] }[] {
  const named = steps.map((step) => {
    const changes: NamedChange[] = step.changes.flatMap(({ name, before, after }) => {
      const id = idOfFile(name);
      return id === undefined ? [] : [{ id, before, after }];
    });
    const missing = (step.commit.own?.changes ?? [])
      .map(({ id }) => id)
      .filter((id) => (only === undefined || id === only) && !changes.some((change) => change.id === id));
    return { step, changes, missing };
  });
  const found = findAt(
    place.objects,
    named.flatMap(({ step, missing }) =>
      missing.map((id) => ({ commit: step.commit.id, name: ticketFile(id) })),
    ),
  );
  let next = 0;
  return named.map(({ step, changes, missing }) => {
    const unchanged = missing.map((id) => {
      const blob = found[next++]?.id;
      const version = blob === undefined ? undefined : { mode: "100644", id: blob };
      return { id, before: version, after: version };
    });
    return { step, changes: inOrder([...changes, ...unchanged], step) };
  });
}

/** As the commit named its tickets, which is the order in which they were asked for. */
function inOrder(changes: readonly NamedChange[], step: TimelineStep): readonly NamedChange[] {
  const order = step.commit.own?.changes.map(({ id }) => id) ?? [];
  const rank = ({ id }: NamedChange) => (order.includes(id) ? order.indexOf(id) : order.length);
  return changes.toSorted((left, right) => rank(left) - rank(right));
}

function cursorInvalid(cursor = ""): TicketError<"QUERY_INVALID"> {
  const shown = cursor === "" ? "" : ` '${printable(cursor.slice(0, 80))}'`;
  return new TicketError("QUERY_INVALID", `The cursor${shown} is not of this store`, { member: "cursor" });
}
