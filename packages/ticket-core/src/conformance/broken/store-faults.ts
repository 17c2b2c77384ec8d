import type { TicketReading } from "../../backend.js";
import { isTicketError } from "../../errors.js";
import type { ConformanceSetup } from "../conformance-case.js";
import { type BrokenAdapter, createSoundStore } from "./broken-adapter.js";

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
    breaks: ["unreadable-listed"],
    wrap: (sound) => ({
      list: async (query, page) => ({ ...(await sound.list(query, page)), problems: [] }),
    }),
  },
  {
    fault: "lists nothing while there is something that it cannot read",
    breaks: ["unreadable-listed"],
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
];
