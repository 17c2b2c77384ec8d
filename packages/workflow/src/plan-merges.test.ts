import fc from "fast-check";
import { expect, test } from "vitest";
import { planMerges } from "./plan-merges.js";
import type { SupervisedTicket } from "./supervisor-facts.js";

const ticket = (id: string, change: Partial<SupervisedTicket> = {}): SupervisedTicket => ({
  id,
  state: "done",
  priority: 2,
  isFinal: true,
  isWorkable: false,
  needsPerson: false,
  roles: [],
  failedSessions: {},
  rounds: 0,
  ...change,
});

const plan = (tickets: readonly SupervisedTicket[], unmerged: readonly string[], mergeBatch?: number) =>
  planMerges(
    { isAutoMerge: true, unmerged, mergeBatch },
    new Map(tickets.map((one) => [one.id, one])),
    new Set(),
  );

test("without a batch each by itself, with one all in one action, at most so many", () => {
  const tickets = ["tk-1", "tk-2", "tk-3"].map((id) => ticket(id));
  const ids = tickets.map(({ id }) => id);
  expect(plan(tickets, ids).actions).toMatchObject(ids.map((ticketId) => ({ kind: "merge", ticketId })));
  expect(plan(tickets, ids, 2)).toEqual({
    actions: [expect.objectContaining({ kind: "merge-batch", ticketIds: ["tk-1", "tk-2"] })],
    held: [],
  });
  expect(planMerges({ isAutoMerge: false, unmerged: ids }, new Map(), new Set()).actions).toEqual([]);
});

test("what a ticket is built on comes before it; while that is not to be merged, it waits and is named", () => {
  const tickets = [
    ticket("tk-1", { dependsOn: ["tk-2"] }),
    ticket("tk-2"),
    ticket("tk-3", { dependsOn: ["tk-4"] }),
    ticket("tk-4", { isFinal: false, state: "in-progress" }),
    ticket("tk-5", { dependsOn: ["tk-6"] }),
    ticket("tk-6", { needsPerson: true }),
    ticket("tk-7", { dependsOn: ["tk-gone", "tk-8"] }),
    ticket("tk-8", { state: "closed" }),
  ];
  expect(plan(tickets, ["tk-1", "tk-2", "tk-3", "tk-5", "tk-6", "tk-7"], 9)).toEqual({
    actions: [expect.objectContaining({ ticketIds: ["tk-2", "tk-7", "tk-1"] })],
    held: [
      { ticketId: "tk-3", waitsFor: "tk-4" },
      { ticketId: "tk-5", waitsFor: "tk-6" },
    ],
  });
});

test("whatever depends on whatever: each that is due is in the batch, waits behind it, or is held for one that is not merged", () => {
  const some = fc.array(
    fc.record({
      on: fc.array(fc.nat(11), { maxLength: 3 }),
      needsPerson: fc.boolean(),
      isOver: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(some, fc.integer({ min: 2, max: 5 }), (drawn, mergeBatch) => {
      const tickets = drawn.map(({ on, needsPerson, isOver }, index) =>
        // Only on earlier ones: no ring.
        ticket(`tk-${index}`, {
          needsPerson,
          isFinal: isOver,
          dependsOn: on.filter((other) => other < index).map((other) => `tk-${other}`),
        }),
      );
      const unmerged = tickets.filter(({ isFinal }) => isFinal).map(({ id }) => id);
      const { actions, held } = plan(tickets, unmerged.toReversed(), mergeBatch);
      const [action] = actions;
      const batch = action?.kind === "merge-batch" ? action.ticketIds : [];
      expect(batch.length).toBeLessThanOrEqual(mergeBatch);
      for (const [index, id] of batch.entries()) {
        for (const on of tickets.find((one) => one.id === id)?.dependsOn ?? []) {
          expect(batch.slice(0, index).includes(on) || !unmerged.includes(on)).toBe(true);
          expect(tickets.find((one) => one.id === on)?.isFinal).toBe(true);
        }
      }
      const isHeld = new Set(held.map(({ ticketId }) => ticketId));
      expect(batch.filter((id) => isHeld.has(id))).toEqual([]);
      // Nobody is forgotten while there is room.
      const due = tickets.filter(({ isFinal, needsPerson }) => isFinal && !needsPerson).length;
      if (batch.length < mergeBatch) expect(batch.length + held.length).toBe(due);
    }),
    { numRuns: 300 },
  );
});
