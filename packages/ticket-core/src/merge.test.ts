import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
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

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 300) };

function merged(base: Ticket | undefined, theirs: Ticket, mine: Ticket): Ticket {
  const result = mergeTickets(base, theirs, mine);
  if ("conflicts" in result) throw new Error(`conflicts: ${JSON.stringify(result.conflicts)}`);
  return result.merged;
}

/** A ticket, and another of the same identity that differs in everything else. */
const pair = fc.tuple(anyTicket(), anyTicket()).map(([base, other]): readonly [Ticket, Ticket] => {
  const { id, type, createdAt, createdBy } = base;
  const next = { ...other, id, type, createdAt, createdBy };
  return [base, JSON.parse(JSON.stringify(next)) as Ticket];
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

  // P1
  test("the same change on both sides is that change; but of two equal claims one loses", () => {
    fc.assert(
      fc.property(pair, ([base, other]) => {
        const { state, leaseEpoch, assignedAgentId, assignedAt } = base;
        const same = JSON.parse(
          JSON.stringify({ ...other, state, leaseEpoch, assignedAgentId, assignedAt }),
        ) as Ticket;
        expect(merged(base, same, same)).toEqual(same);
        const claim = { ...same, leaseEpoch: leaseEpoch + 1 };
        expect(mergeTickets(base, claim, claim)).toHaveProperty("conflicts");
      }),
      runs,
    );
  });
});

type Change = (ticket: Ticket) => Ticket;

function inBody(change: (body: string) => string | undefined): Change {
  return (ticket) => ({ ...ticket, body: change(ticket.body) ?? "there was nothing to change" });
}

const at = "2025-01-01T00:00:00Z";
const text = anyText();

/** Changes that have nothing to do with each other. */
const independent: readonly fc.Arbitrary<Change>[] = [
  fc.constant((ticket) => ({ ...ticket, state: "review", leaseEpoch: 4, assignedAgentId: "worker-1" })),
  fc.nat(4).map((priority) => (ticket) => ({ ...ticket, priority })),
  fc.constant((ticket) => ({ ...ticket, title: "Other" })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: [...ticket.dependsOn, "tk-9", "tk-7"].sort() })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: ticket.dependsOn.filter((id) => id !== "tk-1") })),
  fc.constant((ticket) => ({ ...ticket, dependsOn: [...ticket.dependsOn, "tk-8"].sort() })),
  fc.constant((ticket) => ({ ...ticket, references: [{ kind: "url", target: "https://x.y" }] })),
  fc.constant((ticket) => ({ ...ticket, actionRequired: { reason: "look" } })),
  fc.constant((ticket) => ({ ...ticket, fields: { ...ticket.fields, reviewer: ["a", { b: 1 }] } })),
  fc.constant(({ fields: { estimate: _, ...fields }, ...ticket }) => ({ ...ticket, fields })),
  text.map((words) => inBody((body) => writeSection(body, "Description", words))),
  text.map((words) =>
    inBody((body) => appendEvent(body, { id: "e1", kind: "feedback", source: "x", at, text: words })),
  ),
  text.map((words) =>
    inBody((body) => appendEvent(body, { id: "e2", kind: "comment", source: "y", at, text: words })),
  ),
  text.map((words) =>
    inBody((body) => appendEvent(body, { id: "e3", kind: "comment", source: "z", at, text: words })),
  ),
  fc.constant(inBody((body) => changeCriterion(body, 1, { checked: true }))),
  text.map((words) => inBody((body) => changeCriterion(body, 2, { text: `${words}!` }))),
  text.map((words) => inBody((body) => appendCriterion(body, `${words}?`))),
];

const base = nastyMarkdown(20).map((notes) =>
  plainTicket({
    dependsOn: ["tk-1", "tk-2"],
    fields: { estimate: 3, kept: "x" },
    body: `${newBody({ acceptanceCriteria: ["one", "two", "three"] })}\n## Notes\n\n${notes}`,
  }),
);

/** The ticket with its body taken apart: the order of entries and of new sections is nobody's. */
function contentsOf({ body, ...rest }: Ticket): unknown {
  return {
    ...rest,
    description: readSection(body, "Description"),
    notes: readSection(body, "Notes")?.trimEnd(),
    criteria: readCriteria(body),
    events: readEvents(body).toSorted((left, right) => ((left.id ?? "") < (right.id ?? "") ? -1 : 1)),
  };
}

describe("independent changes", () => {
  // P3, P14
  test("merge to the same ticket in any order, with nothing lost", () => {
    const sides = fc.array(fc.nat(2), { minLength: independent.length, maxLength: independent.length });
    fc.assert(
      fc.property(base, fc.tuple(...independent), sides, (start, changes, sides) => {
        const side = (index: number) =>
          changes.filter((_, at) => sides[at] === index).reduce((ticket, change) => change(ticket), start);
        const [one, two, three] = [side(0), side(1), side(2)];
        const all = changes.reduce((ticket, change) => change(ticket), start);
        for (const order of [
          [one, two, three],
          [three, two, one],
          [two, one, three],
          [two, three, one],
        ]) {
          const result = order.reduce((theirs, mine) => merged(start, theirs, mine), start);
          expect(contentsOf(result)).toEqual(contentsOf(all));
          expect(decodeTicket(encodeTicket(result, encodeTicket(start)))).toEqual(result);
          // What is merged already is not merged twice.
          const again = mergeTickets(start, result, {
            ...one,
            state: start.state,
            leaseEpoch: start.leaseEpoch,
            assignedAgentId: undefined,
          });
          expect(again).toEqual({ merged: result });
        }
      }),
      { numRuns: Math.ceil(runs.numRuns / 5) },
    );
  });
});
