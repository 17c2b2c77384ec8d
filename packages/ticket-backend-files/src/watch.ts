import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Cursor,
  type Revision,
  type TicketChange,
  TicketError,
  type TicketId,
  type WatchOptions,
} from "@wiggum/ticket-core";
import { changesOf } from "./changes.js";
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

/** Every change behind `from`, in the order of the journal, and on. */
export async function* watchFolder(
  { store, notice, everyMs, shown }: WatchPorts,
  from: Cursor | undefined,
  { signal, follow = true }: WatchOptions = {},
): AsyncGenerator<TicketChange, void, undefined> {
  if (isAborted(signal)) return;
  const start = readCursor(from);
  await notice();
  let { position } = start;
  const unseen = new Map(shown);
  const isShown = ({ id, operationId, after }: TicketChange) => {
    const revision = unseen.get(id);
    unseen.delete(id);
    return operationId === undefined && after !== undefined && after.revision === revision;
  };
  let noticedAt = performance.now();
  for (;;) {
    const changes = await store.journal((tables) => {
      const { generation, position: last, trimmedTo } = tables.state();
      // Of what was forgotten since nobody could be told.
      if (from !== undefined && position < trimmedTo) throw cursorInvalid();
      if ((start.generation !== undefined && start.generation !== generation) || start.position > last) {
        throw cursorInvalid();
      }
      const commits = tables.after(position, step);
      position = commits.at(-1)?.position ?? position;
      return commits.flatMap((commit) => changesOf(tables, store.layout, generation, commit));
    });
    if (changes === undefined && start.generation !== undefined) throw cursorInvalid();
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

function readCursor(from: Cursor | undefined): {
  readonly generation: string | undefined;
  readonly position: number;
} {
  if (from === undefined || from === "start") return { generation: undefined, position: 0 };
  const [, generation, position] = /^([0-9a-f]{16})-([1-9]\d{0,14})$/.exec(from) ?? [];
  if (generation === undefined) throw cursorInvalid();
  return { generation, position: Number(position) };
}

function cursorInvalid(): TicketError<"QUERY_INVALID"> {
  return new TicketError(
    "QUERY_INVALID",
    "This cursor is not of this store, or its journal was begun anew, or what came behind it is forgotten",
    { member: "cursor" },
    { hint: "List again, and watch from the cursor of that list." },
  );
}
