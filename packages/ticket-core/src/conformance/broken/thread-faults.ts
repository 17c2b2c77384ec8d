import type { ThreadEntry, TicketBackend, TicketThreads, TicketWrite } from "../../backend.js";
import { isTicketError } from "../../errors.js";
import type { TicketId } from "../../ticket.js";
import { type BrokenAdapter, storedNow, withChanges, writesInstead } from "./broken-adapter.js";

export const threadFaults: readonly BrokenAdapter[] = [
  {
    fault: "keeps the last entry of a commit",
    breaks: ["threads"],
    wrap: writesInstead((change) => ({ ...change, entries: change.entries?.slice(-1) })),
  },
  {
    fault: "ends an entry at a line of dashes",
    breaks: ["threads"],
    wrap: changedEntries((entry) => ({ ...entry, text: entry.text.split(/\n---(?:\n|$)/, 1)[0] ?? "" })),
  },
  {
    fault: "dates entries with the time of their commit",
    breaks: ["threads"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const dated = (entry: ThreadEntry) => ({ ...entry, at: commit.at });
        return sound.commit(await withChanges(commit, withEntries(dated)));
      },
    }),
  },
  {
    fault: "takes every entry for a comment",
    breaks: ["threads"],
    wrap: changedEntries((entry) => ({ ...entry, kind: "comment" })),
  },
  {
    fault: "gives entries names of its own",
    breaks: ["threads"],
    wrap: changedEntries(({ id: _id, ...entry }) => entry),
  },
  {
    fault: "tells the newest entry first",
    breaks: ["threads", "threads-with-commit"],
    wrap: (sound) => ({
      threads: { read: async (id) => (await threadsOf(sound).read(id)).toReversed() },
    }),
  },
  {
    fault: "keeps a thread as long as the handle that wrote it",
    breaks: ["threads"],
    wrap: () => ({}),
    reopen: async (broken) => ({ ...broken, threads: { read: async () => [] } }),
  },
  {
    fault: "writes the entries of a commit before it looks whether that is refused",
    breaks: ["threads-at-once", "threads-with-commit"],
    wrap: besideThreads((sound, leave) => async (commit) => {
      try {
        return await sound.commit(commit);
      } catch (error) {
        leave(commit.changes);
        throw error;
      }
    }),
  },
  {
    fault: "writes the entries of a repeated operation again",
    breaks: ["threads-with-commit"],
    wrap: besideThreads((sound, leave) => async (commit) => {
      const receipt = await sound.commit(commit);
      if (receipt.already) leave(commit.changes);
      return receipt;
    }),
  },
  {
    fault: "keeps the thread of a deleted ticket",
    breaks: ["threads-with-commit"],
    wrap: besideThreads((sound, leave) => async (commit) => {
      for (const change of commit.changes) {
        if (change.next !== null) continue;
        const entries = (await threadsOf(sound).read(change.id)).map((entry) => ({
          ...entry,
          at: entry.at ?? "",
        }));
        leave([{ ...change, entries }]);
      }
      return sound.commit(commit);
    }),
  },
  {
    fault: "silent no-op: says that an entry was written which came too late",
    breaks: ["threads-at-once"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const [change, ...others] = commit.changes;
        const isInTime =
          others.length === 0 &&
          change?.entries !== undefined &&
          (await storedNow(sound, change.id))?.revision === change.expected;
        try {
          return await sound.commit(commit);
        } catch (error) {
          if (!isInTime || !isTicketError(error, "TICKET_CONFLICT")) throw error;
          const { record, asOf } = await sound.read(change.id);
          const records = record === undefined ? [] : [record];
          return { operationId: commit.operationId, already: false, asOf, records };
        }
      },
    }),
  },
  {
    fault: "has no entries of a ticket that cannot be read",
    breaks: ["threads-unreadable"],
    wrap: (sound) => ({
      threads: {
        read: (id) =>
          threadsOf(sound)
            .read(id)
            .catch((error: unknown) => {
              if (isTicketError(error, "TICKET_UNREADABLE")) return [];
              throw error;
            }),
      },
    }),
  },
  {
    fault: "has no threads, and drops entries in silence",
    breaks: ["no-threads"],
    wrap: (sound, setup) => ({
      ...writesInstead(({ entries: _entries, ...change }) => change)(sound, setup),
      threads: undefined,
    }),
  },
];

type Commit = TicketBackend["commit"];

/** Writes the changes with these entries instead. */
function withEntries(remake: (entry: ThreadEntry) => ThreadEntry): (change: TicketWrite) => TicketWrite {
  return (change) => ({ ...change, entries: change.entries?.map(remake) });
}

function changedEntries(remake: (entry: ThreadEntry) => ThreadEntry): BrokenAdapter["wrap"] {
  return writesInstead(withEntries(remake));
}

/** A backend with entries behind those of the thread that no commit of it accounts for: what `leave` is told of. */
function besideThreads(
  commitOf: (sound: TicketBackend, leave: (changes: readonly TicketWrite[]) => void) => Commit,
): BrokenAdapter["wrap"] {
  return (sound) => {
    const left: (readonly [TicketId, ThreadEntry])[] = [];
    const leave = (changes: readonly TicketWrite[]) => {
      for (const { id, entries = [] } of changes) for (const entry of entries) left.push([id, entry]);
    };
    const read: TicketThreads["read"] = async (id) => [
      ...(await threadsOf(sound).read(id)),
      ...left.flatMap(([of, entry]) => (of === id ? [entry] : [])),
    ];
    return { commit: commitOf(sound, leave), threads: { read } };
  };
}

function threadsOf({ threads }: TicketBackend): TicketThreads {
  if (threads === undefined) throw new Error("the sound backend has no threads");
  return threads;
}
