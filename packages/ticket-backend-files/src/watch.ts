import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cursor, Revision, TicketChange, TicketId, WatchOptions } from "@wiggum/ticket-core";
import { changesOf } from "./changes.js";
import { cursorInvalid, hasMetAll, readCursor } from "./cursor.js";
import type { FolderStore } from "./store.js";

/** What a watch looks at. */
export interface WatchPorts {
  readonly store: FolderStore;
  /** Takes into the journal what others changed in the files. */
  readonly notice: () => Promise<void>;
  readonly everyMs: number;
  /** What the list showed whose cursor the watch begins at: what others had written by then is no news, though it is noticed only now. */
  readonly shown?: ReadonlyMap<TicketId, Revision> | undefined;
}

/** Milliseconds between two looks at the journal. */
const journalEveryMs = 50;
/** Commits that are read at once. */
const step = 100;

/**
 * Every change behind `from`, in the order of the journal, and on. Where some of them cannot be told any more (the journal was trimmed, taken away,
 * begun anew, before the watch or under it; something listed went before the journal knew it) the watch ends with an error and never skips them.
 * @throws QUERY_INVALID
 */
export async function* watchFolder(
  { store, notice, everyMs, shown }: WatchPorts,
  from: Cursor | undefined,
  { signal, follow = true }: WatchOptions = {},
): AsyncGenerator<TicketChange, void, undefined> {
  if (isAborted(signal)) return;
  const start = readCursor(from);
  await notice();
  let { position, generation } = start;
  let isBegun = false;
  const unseen = new Map(shown);
  const isShown = ({ id, operationId, after }: TicketChange) => {
    const revision = unseen.get(id);
    unseen.delete(id);
    return operationId === undefined && after !== undefined && after.revision === revision;
  };
  let noticedAt = performance.now();
  for (;;) {
    const changes = await store.journal((tables) => {
      const now = tables.state();
      // Who begins at the beginning begins with what is left; of what is forgotten behind any other place nobody could be told.
      const isKept = (from === undefined && !isBegun) || position >= now.trimmedTo;
      const isSame = (generation ?? now.generation) === now.generation && position <= now.position;
      if (!isKept || !isSame || (!isBegun && !hasMetAll(tables, start, shown?.keys()))) throw cursorInvalid();
      isBegun = true;
      generation = now.generation;
      const commits = tables.after(position, step);
      position = commits.at(-1)?.position ?? position;
      return commits.flatMap((commit) => changesOf(tables, store.layout, now.generation, commit));
    });
    // There is none: it was taken away, or all that the list showed went before there was one.
    if (changes === undefined && (generation ?? start.unknownDigest) !== undefined) throw cursorInvalid();
    for (const change of changes ?? []) {
      if (isShown(change)) continue;
      yield change;
      if (isAborted(signal)) return;
    }
    if (changes !== undefined && changes.length > 0) continue;
    if (!follow) return;
    if (!(await nap(journalEveryMs, signal))) return;
    if (performance.now() - noticedAt < everyMs) continue;
    await notice();
    noticedAt = performance.now();
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** `false` = the signal aborted. */
async function nap(forMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) {
    await sleep(forMs);
    return true;
  }
  if (signal.aborted) return false;
  const ended = new AbortController();
  const woken = once(signal, "abort", { signal: ended.signal }).catch(() => {});
  await Promise.race([sleep(forMs), woken]);
  ended.abort();
  return !signal.aborted;
}
