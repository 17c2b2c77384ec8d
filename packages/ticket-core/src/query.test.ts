import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TicketQuery } from "./backend.js";
import { compareTickets, matchesQuery, maxPageSize, selectPage } from "./query.js";
import { sampleTicket } from "./sample-tickets.js";
import type { Ticket, TicketRecord } from "./ticket.js";

const ticket = sampleTicket("tk-0001", {
  labels: ["ui", "api"],
  assignedAgentId: "worker-0",
  parent: "tk-0009",
  dependsOn: ["tk-0002", "tk-0003"],
  title: "Straße nach Süden",
  body: "\n## Notes\n\nHello World\n",
});

function recordOf(one: Ticket): TicketRecord {
  return { ticket: one, revision: "r1", fence: { id: one.id, epoch: one.leaseEpoch } };
}

describe("matchesQuery", () => {
  test.each<[string, TicketQuery, boolean]>([
    ["nothing asked", {}, true],
    ["members that are undefined", { states: undefined, text: undefined }, true],
    ["one of the values", { states: ["qa", "ready"] }, true],
    ["none of the values", { states: ["qa"] }, false],
    ["an empty list", { ids: [] }, false],
    ["all members", { states: ["ready"], types: ["task"], labels: ["ui"] }, true],
    ["one member of two", { states: ["ready"], types: ["bug"] }, false],
    ["a label", { labels: ["api", "x"] }, true],
    ["a part of a label", { labels: ["u"] }, false],
    ["assignee", { assignedAgentIds: ["worker-0"] }, true],
    ["other assignee", { assignedAgentIds: ["worker-1"] }, false],
    ["parent", { parents: ["tk-0009"] }, true],
    ["dependency", { dependsOn: ["tk-0003"] }, true],
    ["no dependency", { dependsOn: ["tk-0004"] }, false],
    ["nobody must act", { actionRequired: false }, true],
    ["somebody must act", { actionRequired: true }, false],
    ["text of the title, other case", { text: "SÜDEN" }, true],
    ["text of the body, other case", { text: "hello w" }, true],
    ["text over title and body", { text: "süden hello" }, false],
    ["empty text", { text: "" }, true],
  ])("%s", (_name, query, expected) => {
    expect(matchesQuery(ticket, query)).toBe(expected);
  });
});

const anyTicket = fc
  .record({
    id: fc.string({ unit: fc.constantFrom("a", "b", "0", "1"), minLength: 1, maxLength: 3 }),
    priority: fc.integer({ min: 0, max: 4 }),
    state: fc.constantFrom("ready", "qa"),
    createdAt: fc.constantFrom(
      "2026-01-02T03:04:05Z",
      "2026-01-02T04:04:05+01:00",
      "2026-01-02T03:04:06Z",
      "nonsense",
      undefined,
    ),
  })
  .map(({ id, ...extra }) => sampleTicket(`tk-${id}`, extra));
const anyTickets = fc.uniqueArray(anyTicket, { selector: ({ id }) => id, maxLength: 30 });

describe("order and pages", () => {
  test("priority, then creation time as an instant (unknown last), then id", () => {
    const inOrder = [
      sampleTicket("tk-9", { priority: 0, createdAt: undefined }),
      sampleTicket("tk-8", { priority: 1, createdAt: "2026-01-02T01:00:00Z" }),
      // An hour ahead of UTC: earlier than it looks.
      sampleTicket("tk-7", { priority: 1, createdAt: "2026-01-02T03:00:00+01:00" }),
      sampleTicket("tk-5", { priority: 1, createdAt: "2026-01-02T02:30:00Z" }),
      sampleTicket("tk-6", { priority: 1, createdAt: "2026-01-02T02:30:00Z" }),
      sampleTicket("tk-1", { priority: 1, createdAt: "soon" }),
      sampleTicket("tk-2", { priority: 1, createdAt: undefined }),
    ];
    const { tickets } = selectPage(inOrder.toReversed().map(recordOf));
    expect(tickets.map((record) => record.ticket.id)).toEqual(inOrder.map(({ id }) => id));
  });

  test("the order is total and antisymmetric", () => {
    fc.assert(
      fc.property(anyTicket, anyTicket, anyTicket, (a, b, c) => {
        expect(Math.sign(compareTickets(a, b)) + Math.sign(compareTickets(b, a))).toBe(0);
        if (a.id !== b.id) expect(compareTickets(a, b)).not.toBe(0);
        if (compareTickets(a, b) < 0 && compareTickets(b, c) < 0)
          expect(compareTickets(a, c)).toBeLessThan(0);
      }),
    );
  });

  test("pages of any size, one after the other, are the whole list", () => {
    fc.assert(
      fc.property(anyTickets, fc.integer({ min: 1, max: 7 }), (tickets, limit) => {
        const records = tickets.map(recordOf);
        const query = { states: ["ready"] };
        const seen: TicketRecord[] = [];
        for (let after: string | undefined; ; ) {
          const page = selectPage(records, query, { limit, after });
          expect(page.tickets.length).toBeLessThanOrEqual(limit);
          seen.push(...page.tickets);
          after = page.next;
          if (after === undefined) break;
        }
        expect(seen).toEqual(selectPage(records, query).tickets);
      }),
    );
  });

  test("a ticket that was there all the time is on one page exactly, though others come and go between pages", () => {
    fc.assert(
      fc.property(anyTickets, anyTickets, fc.integer({ min: 1, max: 5 }), (stay, pass, limit) => {
        const staying = stay.map(recordOf);
        const passing = pass.filter(({ id }) => !stay.some((one) => one.id === id)).map(recordOf);
        const seen: string[] = [];
        let isPresent = true;
        for (let after: string | undefined; ; isPresent = !isPresent) {
          const page = selectPage(isPresent ? [...staying, ...passing] : staying, {}, { limit, after });
          seen.push(...page.tickets.map((record) => record.ticket.id));
          after = page.next;
          if (after === undefined) break;
        }
        for (const { id } of stay) expect(seen.filter((one) => one === id)).toEqual([id]);
      }),
    );
  });

  test.each<[string, () => unknown]>([
    ["limit", () => selectPage([], {}, { limit: 0 })],
    ["limit", () => selectPage([], {}, { limit: maxPageSize + 1 })],
    ["limit", () => selectPage([], {}, { limit: 1.5 })],
    ["after", () => selectPage([], {}, { after: "x" })],
    ["after", () => selectPage([], {}, { after: "[1,2]" })],
    ["colour", () => selectPage([], { colour: "red" } as TicketQuery)],
    ["states", () => selectPage([], { states: "ready" } as unknown as TicketQuery)],
    ["labels", () => selectPage([], { labels: [1] } as unknown as TicketQuery)],
    ["text", () => selectPage([], { text: 1 } as unknown as TicketQuery)],
    ["actionRequired", () => selectPage([], { actionRequired: "yes" } as unknown as TicketQuery)],
  ])("a wrong %s is refused by name", (member, ask) => {
    expect(ask).toThrow(expect.objectContaining({ code: "QUERY_INVALID", data: { member } }));
  });
});
