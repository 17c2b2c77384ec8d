import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextStep, settleStep, startQueue, ticketsIn } from "./merge-queue.js";
import { type MergeQueuePorts, runMergeQueue, type TestOutcome } from "./run-merge-queue.js";

interface WorldOptions {
  readonly tickets: readonly { readonly id: string; readonly dependsOn: readonly string[] }[];
  /** Is a base branch with these on it red? */
  readonly isRed: (merged: readonly string[]) => boolean;
  /** Pairs that change the same lines. */
  readonly conflicts?: readonly (readonly [string, string])[];
  /** Before the test of this number somebody else moves the base branch. */
  readonly movesBefore?: readonly number[];
  /** During it: what was tested is not what would be. */
  readonly movesDuring?: readonly number[];
  /** These can only be merged alone: something in a checkout is in the way of several. */
  readonly obstructed?: readonly string[];
}

/** A base branch without git: what is on it, and whatever was ever tested on it. */
function createWorld(options: WorldOptions) {
  const { isRed, conflicts = [], movesBefore = [], movesDuring = [], obstructed = [] } = options;
  const on: string[] = [];
  const violations: string[] = [];
  const sentBack: string[] = [];
  const escalated: string[] = [];
  let strangers = 0;
  let tests = 0;
  const base = () => `${strangers}:${on.join(",")}`;
  const clashes = (id: string, with_: readonly string[]) =>
    conflicts.some(
      ([one, other]) => (id === one && with_.includes(other)) || (id === other && with_.includes(one)),
    );
  const ports: MergeQueuePorts = {
    async test(tickets, expected): Promise<TestOutcome> {
      tests += 1;
      if (movesBefore.includes(tests)) strangers += 1;
      if (expected !== undefined && expected !== base()) return { kind: "moved", base: base() };
      const taken: string[] = [];
      const leftOut: string[] = [];
      for (const id of tickets) {
        const isLost = options.tickets
          .find((one) => one.id === id)
          ?.dependsOn.some((d) => leftOut.includes(d));
        if (isLost === true || clashes(id, [...on, ...taken])) leftOut.push(id);
        else taken.push(id);
      }
      const [first] = tickets;
      if (first !== undefined && leftOut.includes(first))
        return { kind: "conflict", ticketId: first, why: "both" };
      const log = `log of ${taken.join(",")}`;
      if (isRed([...on, ...taken]))
        return { kind: "red", base: base(), leftOut, fault: { what: "check", output: "no", log } };
      if (tickets.length === 0) return { kind: "green", base: base(), leftOut };
      if (movesDuring.includes(tests)) {
        strangers += 1;
        return { kind: "moved", base: base() };
      }
      if (taken.some((id) => obstructed.includes(id))) return { kind: "refused", why: "in the way" };
      on.push(...taken);
      if (isRed(on)) violations.push(`red with ${taken}`);
      if (new Set(on).size !== on.length) violations.push(`merged twice: ${on}`);
      return { kind: "green", base: base(), leftOut };
    },
    async sendBack(ticketId, why) {
      const isGuilty = "conflict" in why ? clashes(ticketId, on) : isRed([...on, ticketId]);
      if (!isGuilty) violations.push(`${ticketId} was sent back, and on ${on} it is fine`);
      if ("log" in why && why.log?.includes(ticketId) !== true) violations.push(`${ticketId} got ${why.log}`);
      sentBack.push(ticketId);
      return "sent back";
    },
    async escalate(ticketId) {
      escalated.push(ticketId);
    },
    testing() {},
  };
  return { ports, on, violations, sentBack, escalated, tests: () => tests };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `tk-${index}`);
const free = (names: readonly string[]) => names.map((id) => ({ id, dependsOn: [] }));

