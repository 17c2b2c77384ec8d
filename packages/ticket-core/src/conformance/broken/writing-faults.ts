import type { TicketCommit } from "../../backend.js";
import { isTicketError, TicketError } from "../../errors.js";
import type { TicketRecord } from "../../ticket.js";
import {
  type BrokenAdapter,
  force,
  meanwhile,
  storedNow,
  withChanges,
  withRecords,
  writesInstead,
} from "./broken-adapter.js";

const isAlone = (commit: TicketCommit) => commit.changes.length === 1;

export const writingFaults: readonly BrokenAdapter[] = [
  {
    fault: "lost update: a change overwrites whatever is stored",
    breaks: ["compare-and-swap", "threads-with-commit"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const [change] = commit.changes;
        const isChange = change !== undefined && change.expected !== null && change.next !== null;
        if (!isAlone(commit) || !isChange) return sound.commit(commit);
        const isThere = (await storedNow(sound, change.id)) !== undefined;
        return isThere ? force(sound, commit) : sound.commit(commit);
      },
    }),
  },
  {
    fault: "lost update in a race: the revision is compared first, and the change written later",
    breaks: ["compare-and-swap"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const [change] = commit.changes;
        const current = change && (await storedNow(sound, change.id));
        const isRight = current !== undefined && current.revision === change?.expected;
        const isKnown = (await sound.outcome(commit.operationId)).status === "committed";
        const { requires = [] } = commit;
        if (!isAlone(commit) || !isRight || isKnown || change?.next === null || requires.length > 0) {
          return sound.commit(commit);
        }
        await meanwhile();
        return force(sound, commit);
      },
    }),
  },
  {
    fault: "creates over what is there",
    breaks: ["create-if-absent"],
    wrap: writesInstead(async (change, sound) => {
      if (change.expected !== null) return change;
      const current = await storedNow(sound, change.id);
      return current === undefined ? change : { ...change, expected: current.revision };
    }),
  },
  {
    fault: "makes a ticket out of a change of one that is not there",
    breaks: ["all-or-nothing-large", "change-if-present"],
    wrap: writesInstead(async (change, sound) => {
      if (change.expected === null || change.next === null) return change;
      const isThere = (await storedNow(sound, change.id)) !== undefined;
      return isThere ? change : { ...change, expected: null };
    }),
  },
  {
    fault: "deletes whatever the revision",
    breaks: ["delete-by-revision"],
    wrap: writesInstead(async (change, sound) => {
      if (change.next !== null) return change;
      const current = await storedNow(sound, change.id);
      return current === undefined ? change : { ...change, expected: current.revision };
    }),
  },
  {
    fault: "hides deleted tickets from lists and still gives them to read",
    breaks: ["delete-by-revision"],
    wrap: (sound) => {
      const deleted = new Map<string, TicketRecord>();
      return {
        commit: async (commit) => {
          const gone = isAlone(commit) && commit.changes[0]?.next === null ? commit.changes[0].id : undefined;
          const record = gone === undefined ? undefined : await storedNow(sound, gone);
          const receipt = await sound.commit(commit);
          if (record !== undefined) deleted.set(record.ticket.id, record);
          return receipt;
        },
        read: async (id) => {
          const reading = await sound.read(id);
          const record = reading.record ?? deleted.get(id);
          return { ...reading, ...(record && { record }) };
        },
      };
    },
  },
  {
    fault: "refuses without saying what is stored and who wrote it",
    breaks: ["conflict-tells"],
    wrap: (sound) => ({
      commit: async (commit) => {
        try {
          return await sound.commit(commit);
        } catch (error) {
          if (!isTicketError(error, "TICKET_CONFLICT")) throw error;
          const { id, expected } = error.data;
          throw new TicketError("TICKET_CONFLICT", "Somebody else was first", { id, expected });
        }
      },
    }),
  },
  {
    fault: "reused revision: gives a revision again after a while",
    breaks: ["new-revision"],
    wrap: (sound) => {
      // The revisions of each ticket count from 0 to 5 and begin again.
      const outer = new Map<string, string>();
      const counts = new Map<string, number>();
      const renamed = (record: TicketRecord): TicketRecord => {
        const { id } = record.ticket;
        const count = counts.get(id) ?? 0;
        if (!outer.has(record.revision)) {
          outer.set(record.revision, `${id}-${count % 6}`);
          counts.set(id, count + 1);
        }
        return { ...record, revision: outer.get(record.revision) ?? "" };
      };
      const inner = async (id: string, expected: string | null): Promise<string | null> => {
        const current = await storedNow(sound, id);
        return current !== undefined && outer.get(current.revision) === expected
          ? current.revision
          : expected;
      };
      const backend = withRecords(sound, renamed);
      return {
        ...backend,
        commit: async (commit) => {
          const remade = await withChanges(commit, async (change) => ({
            ...change,
            expected: await inner(change.id, change.expected),
          }));
          const requires = await Promise.all(
            (commit.requires ?? []).map(async ({ id, revision }) => ({
              id,
              revision: await inner(id, revision),
            })),
          );
          try {
            return (await backend.commit?.({ ...remade, requires })) ?? (await sound.commit(remade));
          } catch (error) {
            if (!isTicketError(error, "TICKET_CONFLICT")) throw error;
            const { data, message } = error;
            const change = commit.changes.find(({ id }) => id === data.id);
            const current = data.current && renamed(data.current);
            const expected = change?.expected ?? data.expected;
            throw new TicketError("TICKET_CONFLICT", message, { ...data, current, expected });
          }
        },
      };
    },
  },
  {
    fault: "does not look at what a commit requires",
    breaks: ["requires"],
    wrap: (sound) => ({ commit: (commit) => sound.commit({ ...commit, requires: [] }) }),
  },
  {
    fault: "looks at the first only of what a commit requires",
    breaks: ["requires"],
    wrap: (sound) => ({
      commit: (commit) => sound.commit({ ...commit, requires: commit.requires?.slice(0, 1) }),
    }),
  },
  {
    fault: "looks at what a commit requires before its turn, not in it",
    breaks: ["requires"],
    wrap: (sound) => ({
      commit: async (commit) => {
        for (const { id, revision } of commit.requires ?? []) {
          const current = await storedNow(sound, id);
          if ((current?.revision ?? null) !== revision) return sound.commit(commit);
        }
        if ((commit.requires ?? []).length > 0) await meanwhile();
        return sound.commit({ ...commit, requires: [] });
      },
    }),
  },
  {
    fault: "answers a write without the record",
    breaks: ["receipt"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const receipt = await sound.commit(commit);
        return isAlone(commit) ? { ...receipt, records: [] } : receipt;
      },
      outcome: async (operationId) => {
        const outcome = await sound.outcome(operationId);
        if (outcome.status === "absent") return outcome;
        return { ...outcome, receipt: { ...outcome.receipt, records: [] } };
      },
    }),
  },
  {
    fault: "silent no-op: says done and writes nothing when labels alone change",
    breaks: ["every-field"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const [change] = commit.changes;
        const record = change === undefined ? undefined : await storedNow(sound, change.id);
        const plain = (ticket: object | null | undefined) => JSON.stringify({ ...ticket, labels: [] });
        const isOnlyLabels =
          change?.next != null &&
          plain(record?.ticket) === plain(change.next) &&
          record?.ticket.labels.length !== change.next.labels.length;
        if (!isOnlyLabels || record === undefined) return sound.commit(commit);
        const { asOf } = await sound.read(record.ticket.id);
        return { operationId: commit.operationId, already: false, asOf, records: [record] };
      },
    }),
  },
  {
    fault: "rewrites a neighbour with every change, once the store has grown",
    breaks: ["nothing-else"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const receipt = await sound.commit(commit);
        const { tickets } = await sound.list();
        const neighbour = tickets.find(({ ticket }) => ticket.id !== commit.changes[0]?.id);
        if (commit.changes[0]?.expected === null || tickets.length < 14 || neighbour === undefined)
          return receipt;
        const next = { ...neighbour.ticket, updatedAt: "2026-05-06T07:08:09Z" };
        const change = { id: next.id, expected: neighbour.revision, next };
        await sound.commit({ ...commit, operationId: `${commit.operationId}-again`, changes: [change] });
        return receipt;
      },
    }),
  },
  {
    fault: "one writer at a time for the whole store, others are refused",
    breaks: ["all-land"],
    wrap: (sound) => {
      let busyWith: string | undefined;
      return {
        commit: async (commit) => {
          const [change] = commit.changes;
          if (busyWith !== undefined && change !== undefined && busyWith !== change.id) {
            const { id, expected } = change;
            throw new TicketError("TICKET_CONFLICT", "Somebody else writes", { id, expected });
          }
          busyWith = change?.id;
          try {
            return await sound.commit(commit);
          } finally {
            busyWith = undefined;
          }
        },
      };
    },
  },
];
