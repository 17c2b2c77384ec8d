import type { PageRequest, TicketQuery } from "../backend.js";
import { compareTickets, matchesQuery } from "../query.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Ticket, TicketSummary } from "../ticket.js";
import { check, checkEqual, checkHolds, checkRefused, checkSameSet } from "./assertions.js";
import type { ConformanceCase } from "./conformance-case.js";
import { create, createAll, createClaimed, idsUpTo, rewrite, stored } from "./writes.js";

const idsOf = (records: readonly { readonly ticket: Ticket }[]) => records.map(({ ticket }) => ticket.id);

/** Tickets that differ in everything that a query asks about. */
const mixed: readonly Ticket[] = [
  sampleTicket("tk-0001", { priority: 3, labels: ["ui"], title: "Alpha ÄÖ" }),
  sampleTicket("tk-0002", { priority: 0, labels: ["ui", "api"], dependsOn: ["tk-0001"] }),
  sampleTicket("tk-0003", { type: "bug", parent: "tk-0001", body: "\n## Notes\n\nneedle\n" }),
  sampleTicket("tk-0004", { type: "bug", actionRequired: { reason: "decide" }, parent: "tk-0002" }),
  sampleTicket("tk-0005", { createdAt: "2026-01-01T00:00:00Z", assignedAgentId: "worker-3" }),
  sampleTicket("tk-0006", { createdAt: "2026-01-02T04:04:04+01:00", dependsOn: ["tk-0001", "tk-0003"] }),
  sampleTicket("tk-0007", { type: "pr-task", state: "backlog", title: "Needle of type pr-task" }),
];

const queries: readonly TicketQuery[] = [
  {},
  { ids: ["tk-0002", "tk-0005", "tk-9999"] },
  { ids: [] },
  { states: ["ready"] },
  { states: ["backlog", "qa"] },
  { types: ["bug", "pr-task"] },
  { labels: ["ui"] },
  { labels: ["api", "nothing"] },
  { assignedAgentIds: ["worker-3"] },
  { parents: ["tk-0001", "tk-0002"] },
  { dependsOn: ["tk-0003"] },
  { actionRequired: true },
  { actionRequired: false, types: ["bug"] },
  { text: "NEEDLE" },
  { text: "äö" },
  { text: "", labels: ["ui"] },
  { types: ["bug"], parents: ["tk-0001"], text: "needle" },
];

async function createMixed(backend: Parameters<typeof create>[0]): Promise<void> {
  for (const ticket of mixed) await create(backend, ticket);
}

