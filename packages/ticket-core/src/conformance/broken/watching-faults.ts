import type { TicketChange } from "../../backend.js";
import { all } from "../writes.js";
import { type BrokenAdapter, historyOf, watchOf } from "./broken-adapter.js";

const withoutCause = (change: TicketChange): TicketChange => ({ ...change, cause: undefined });

export const watchingFaults: readonly BrokenAdapter[] = [
  {
    fault: "tells a history newest first",
    breaks: ["history", "history-whole"],
    wrap: (sound) => ({
      async *history(id) {
        yield* (await all(historyOf(sound, id))).toReversed();
      },
    }),
  },
  {
    fault: "forgets the history of what was deleted",
    breaks: ["history"],
    wrap: (sound) => ({
      async *history(id) {
        const changes = await all(historyOf(sound, id));
        if (changes.at(-1)?.after !== undefined) yield* changes;
      },
    }),
  },
  {
    fault: "keeps no causes",
    breaks: ["history-facts", "watch-facts"],
    wrap: (sound) => ({
      async *history(id) {
        for await (const change of historyOf(sound, id)) yield withoutCause(change);
      },
      async *watch(from, options) {
        for await (const change of watchOf(sound, from, options)) yield withoutCause(change);
      },
    }),
  },
  {
    fault:
      "watches tickets, not changes: of several changes of one ticket only the last is told from the beginning",
    breaks: ["watch-all", "watch-batch", "watch-whole"],
    wrap: (sound) => ({
      async *watch(from, options) {
        if (from === undefined && options?.follow === false) {
          const changes = await all(watchOf(sound, from, options));
          yield* new Map(changes.map((change) => [change.id, change])).values();
        } else {
          yield* watchOf(sound, from, options);
        }
      },
    }),
  },
  {
    fault: "watch gap: begins one change too late after a cursor",
    breaks: ["watch-batch", "watch-from-cursor", "watch-whole"],
    wrap: (sound) => ({
      async *watch(from, options) {
        let skip = from !== undefined && options?.follow === false ? 1 : 0;
        for await (const change of watchOf(sound, from, options)) {
          if (skip > 0) skip -= 1;
          else yield change;
        }
      },
    }),
  },
  {
    fault: "ends a watch when it has caught up, though it shall follow",
    breaks: ["watch-follow", "watch-whole"],
    wrap: (sound) => ({
      watch: (from, options) =>
        watchOf(sound, from, from === undefined ? options : { ...options, follow: false }),
    }),
  },
  {
    fault: "watch gap: misses every fifth change of those that come while it follows",
    breaks: ["watch-follow", "watch-whole"],
    wrap: (sound) => ({
      async *watch(from, options) {
        let count = 0;
        for await (const change of watchOf(sound, from, options)) {
          count += 1;
          if (options?.follow === false || count % 5 !== 0) yield change;
        }
      },
    }),
  },
  {
    fault: "goes on waiting after an abort",
    breaks: ["watch-abort"],
    wrap: (sound) => ({ watch: (from, options) => watchOf(sound, from, { follow: options?.follow }) }),
  },
  {
    fault: "ends a watch that is aborted with an error",
    breaks: ["watch-abort"],
    wrap: (sound) => ({
      async *watch(from, options) {
        yield* watchOf(sound, from, options);
        options?.signal?.throwIfAborted();
      },
    }),
  },
  {
    fault: "leaves causes out of a watch that the history has",
    breaks: ["watch-as-history", "watch-facts"],
    wrap: (sound) => ({
      async *watch(from, options) {
        for await (const change of watchOf(sound, from, options)) yield withoutCause(change);
      },
    }),
  },
  {
    fault: "forgets in a watch that the hooks of a change are to be skipped",
    breaks: ["watch-as-history", "watch-facts"],
    wrap: (sound) => ({
      async *watch(from, options) {
        for await (const change of watchOf(sound, from, options)) yield { ...change, skipHooks: false };
      },
    }),
  },
  {
    fault: "forgets overrides where a watch begins at a cursor",
    breaks: ["watch-facts"],
    wrap: (sound) => ({
      async *watch(from, options) {
        for await (const change of watchOf(sound, from, options)) {
          yield from === undefined ? change : { ...change, override: undefined };
        }
      },
    }),
  },
  {
    fault: "tells in a history other operations than in a watch",
    breaks: ["watch-as-history"],
    wrap: (sound) => ({
      async *history(id) {
        for await (const change of historyOf(sound, id)) {
          yield change.subject.startsWith("Change ") ? { ...change, operationId: undefined } : change;
        }
      },
    }),
  },
  {
    fault: "history hole: keeps every third change of a ticket to itself",
    breaks: ["history", "history-whole", "threads-with-commit"],
    wrap: (sound) => ({
      async *history(id) {
        yield* (await all(historyOf(sound, id))).filter((_change, index) => index % 3 !== 2);
      },
    }),
  },
];
