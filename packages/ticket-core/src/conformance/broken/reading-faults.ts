import type { SummaryPage, TicketPage } from "../../backend.js";
import type { TicketRecord } from "../../ticket.js";
import { type BrokenAdapter, withoutTexts, withRecords } from "./broken-adapter.js";

export const readingFaults: readonly BrokenAdapter[] = [
  {
    fault: "gives every record the fence of an unclaimed ticket",
    breaks: ["fence-of-many", "read-back"],
    wrap: (sound) =>
      withRecords(sound, (record) => ({ ...record, fence: { id: record.ticket.id, epoch: 0 } })),
  },
  {
    fault: "leaves closed tickets out of lists",
    breaks: ["list-as-read"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        return { ...answer, tickets: answer.tickets.filter(({ ticket }) => ticket.state !== "closed") };
      },
    }),
  },
  {
    fault: "lists by id",
    breaks: ["order"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const byId = answer.tickets.toSorted((left, right) => (left.ticket.id < right.ticket.id ? -1 : 1));
        return { ...answer, tickets: byId };
      },
    }),
  },
  {
    fault: "searches texts by exact case",
    breaks: ["query"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const text = query?.text ?? "";
        const hasText = ({ title, body }: { title: string; body: string }) =>
          `${title}\n${body}`.includes(text);
        return { ...answer, tickets: answer.tickets.filter(({ ticket }) => hasText(ticket)) };
      },
    }),
  },
  {
    fault: "takes an empty list in a query for no condition",
    breaks: ["query"],
    wrap: (sound) => ({
      list: (query, page) =>
        sound.list(query?.ids?.length === 0 ? { ...query, ids: undefined } : query, page),
    }),
  },
  {
    fault: "skips the first ticket of every further page",
    breaks: ["paging"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const skip = page?.after !== undefined && answer.tickets.length > 1 ? 1 : 0;
        return { ...answer, tickets: answer.tickets.slice(skip) };
      },
    }),
  },
  {
    fault: "announces a page after the last",
    breaks: ["paging"],
    wrap: (sound) => ({
      list: async (query, page) => {
        const answer = await sound.list(query, page);
        const { ticket } = answer.tickets.at(-1) ?? {};
        if (page?.limit === undefined || ticket === undefined) return answer;
        const mark = JSON.stringify([ticket.priority, Date.parse(ticket.createdAt ?? ""), ticket.id]);
        return { ...answer, next: answer.next ?? mark };
      },
    }),
  },
  {
    fault: "takes a limit out of range for the nearest one in range",
    breaks: ["query-refused"],
    wrap: (sound) => ({
      list: (query, page = {}) => {
        const { limit } = page;
        const nearest = limit === undefined ? undefined : Math.min(Math.max(limit, 1), 10_000);
        return sound.list(query, { ...page, limit: nearest });
      },
      summaries: async (query, page) => withoutTexts(await sound.list(query, page)),
    }),
  },
  {
    fault: "answers summaries from what it indexed first",
    breaks: ["summaries"],
    wrap: (sound) => {
      const kept = new Map<string, SummaryPage>();
      return {
        summaries: async (query, page) => {
          const key = JSON.stringify([query, page]);
          const { asOf, cursor, ...now } = withoutTexts(await sound.list(query, page));
          const answer = kept.get(key) ?? { ...now, asOf, cursor };
          kept.set(key, answer);
          return { ...answer, asOf, cursor };
        },
      };
    },
  },
  {
    fault: "keeps no labels in its index",
    breaks: ["summaries"],
    wrap: (sound) => ({
      summaries: async (query, page) => {
        const answer = withoutTexts(await sound.list(query, page));
        const tickets = answer.tickets.map((summary) => ({
          ...summary,
          ticket: { ...summary.ticket, labels: [] },
        }));
        return { ...answer, tickets };
      },
    }),
  },
  {
    fault: "finds ids by their beginning alone",
    breaks: ["ids"],
    wrap: (sound) => ({
      ids: async (part = "") => ((await sound.ids?.()) ?? []).filter((id) => id.startsWith(part)),
    }),
  },
  {
    fault: "keeps ids of deleted tickets",
    breaks: ["ids"],
    wrap: (sound) => {
      const seen = new Set<string>();
      return {
        commit: (commit) => {
          for (const { id } of commit.changes) seen.add(id);
          return sound.commit(commit);
        },
        ids: async () => [...seen],
      };
    },
  },
  {
    fault: "gives out the very objects that it keeps",
    breaks: ["snapshots"],
    wrap: (sound) => {
      const kept = new Map<string, TicketRecord>();
      return withRecords(sound, (record) => {
        const key = `${record.ticket.id} ${record.revision}`;
        const copy = kept.get(key) ?? structuredClone(record);
        kept.set(key, copy);
        return copy;
      });
    },
  },
  {
    fault: "writes what the caller makes of a ticket while it is being written",
    breaks: ["snapshots"],
    isAliasing: true,
    wrap: (sound) => ({
      commit: async (commit) => {
        await Promise.resolve();
        return sound.commit(commit);
      },
    }),
  },
  {
    fault: "answers a list that was asked before from memory",
    breaks: ["read-after-write"],
    wrap: (sound) => {
      const kept = new Map<string, TicketPage>();
      return {
        list: async (query, page) => {
          const key = JSON.stringify([query, page]);
          const answer = kept.get(key) ?? (await sound.list(query, page));
          if (answer.tickets.length > 0) kept.set(key, answer);
          return answer;
        },
      };
    },
  },
  {
    fault: "says the same asOf for ever",
    breaks: ["as-of"],
    wrap: (sound) => ({
      read: async (id) => ({ ...(await sound.read(id)), asOf: "now" }),
      list: async (query, page) => ({ ...(await sound.list(query, page)), asOf: "now" }),
    }),
  },
];
