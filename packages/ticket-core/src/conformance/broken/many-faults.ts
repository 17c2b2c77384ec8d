import { TicketError } from "../../errors.js";
import { all } from "../writes.js";
import { type BrokenAdapter, historyOf, storedNow, watchOf, writesInstead } from "./broken-adapter.js";

/** Faults that only show where there is more than a handful. */
export const manyFaults: readonly BrokenAdapter[] = [
  {
    fault: "keeps the last 20 changes of a ticket",
    breaks: ["history-whole"],
    wrap: (sound) => ({
      async *history(id) {
        yield* (await all(historyOf(sound, id))).slice(-20);
      },
    }),
  },
  {
    fault: "watch gap: loses every fortieth change",
    breaks: ["watch-whole"],
    wrap: (sound) => ({
      async *watch(from, options) {
        let count = 0;
        for await (const change of watchOf(sound, from, options)) {
          count += 1;
          if (count % 40 !== 0) yield change;
        }
      },
    }),
  },
  {
    fault: "watch gap: tells the first ticket of each commit",
    breaks: ["watch-batch"],
    wrap: (sound) => ({
      async *watch(from, options) {
        let last: string | undefined;
        for await (const change of watchOf(sound, from, options)) {
          if (change.cursor !== last) yield change;
          last = change.cursor;
        }
      },
    }),
  },
  {
    fault: "begins from the beginning where a cursor is not its own",
    breaks: ["watch-foreign-cursor"],
    wrap: (sound) => ({
      async *watch(from, options) {
        try {
          yield* watchOf(sound, from, options);
        } catch {
          yield* watchOf(sound, undefined, options);
        }
      },
    }),
  },
  {
    fault: "partial batch: writes the tickets of a large commit twenty at a time",
    breaks: ["all-or-nothing-large"],
    wrap: (sound) => ({
      commit: async (commit) => {
        if (commit.changes.length <= 20) return sound.commit(commit);
        const changes = commit.changes.slice(0, 20);
        await sound.commit({ ...commit, operationId: `${commit.operationId}-a`, changes });
        return sound.commit({ ...commit, changes: commit.changes.slice(20) });
      },
    }),
  },
  {
    fault: "forgets an operation id after 20 others: answers it as a new one",
    breaks: ["operation-remembered"],
    wrap: (sound) => {
      const sent: string[] = [];
      const isOld = (operationId: string) =>
        sent.includes(operationId) && !sent.slice(-20).includes(operationId);
      return {
        commit: (commit) => {
          const { operationId } = commit;
          if (!isOld(operationId)) sent.push(operationId);
          return sound.commit(isOld(operationId) ? { ...commit, operationId: `${operationId}-b` } : commit);
        },
        outcome: async (operationId) =>
          isOld(operationId) ? { status: "absent" } : sound.outcome(operationId),
      };
    },
  },
  {
    fault: "looks at the fence before it looks for a known operation",
    breaks: ["operation-before-fence"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const { fence } = commit;
        const current = fence && (await storedNow(sound, fence.id))?.ticket.leaseEpoch;
        if (fence !== undefined && current !== undefined && current !== fence.epoch) {
          throw new TicketError("TICKET_FENCED", "Taken over", { id: fence.id, current });
        }
        return sound.commit(commit);
      },
    }),
  },
  {
    fault: "counts claims with one digit",
    breaks: ["fence-of-many"],
    wrap: writesInstead((change) =>
      change.next === null
        ? change
        : { ...change, next: { ...change.next, leaseEpoch: Math.min(change.next.leaseEpoch, 9) } },
    ),
  },
  {
    fault: "tells problems on the first page of a list only",
    breaks: ["problems-on-every-page"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const found = await sound.list(query, page);
        return page?.after === undefined ? found : { ...found, problems: [] };
      },
    }),
  },
  {
    fault: "cuts titles at 200 characters",
    breaks: ["long-values"],
    wrap: writesInstead((change) =>
      change.next === null
        ? change
        : { ...change, next: { ...change.next, title: change.next.title.slice(0, 200) } },
    ),
  },
  {
    fault: "keeps one reference of those that have the same target",
    breaks: ["long-values"],
    wrap: writesInstead((change) => {
      if (change.next === null) return change;
      const references = new Map(change.next.references.map((reference) => [reference.target, reference]));
      return { ...change, next: { ...change.next, references: [...references.values()] } };
    }),
  },
  {
    fault: "cuts subjects at 40 characters",
    breaks: ["long-values"],
    wrap: (sound) => ({
      commit: (commit) => sound.commit({ ...commit, subject: commit.subject.slice(0, 40) }),
    }),
  },
];
