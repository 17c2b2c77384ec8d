import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judgePullRequest, type PullRequestSight, untilNextPollMs } from "./pull-requests.js";

const sight = (change: Partial<PullRequestSight> = {}): PullRequestSight => ({
  number: 7,
  url: "https://github.example/o/r/pull/7",
  state: "open",
  head: "aaaa",
  isConflicting: false,
  failedChecks: [],
  isChecking: false,
  remarks: [],
  ...change,
});

const sights = fc.record({
  number: fc.constant(7),
  url: fc.constant("u"),
  state: fc.constantFrom("open" as const, "merged" as const, "closed" as const),
  head: fc.constantFrom("aaaa", "bbbb"),
  isConflicting: fc.boolean(),
  isChecking: fc.boolean(),
  failedChecks: fc.uniqueArray(fc.record({ name: fc.constantFrom("unit", "e2e") }), {
    selector: ({ name }) => name,
  }),
  remarks: fc.uniqueArray(
    fc.record({ id: fc.constantFrom("R1", "R2", "R3"), author: fc.constant("ada"), text: fc.string() }),
    { selector: ({ id }) => id },
  ),
});

describe("judgePullRequest", () => {
  test("whatever is seen, in whatever order: no finding is told twice, none of an older commit, none is lost once all is quiet", () => {
    fc.assert(
      fc.property(fc.array(sights, { maxLength: 8 }), (seen) => {
        const told = new Set<string>();
        for (const one of seen) {
          const verdict = judgePullRequest(one, "aaaa", (id) => told.has(id));
          if (one.state !== "open") {
            expect(verdict).toEqual({ kind: one.state });
            continue;
          }
          const ids = verdict.kind === "send-back" ? verdict.findings.map(({ id }) => id) : [];
          expect(verdict.kind === "send-back" && ids.length === 0).toBe(false);
          expect(ids.filter((id) => told.has(id))).toEqual([]);
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of ids) told.add(id);
          if (one.head !== "aaaa") expect(ids).toEqual([]);
          else if (!one.isChecking) {
            const wanted = one.failedChecks.length + one.remarks.length + Number(one.isConflicting);
            const known = [...told].filter(
              (id) =>
                one.failedChecks.some(({ name }) => id.endsWith(`-${name}`)) ||
                one.remarks.some((remark) => id.endsWith(`-${remark.id}`)) ||
                (one.isConflicting && id.includes("-conflict-")),
            );
            expect(known).toHaveLength(wanted);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("while checks run nothing is told but a conflict, which no check will change", () => {
    const checking = sight({ isChecking: true, failedChecks: [{ name: "unit" }] });
    expect(judgePullRequest(checking, "aaaa", () => false)).toEqual({ kind: "wait" });
    const conflict = judgePullRequest({ ...checking, isConflicting: true }, "aaaa", () => false);
    expect(conflict).toMatchObject({ kind: "send-back", findings: [{ id: "pr-7-conflict-aaaa" }] });
  });

  test("the same check of a new commit is a new finding", () => {
    const failing = { failedChecks: [{ name: "unit", url: "https://ci" }] };
    const told = (id: string) => id === "pr-7-check-aaaa-unit";
    expect(judgePullRequest(sight(failing), "aaaa", told)).toEqual({ kind: "wait" });
    expect(judgePullRequest(sight({ ...failing, head: "bbbb" }), "bbbb", told)).toEqual({
      kind: "send-back",
      findings: [{ id: "pr-7-check-bbbb-unit", text: "The check unit fails: https://ci" }],
    });
  });
});

// P37
test("the host is asked as often as is set, later after failures, and not below the reserve before the hour is over", () => {
  const poll = { lastMs: 1_000, everyMs: 60_000, failures: 0, reserve: 100 };
  expect(untilNextPollMs({ ...poll, lastMs: undefined }, 5_000)).toBe(0);
  expect(untilNextPollMs(poll, 31_000)).toBe(30_000);
  expect(untilNextPollMs({ ...poll, failures: 2 }, 1_000)).toBe(240_000);
  expect(untilNextPollMs({ ...poll, failures: 99 }, 1_000)).toBe(64 * 60_000);
  const quota = { remaining: 100, resetsAtMs: 3_600_000 };
  expect(untilNextPollMs({ ...poll, quota }, 600_000)).toBe(3_000_000);
  expect(untilNextPollMs({ ...poll, quota }, 3_600_000)).toBe(0);
  expect(untilNextPollMs({ ...poll, quota: { ...quota, remaining: 101 } }, 600_000)).toBe(0);
});
