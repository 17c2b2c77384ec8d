import type { TicketReading } from "../../backend.js";
import { isTicketError } from "../../errors.js";
import type { TicketRecord } from "../../ticket.js";
import type { ConformanceSetup } from "../conformance-case.js";
import { type BrokenAdapter, createSoundStore, meanwhile, storedNow, untilSeen } from "./broken-adapter.js";

/** Set-ups of stores that were closed. */
const closed = new WeakSet<ConformanceSetup>();

export const storeFaults: readonly BrokenAdapter[] = [
  {
    fault: "promises to sync, and cannot",
    breaks: ["supports"],
    wrap: (sound) => ({ supports: { ...sound.supports, sync: true } }),
  },
  {
    fault: "has a history that it does not speak of",
    breaks: ["supports"],
    wrap: (sound) => ({ supports: { ...sound.supports, history: false } }),
  },
  {
    fault: "shows another handle for ever what it saw there first",
    breaks: ["second-handle"],
    wrap: () => ({}),
    reopen: async (backend) => {
      const kept = new Map<string, TicketReading>();
      const read: typeof backend.read = async (id) => {
        const reading = kept.get(id) ?? (await backend.read(id));
        kept.set(id, reading);
        return reading;
      };
      return { ...backend, read };
    },
  },
  {
    fault: "loses everything when it is closed",
    breaks: ["reopen"],
    wrap: (_sound, setup) => ({
      close: async () => {
        closed.add(setup);
      },
    }),
    reopen: async (backend, setup) => (closed.has(setup) ? (await createSoundStore(setup)).backend : backend),
  },
  {
    fault: "forgets operations when it is closed",
    breaks: ["reopen"],
    wrap: (sound, setup) => ({
      close: async () => {
        closed.add(setup);
      },
      commit: (commit) => {
        const operationId = closed.has(setup) ? `${commit.operationId}-again` : commit.operationId;
        return sound.commit({ ...commit, operationId });
      },
    }),
  },
  {
    fault: "skips what it cannot read in silence",
    breaks: ["diagnostics-bounded", "problems-on-every-page", "unreadable-listed"],
    wrap: (sound) => ({
      list: async (query, page) => ({ ...(await sound.list(query, page)), problems: [] }),
    }),
  },
  {
    fault: "lists nothing while there is something that it cannot read",
    breaks: ["diagnostics-bounded", "unreadable-listed"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        return answer.problems.length > 0 ? { ...answer, tickets: [] } : answer;
      },
    }),
  },
  {
    fault: "answers what it cannot read as absent",
    breaks: ["unreadable-read"],
    wrap: (sound) => ({
      read: async (id) => {
        try {
          return await sound.read(id);
        } catch (error) {
          if (!isTicketError(error, "TICKET_UNREADABLE")) throw error;
          return { asOf: (await sound.list()).asOf };
        }
      },
    }),
  },
  {
    fault: "torn write: shows the beginning of a text while the rest is being written",
    breaks: ["reads-whole"],
    wrap: (sound) => {
      let writing = 0;
      const half = (record: TicketRecord): TicketRecord => {
        const { body } = record.ticket;
        const isLong = writing > 0 && body.length > 10_000 && body.length < 100_000;
        return isLong ? { ...record, ticket: { ...record.ticket, body: body.slice(0, 5_000) } } : record;
      };
      return {
        commit: async (commit) => {
          writing += 1;
          const receipt = await sound.commit(commit).finally(meanwhile);
          writing -= 1;
          return receipt;
        },
        read: async (id) => {
          const { record, ...reading } = await sound.read(id);
          return record === undefined ? reading : { ...reading, record: half(record) };
        },
      };
    },
  },
  {
    fault: "half batch: shows the first ticket of a commit before the second",
    breaks: ["reads-whole"],
    wrap: (sound) => {
      let late: TicketRecord | undefined;
      return {
        commit: async (commit) => {
          const last = commit.changes.length > 1 ? commit.changes.at(-1) : undefined;
          const before = last?.next == null ? undefined : await storedNow(sound, last.id);
          late = before?.revision === last?.expected ? before : undefined;
          try {
            const receipt = await sound.commit(commit);
            if (late !== undefined) await untilSeen();
            return receipt;
          } finally {
            late = undefined;
          }
        },
        list: async (query, page) => {
          const answer = await sound.list(query, page);
          const tickets = answer.tickets.map((record) =>
            record.ticket.id === late?.ticket.id ? late : record,
          );
          return { ...answer, tickets };
        },
      };
    },
  },
  {
    fault: "tells all about a broken text, however much that is",
    breaks: ["diagnostics-bounded"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const problems = answer.problems.map((problem) =>
          problem.id === "tk-0a04" ? { ...problem, message: problem.message.padEnd(300_000, "x") } : problem,
        );
        return { ...answer, problems };
      },
    }),
  },
  {
    fault: "hides other tickets once several are broken",
    breaks: ["diagnostics-bounded"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const tickets = answer.problems.length > 3 ? answer.tickets.slice(0, 1) : answer.tickets;
        return { ...answer, tickets };
      },
    }),
  },
  {
    fault: "passes control characters of broken texts on",
    breaks: ["diagnostics-bounded"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const problems = answer.problems.map((problem) =>
          problem.id === "tk-0a05" ? { ...problem, message: `${problem.message}\u001b[2J` } : problem,
        );
        return { ...answer, problems };
      },
    }),
  },
];