export const readingCases: readonly ConformanceCase[] = [
  {
    rule: "read-back",
    says: "a ticket is read as it was written, with its revision and the fence of its holder; an absent one is no record",
    async run({ backend }) {
      const [first = sampleTicket("tk-0001")] = mixed;
      await create(backend, first);
      const { record, asOf } = await backend.read(first.id);
      checkHolds(record, first, "what was created");
      check(typeof record?.revision === "string" && record.revision !== "", "a record has a revision");
      check(typeof asOf === "string" && asOf !== "", "a reading says as of when");
      checkEqual(record.fence, { id: first.id, epoch: 0 }, "the fence before the first claim");
      checkEqual((await backend.read("tk-9999")).record, undefined, "the record of an absent ticket");
      await createClaimed(backend, "tk-0002", "worker-0");
      const claimed = await stored(backend, "tk-0002");
      checkEqual(claimed.fence, { id: "tk-0002", epoch: 1 }, "the fence after a claim");
    },
  },
  {
    rule: "list-as-read",
    says: "list gives every ticket once, over ones too, with the records that read gives",
    async run({ backend }) {
      const ids = idsUpTo(4);
      await createAll(backend, ids);
      await rewrite(backend, "tk-0002", { state: "closed" });
      const { tickets, problems } = await backend.list();
      checkSameSet(idsOf(tickets), ids, "the ids listed");
      checkEqual(problems, [], "the problems of a sound store");
      for (const record of tickets) {
        checkEqual(record, await stored(backend, record.ticket.id), `the record of ${record.ticket.id}`);
      }
    },
  },
  {
    rule: "order",
    says: "list is ordered by priority, then creation time as an instant, then id",
    async run({ backend }) {
      await createMixed(backend);
      const { tickets } = await backend.list();
      checkEqual(
        idsOf(tickets),
        idsOf(mixed.toSorted(compareTickets).map((ticket) => ({ ticket }))),
        "the order",
      );
    },
  },
  {
    rule: "query",
    says: "every query selects the tickets that matchesQuery selects",
    async run({ backend }) {
      await createMixed(backend);
      for (const query of queries) {
        const { tickets } = await backend.list(query);
        const expected = mixed.filter((ticket) => matchesQuery(ticket, query)).map(({ id }) => id);
        checkSameSet(idsOf(tickets), expected, `the tickets of ${JSON.stringify(query)}`);
      }
    },
  },
  {
    rule: "paging",
    says: "pages of a limit, one after the other, give every ticket once; the last has no next",
    async run({ backend }) {
      const ids = idsUpTo(7);
      await createAll(backend, ids);
      for (const limit of [1, 3, 7, 8]) {
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await backend.list({}, { limit, after });
          check(page.tickets.length <= limit, `a page of ${limit} holds ${page.tickets.length}`);
          check(page.tickets.length > 0, "a page that was announced is empty");
          seen.push(...idsOf(page.tickets));
          check(seen.length <= ids.length, "the pages give more than there is");
          after = page.next;
        } while (after !== undefined);
        checkSameSet(seen, ids, `the tickets of all pages of ${limit}`);
      }
    },
  },
  {
    rule: "query-refused",
    says: "a query, limit or page mark that makes no sense is refused as QUERY_INVALID, not guessed",
    async run({ backend }) {
      await createAll(backend, ["tk-0001"]);
      await checkRefused(backend.list({}, { limit: 0 }), "QUERY_INVALID", "limit 0");
      await checkRefused(backend.list({}, { limit: 10_001 }), "QUERY_INVALID", "limit 10,001");
      await checkRefused(backend.list({}, { after: "no such mark" }), "QUERY_INVALID", "a wrong page mark");
      const unknown = { colour: "red" } as TicketQuery;
      await checkRefused(backend.list(unknown), "QUERY_INVALID", "an unknown member");
    },
  },
  {
    rule: "ids",
    says: "ids gives every id that list gives",
    concerns: ({ backend }) => backend.ids !== undefined,
    async run({ backend }) {
      const ids = idsUpTo(5);
      await createAll(backend, ids);
      await rewrite(backend, "tk-0003", null);
      const expected = ids.filter((id) => id !== "tk-0003");
      checkSameSet((await backend.ids?.()) ?? [], expected, "the ids");
      const part = (await backend.ids?.("0004")) ?? [];
      check(part.includes("tk-0004"), "an id is found by a part of it");
      check(
        part.every((id) => expected.includes(id)),
        "the ids of a part are ids",
      );
    },
  },
  {
    rule: "summaries",
    says: "summaries are what list gives, without the texts: for every query and page, and after every write",
    concerns: ({ backend }) => backend.summaries !== undefined,
    async run({ backend }) {
      const compare = async (query: TicketQuery, page?: PageRequest) => {
        const listed = await backend.list(query, page);
        const summed = await backend.summaries?.(query, page);
        const what = `what summaries say of ${JSON.stringify([query, page])}`;
        const facts = listed.tickets.map(({ ticket: { preamble, body, ...ticket }, revision, fence }) => ({
          ticket,
          revision,
          fence,
        }));
        checkEqual(summed?.tickets.map(withoutText), facts, what);
        checkEqual(
          [summed?.next, summed?.asOf, summed?.problems],
          [listed.next, listed.asOf, listed.problems],
          what,
        );
        return listed.next;
      };
      await compare({});
      await createMixed(backend);
      for (const query of queries) await compare(query);
      let after: string | undefined;
      do after = await compare({}, { limit: 2, after });
      while (after !== undefined);
      await rewrite(backend, "tk-0002", { title: "Another", priority: 4, labels: ["api"] });
      await rewrite(backend, "tk-0003", null);
      for (const query of queries) await compare(query);
      await checkRefused(
        Promise.resolve(backend.summaries?.({}, { limit: 0 })),
        "QUERY_INVALID",
        "summaries with limit 0",
      );
    },
  },
  {
    rule: "snapshots",
    says: "what was handed in or given out can be changed by its owner without an effect on the store",
    async run({ backend }) {
      const labels = ["ui"];
      const handedIn = { ...sampleTicket("tk-0001"), labels };
      const writing = create(backend, handedIn);
      handedIn.title = "changed while it was written";
      labels[0] = "changed";
      await writing;
      handedIn.title = "changed after it was written";
      const first = await stored(backend, "tk-0001");
      checkEqual([first.ticket.title, first.ticket.labels], ["Ticket tk-0001", ["ui"]], "what was handed in");
      tamper(first.ticket);
      tamper(first);
      const { tickets } = await backend.list();
      for (const record of tickets) tamper(record.ticket);
      const again = await stored(backend, "tk-0001");
      checkEqual(again.ticket.title, "Ticket tk-0001", "what was given out");
      checkEqual(idsOf((await backend.list()).tickets), ["tk-0001"], "what was listed");
    },
  },
  // P7 P17
  {
    rule: "read-after-write",
    says: "whoever was told that a write is done sees it in read and in list",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      for (const title of ["One", "Two", "Three"]) {
        await backend.list();
        await rewrite(backend, "tk-0001", { title });
        checkEqual((await stored(backend, "tk-0001")).ticket.title, title, "the title read");
        const { tickets } = await backend.list();
        checkEqual(tickets[0]?.ticket.title, title, "the title listed");
      }
    },
  },
  // P19
  {
    rule: "as-of",
    says: "readings say as of which point in history they are: the same while nothing is written, another after a commit",
    async run({ backend }) {
      await create(backend, sampleTicket("tk-0001"));
      const before = (await backend.read("tk-0001")).asOf;
      checkEqual((await backend.list()).asOf, before, "list and read with nothing in between");
      const receipt = await rewrite(backend, "tk-0001", { priority: 1 });
      const after = (await backend.read("tk-0001")).asOf;
      check(after !== before, "asOf is the same before and after a commit");
      checkEqual(receipt.asOf, after, "asOf of the receipt");
    },
  },
];

/** A backend may answer whole records. */
function withoutText({ ticket, revision, fence }: TicketSummary) {
  const { preamble: _preamble, body: _body, ...facts } = ticket as Partial<Ticket> & typeof ticket;
  return { ticket: facts, revision, fence };
}

/** Changes whatever may be changed; frozen values are as good. */
function tamper(value: object): void {
  for (const [name, item] of Object.entries(value)) {
    if (typeof item === "object" && item !== null) continue;
    try {
      Object.assign(value, { [name]: "tampered" });
    } catch {
      // Frozen: nothing to change.
    }
  }
}
