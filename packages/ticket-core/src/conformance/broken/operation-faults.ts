import type { TicketCommit } from "../../backend.js";
import { TicketError } from "../../errors.js";
import type { TicketRecord } from "../../ticket.js";
import { type BrokenAdapter, force, meanwhile, untilSeen } from "./broken-adapter.js";

let repeats = 0;

/** The same commit as an operation of its own. */
function asNew(commit: TicketCommit): TicketCommit {
  repeats += 1;
  return { ...commit, operationId: `${commit.operationId}-${repeats}` };
}

export const operationFaults: readonly BrokenAdapter[] = [
  {
    fault: "operation applied twice: a repeated operation id is written again",
    breaks: [
      "attachments-in-operations",
      "operation-before-fence",
      "operation-id-alone",
      "operation-once",
      "operation-remembered",
      "threads-with-commit",
    ],
    wrap: (sound) => ({
      commit: async (commit) => {
        const known = await sound.outcome(commit.operationId);
        return known.status === "absent" ? sound.commit(commit) : force(sound, asNew(commit));
      },
    }),
  },
  {
    fault: "operation applied twice in a race: looks for a known operation before its turn",
    breaks: ["operation-id-alone", "operation-once"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const isKnown = async () => (await sound.outcome(commit.operationId)).status === "committed";
        if (await isKnown()) return sound.commit(commit);
        await meanwhile();
        const first = sound.commit(commit);
        const { already } = await first;
        return already ? force(sound, asNew(commit)) : first;
      },
    }),
  },
  {
    fault: "writes a known operation id with other contents as a second operation",
    breaks: ["attachments-in-operations", "operation-id-alone"],
    wrap: (sound) => {
      const sent = new Map<string, string>();
      return {
        commit: async (commit) => {
          const contents = JSON.stringify(commit.changes);
          const isKnown = (await sound.outcome(commit.operationId)).status === "committed";
          if (isKnown && sent.get(commit.operationId) !== contents) return force(sound, asNew(commit));
          const receipt = await sound.commit(commit);
          sent.set(commit.operationId, contents);
          return receipt;
        },
      };
    },
  },
  {
    fault: "answers a known operation id with what is stored of the tickets that are named now",
    breaks: ["operation-id-alone"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const receipt = await sound.commit(commit);
        const ids = commit.changes.map(({ id }) => id);
        const isSame = receipt.records.every(({ ticket }) => ids.includes(ticket.id));
        if (!receipt.already || isSame) return receipt;
        const { tickets } = await sound.list({ ids });
        return { ...receipt, records: tickets };
      },
    }),
  },
  {
    fault: "says that a repeated operation was new",
    breaks: [
      "attachments-in-operations",
      "operation-before-fence",
      "operation-id-alone",
      "operation-once",
      "operation-remembered",
    ],
    wrap: (sound) => ({ commit: async (commit) => ({ ...(await sound.commit(commit)), already: false }) }),
  },
  {
    fault: "knows no outcome of any operation",
    breaks: ["attachments-in-operations", "operation-remembered", "outcome-committed"],
    wrap: () => ({ outcome: async () => ({ status: "absent" }) }),
  },
  {
    fault: "takes an operation that was refused for committed",
    breaks: ["outcome-absent"],
    wrap: (sound) => {
      const sent = new Map<string, string>();
      return {
        commit: (commit) => {
          sent.set(commit.operationId, commit.changes[0]?.id ?? "");
          return sound.commit(commit);
        },
        outcome: async (operationId) => {
          const outcome = await sound.outcome(operationId);
          const id = sent.get(operationId);
          if (outcome.status === "committed" || id === undefined) return outcome;
          const { record, asOf } = await sound.read(id);
          const receipt = {
            operationId,
            already: false,
            asOf,
            records: record === undefined ? [] : [record],
          };
          return { status: "committed", receipt };
        },
      };
    },
  },
];

export const batchFaults: readonly BrokenAdapter[] = [
  {
    fault: "partial batch: writes the tickets of a commit one by one",
    breaks: ["all-or-nothing", "all-or-nothing-large", "reads-whole", "threads-with-commit", "watch-batch"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const ids = new Set(commit.changes.map(({ id }) => id));
        if (ids.size < 2 || ids.size !== commit.changes.length) return sound.commit(commit);
        const records: TicketRecord[] = [];
        let asOf = "";
        for (const [index, change] of commit.changes.entries()) {
          const operationId = index === 0 ? commit.operationId : `${commit.operationId}-${index}`;
          const receipt = await sound.commit({ ...commit, operationId, changes: [change] });
          records.push(...receipt.records);
          asOf = receipt.asOf;
          await untilSeen();
        }
        return { operationId: commit.operationId, already: false, asOf, records };
      },
    }),
  },
  {
    fault: "answers several tickets sorted by id, not in the order of the changes",
    breaks: ["batch"],
    wrap: (sound) => ({
      commit: async (commit) => {
        const receipt = await sound.commit(commit);
        const records = receipt.records.toSorted((left, right) =>
          left.ticket.id < right.ticket.id ? -1 : 1,
        );
        return { ...receipt, records };
      },
    }),
  },
  {
    fault: "leaves deletions out of a commit of several tickets",
    breaks: ["batch"],
    wrap: (sound) => ({
      commit: (commit) => {
        const rest = commit.changes.filter(({ next }) => next !== null);
        return sound.commit(
          commit.changes.length > 1 && rest.length > 0 ? { ...commit, changes: rest } : commit,
        );
      },
    }),
  },
  {
    fault: "takes the last of several changes of one ticket",
    breaks: ["each-once"],
    wrap: (sound) => ({
      commit: (commit) => {
        const last = new Map(commit.changes.map((change) => [change.id, change]));
        return sound.commit({ ...commit, changes: [...last.values()] });
      },
    }),
  },
  {
    fault: "says that it takes no batches, and writes the first ticket of one",
    breaks: ["no-batch"],
    wrap: (sound) => ({
      supports: { ...sound.supports, batch: false },
      commit: async (commit) => {
        const receipt = await sound.commit({ ...commit, changes: commit.changes.slice(0, 1) });
        if (commit.changes.length === 1) return receipt;
        throw new TicketError("UNSUPPORTED", "One ticket at a time", { what: "batch" });
      },
    }),
  },
];