// P35
describe("any set of culprits", () => {
  test("every green ticket is merged, every culprit named, the tests are bounded", async () => {
    const drawn = fc
      .integer({ min: 1, max: 20 })
      .chain((count) => fc.tuple(fc.constant(ids(count)), fc.subarray(ids(count))));
    await fc.assert(
      fc.asyncProperty(drawn, async ([all, culprits]) => {
        const isRed = (merged: readonly string[]) => merged.some((id) => culprits.includes(id));
        const world = createWorld({ tickets: free(all), isRed });
        const report = await runMergeQueue(world.ports, free(all));
        expect(world.violations).toEqual([]);
        expect(world.on).toEqual(all.filter((id) => !culprits.includes(id)));
        expect(report.merged).toEqual(world.on);
        expect(report.sentBack.map(({ ticketId }) => ticketId)).toEqual(culprits);
        expect([...report.left, ...report.held, ...report.escalated]).toEqual([]);
        const halvings = Math.ceil(Math.log2(all.length));
        expect(world.tests()).toBeLessThanOrEqual(
          culprits.length === 0 ? 1 : 2 + 2 * culprits.length * halvings,
        );
        expect(world.tests()).toBeLessThanOrEqual(2 * all.length);
      }),
      { numRuns: 500 },
    );
  });

  test("one culprit of sixteen costs at most ten tests, none costs one", async () => {
    const all = ids(16);
    const most = [];
    for (const culprit of [undefined, ...all]) {
      const world = createWorld({
        tickets: free(all),
        isRed: (merged) => merged.some((id) => id === culprit),
      });
      await runMergeQueue(world.ports, free(all));
      most.push(world.tests());
    }
    expect(most[0]).toBe(1);
    expect(Math.max(...most)).toBeLessThanOrEqual(10);
  });

  test("two that are green alone and red together: the first is merged, the second sent back with the log of both", async () => {
    const all = ids(5);
    const isRed = (merged: readonly string[]) => merged.includes("tk-1") && merged.includes("tk-4");
    const world = createWorld({ tickets: free(all), isRed });
    const report = await runMergeQueue(world.ports, free(all));
    expect(world.violations).toEqual([]);
    expect(report.merged).toEqual(["tk-0", "tk-1", "tk-2", "tk-3"]);
    expect(report.sentBack).toEqual([{ ticketId: "tk-4", detail: "sent back" }]);
  });

  test("whatever is red, conflicts, is in the way, depends on whatever, and whoever moves the base: each ticket ends in one place, nothing red or untested is merged", async () => {
    const tickets = fc
      .array(fc.array(fc.nat(11), { maxLength: 2 }), { minLength: 1, maxLength: 12 })
      .map((all) =>
        all.map((on, index) => ({
          id: `tk-${index}`,
          dependsOn: [...new Set(on)].filter((other) => other < index).map((other) => `tk-${other}`),
        })),
      );
    const pairs = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 4 });
    const named = (list: readonly (readonly [number, number])[]) =>
      list
        .map(([one, other]) => [`tk-${one}`, `tk-${other}`] as const)
        .filter(([one, other]) => one !== other);
    const numbers = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 });
    const options = fc.record({
      tickets,
      red: fc.array(fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
      conflicts: pairs.map(named),
      movesBefore: numbers,
      movesDuring: numbers,
      obstructed: fc.array(fc.nat(11), { maxLength: 2 }).map((list) => list.map((one) => `tk-${one}`)),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ red, ...drawn }) => {
        const isRed = (merged: readonly string[]) =>
          red.some((set) => set.every((one) => merged.includes(`tk-${one}`)));
        const world = createWorld({ ...drawn, isRed });
        const report = await runMergeQueue(world.ports, drawn.tickets);
        expect(world.violations).toEqual([]);
        const { merged, escalated, held, left, sentBack } = report;
        const ends = [...merged, ...sentBack.map(({ ticketId }) => ticketId), ...escalated, ...held, ...left];
        expect(ends.toSorted()).toEqual(drawn.tickets.map(({ id }) => id).toSorted());
        expect(world.on).toEqual(merged);
        expect(left.length === 0 || report.stoppedBy === "moves").toBe(true);
        expect(escalated.every((id) => drawn.obstructed.includes(id))).toBe(true);
        for (const id of held) {
          const { dependsOn = [] } = drawn.tickets.find((one) => one.id === id) ?? {};
          expect(dependsOn.some((on) => !merged.includes(on))).toBe(true);
        }
        // With a base branch that nobody else moves: no test without end.
        expect(world.tests()).toBeLessThanOrEqual(
          4 * drawn.tickets.length + 8 * drawn.movesBefore.length + 60,
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a base branch that is red itself: nobody is blamed or merged, each is handed to a person", async () => {
  const all = ids(4);
  const world = createWorld({ tickets: free(all), isRed: () => true });
  const report = await runMergeQueue(world.ports, free(all));
  expect(report).toMatchObject({ merged: [], sentBack: [], escalated: all });
  expect(world.escalated).toEqual(all);
});

test("what is built on a culprit is not blamed: it waits", async () => {
  const tickets = [
    { id: "tk-0", dependsOn: [] },
    { id: "tk-1", dependsOn: ["tk-0"] },
    { id: "tk-2", dependsOn: ["tk-1"] },
    { id: "tk-3", dependsOn: [] },
  ];
  const world = createWorld({ tickets, isRed: (merged) => merged.includes("tk-0") });
  const report = await runMergeQueue(world.ports, tickets);
  expect(report).toMatchObject({ merged: ["tk-3"], held: ["tk-1", "tk-2"] });
  expect(world.sentBack).toEqual(["tk-0"]);
});

test("a run that is to end ends after its test; what is not settled is left", async () => {
  const all = ids(4);
  const stop = new AbortController();
  const world = createWorld({ tickets: free(all), isRed: (merged) => merged.includes("tk-0") });
  const ports: MergeQueuePorts = {
    ...world.ports,
    test: (tickets, expected) => {
      stop.abort();
      return world.ports.test(tickets, expected);
    },
  };
  const report = await runMergeQueue(ports, free(all), stop.signal);
  expect(report).toMatchObject({ merged: [], sentBack: [], left: all, stoppedBy: "signal" });
  expect(world.tests()).toBe(1);
});

test("somebody who never stops moving the base branch ends the run, not the tickets", async () => {
  const all = ids(3);
  const always = Array.from({ length: 50 }, (_, index) => index + 1);
  const world = createWorld({ tickets: free(all), isRed: () => false, movesDuring: always });
  const report = await runMergeQueue(world.ports, free(all));
  expect(report).toMatchObject({ merged: [], sentBack: [], left: all, stoppedBy: "moves" });
});

test("known to be red is only what was tested on this very base branch", () => {
  let queue = startQueue(free(ids(4)));
  queue = settleStep(queue, { kind: "red", leftOut: [] }).queue;
  expect(queue.groups.map(({ known }) => known)).toEqual(["nothing", "red-after-previous"]);
  const green = settleStep(queue, { kind: "green", leftOut: [] });
  expect(green.merged).toEqual(["tk-0", "tk-1"]);
  // The second half is red without a test of its own, and halved at once.
  expect(green.queue.groups).toEqual([
    { tickets: ["tk-2"], known: "nothing" },
    { tickets: ["tk-3"], known: "red-after-previous" },
  ]);
  // Without one of the first half, the second half was never tested on what is there now.
  const without = settleStep(queue, { kind: "green", leftOut: ["tk-1"] }).queue;
  expect(without.groups[0]).toEqual({ tickets: ["tk-2", "tk-3"], known: "nothing" });
  const moved = settleStep(green.queue, { kind: "moved" }).queue;
  expect(moved.groups.map(({ known }) => known)).toEqual(["nothing", "nothing"]);
  expect(moved.isBaseGreen).toBe(false);
  const gone = settleStep(queue, { kind: "dropped", tickets: ["tk-0"], isLost: false }).queue;
  expect(gone.groups.map(({ known }) => known)).toEqual(["nothing", "nothing"]);
  expect([ticketsIn(gone), nextStep(gone)]).toEqual([
    ["tk-1", "tk-2", "tk-3"],
    { kind: "test", tickets: ["tk-1"] },
  ]);
});
