import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appendCriterion,
  appendEvent,
  changeCriterion,
  newBody,
  readCriteria,
  readEvents,
  readSection,
  writeSection,
} from "./body.js";
import { decodeTicket, encodeTicket } from "./codec.js";
import { mergeTickets } from "./merge.js";
import { anyText, nastyMarkdown } from "./testing/nasty-markdown.js";
import { anyTicket, plainTicket } from "./testing/nasty-tickets.js";
import type { Ticket } from "./ticket.js";

const runs = { numRuns: Number(process.env["RUNS"] ?? 300) };

function merged(base: Ticket | undefined, theirs: Ticket, mine: Ticket): Ticket {
  const result = mergeTickets(base, theirs, mine);
  if ("conflicts" in result) throw new Error(`conflicts: ${JSON.stringify(result.conflicts)}`);
  return result.merged;
}

/** Another ticket of the same identity. */
const pair = fc.tuple(anyTicket(), anyTicket()).map(([base, other]) => {
  const { id, type } = base;
  const { createdAt: _at, createdBy: _by, ...rest } = other;
  return [
    base,
    {
      ...rest,
      id,
      type,
      ...(base.createdAt && { createdAt: base.createdAt }),
      ...(base.createdBy && { createdBy: base.createdBy }),
    },
  ] as const;
});

describe("laws", () => {
  test("a side that changed nothing leaves the other as it is", () => {
    fc.assert(
      fc.property(pair, ([base, other]) => {
        expect(merged(base, base, other)).toEqual(other);
        expect(merged(base, other, base)).toEqual(other);
        expect(merged(base, base, base)).toEqual(base);
        expect(merged(undefined, other, other)).toEqual(other);
      }),
      runs,
    );
  });

  test("the same change on both sides is that change, and merging again adds nothing; a claim alone is never the same", () => {
    fc.assert(
      fc.property(pair, ([base, other]) => {
        const { state, leaseEpoch, assignedAgentId, assignedAt } = base;
        const { assignedAgentId: _a, assignedAt: _b, ...rest } = other;
        const same = {
          ...rest,
          state,
          leaseEpoch,
          ...(assignedAgentId && { assignedAgentId }),
          ...(assignedAt && { assignedAt }),
        };
        expect(merged(base, same, same)).toEqual(same);
        const claim = { ...same, leaseEpoch: leaseEpoch + 1 };
        expect(mergeTickets(base, claim, claim)).toHaveProperty("conflicts");
      }),
      runs,
    );
  });
});

type Change = (ticket: Ticket) => Ticket;

const body = nastyMarkdown(20).map(
  (text) => `${newBody({ acceptanceCriteria: ["one", "two", "three"] })}\n## Notes\n\n${text}`,
);
const text = anyText();

/** Changes that have nothing to do with each other, in the order of the test's bits. */
const independent: readonly fc.Arbitrary<Change>[] = [
  fc.constant((ticket) => ({ ...ticket, state: "review", leaseEpoch: 4, assignedAgentId: "worker-1" })),
  fc.nat(4).map((priority) => (ticket) => ({ ...ticket, priority })),
  fc.constant((ticket) => ({ ...ticket, title: "Other" })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: [...ticket.dependsOn, "tk-9", "tk-7"].sort() })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: ticket.dependsOn.filter((id) => id !== "tk-1") })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: [...ticket.dependsOn, "tk-8"].sort() })),
  fc.constant((ticket) => ({ ...ticket, actionRequired: { reason: "look" } })),
  fc.constant((ticket) => ({ ...ticket, fields: { ...ticket.fields, reviewer: ["a", { b: 1 }] } })),
  fc.constant((ticket) => ({
    ...ticket,
    fields: Object.fromEntries(Object.entries(ticket.fields).filter(([key]) => key !== "estimate")),
  })),
  text.map((words) => (ticket) => ({ ...ticket, body: writeSection(ticket.body, "Description", words) })),
  text.map((words) => (ticket) => ({
    ...ticket,
    body: appendEvent(ticket.body, {
      id: "e1",
      kind: "feedback",
      source: "x",
      at: "2025-01-01T00:00:00Z",
      text: words,
    }),
  })),
  text.map((words) => (ticket) => ({
    ...ticket,
    body: appendEvent(ticket.body, {
      id: "e2",
      kind: "comment",
      source: "y",
      at: "2025-01-01T00:00:00Z",
      text: words,
    }),
  })),
  fc.constant((ticket) => ({ ...ticket, body: changeCriterion(ticket.body, 1, { checked: true }) ?? "" })),
  text.map((words) => (ticket) => ({
    ...ticket,
    body: changeCriterion(ticket.body, 2, { text: `${words}!` }) ?? "",
  })),
  text.map((words) => (ticket) => ({ ...ticket, body: appendCriterion(ticket.body, `${words}?`) })),
];

const base = body.map((text) =>
  plainTicket({ dependsOn: ["tk-1", "tk-2"], fields: { estimate: 3, kept: "x" }, body: text }),
);

describe("independent changes", () => {
  // P3, P14
  test("merge to the same ticket in any order, with nothing lost", () => {
    fc.assert(
      fc.property(
        base,
        fc.tuple(...independent),
        fc.array(fc.nat(2), { minLength: independent.length, maxLength: independent.length }),
        (start, changes, sides) => {
          const side = (index: number) =>
            changes.filter((_, at) => sides[at] === index).reduce((ticket, change) => change(ticket), start);
          const [one, two, three] = [side(0), side(1), side(2)];
          const all = changes.reduce((ticket, change) => change(ticket), start);
          const results = [
            [one, two, three],
            [three, two, one],
            [two, one, three],
            [two, three, one],
          ].map((order) => order.reduce((theirs, mine) => merged(start, theirs, mine), start));
          for (const result of results) {
            expect(contentsOf(result)).toEqual(contentsOf(all));
            expect(decodeTicket(encodeTicket(result, encodeTicket(start)))).toEqual(result);
          }
        },
      ),
      runs,
    );
  });
});

/** The ticket with its body taken apart; the order of new sections is nobody's. */
function contentsOf(ticket: Ticket): unknown {
  const { body: _body, ...rest } = ticket;
  return {
    ...rest,
    description: readSection(ticket.body, "Description"),
    notes: readSection(ticket.body, "Notes"),
    criteria: readCriteria(ticket.body),
    events: readEvents(ticket.body).toSorted((left, right) => ((left.id ?? "") < (right.id ?? "") ? -1 : 1)),
  };
}
