import type { TicketChange, WatchOptions } from "./backend.js";
import { TicketError } from "./errors.js";
import type { Cursor } from "./ticket.js";

/** Following a log that is kept in memory. `commits()` is the number of the newest commit. */
export function createMemoryWatch(log: readonly TicketChange[], commits: () => number) {
  const sleepers = new Set<() => void>();

  /** Until the log grows or `signal` aborts. */
  function growth(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        sleepers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      sleepers.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }

  function firstAfter(from: Cursor | undefined): number {
    if (from === undefined) return 0;
    const commit = /^m(\d+)$/.exec(from)?.[1];
    if (commit === undefined || Number(commit) > commits()) {
      throw new TicketError("QUERY_INVALID", "The cursor is not of this store", { member: "cursor" });
    }
    const index = log.findIndex((change) => numberOf(change.cursor) > Number(commit));
    return index === -1 ? log.length : index;
  }

  return {
    wake(): void {
      for (const sleeper of sleepers) sleeper();
    },
    async *watch(
      from: Cursor | undefined,
      { signal, follow = true }: WatchOptions = {},
    ): AsyncGenerator<TicketChange, void, undefined> {
      let position = firstAfter(from);
      while (!signal?.aborted) {
        const change = log[position];
        if (change !== undefined) {
          position += 1;
          yield change;
        } else if (follow) {
          await growth(signal);
        } else {
          return;
        }
      }
    },
  };
}

function numberOf(cursor: Cursor): number {
  return Number(cursor.slice(1));
}
