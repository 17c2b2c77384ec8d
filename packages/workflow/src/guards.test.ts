import type { TicketTransition } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import { guardNames, guardsOf, judgeGuards, supervisedGuards } from "./guards.js";
import type { HandInFacts } from "./ports.js";
import { sampleTicket } from "./testing/memory-project.js";

const edge: TicketTransition = {
  from: "in-progress",
  to: "review",
  effects: ["merge"],
  guards: [],
  before: [],
  after: [],
};
const sound: HandInFacts = {
  source: "worker-0",
  target: "feature/tk-1",
  newCommits: 1,
  workCommits: 1,
  uncommittedFiles: [],
  conflictsWithBase: [],
};
const judge = (facts: Partial<HandInFacts>, names = guardNames) =>
  judgeGuards(names, { ticket: sampleTicket("tk-1"), edge, facts: { ...sound, ...facts } })?.code;

describe("guards", () => {
  test("work that is committed and merges passes them all", () => {
    expect(judge({})).toBeUndefined();
    // Handed in before, rejected, nothing new since: it is merged work all the same.
    expect(judge({ newCommits: 0 })).toBeUndefined();
  });

  test("each refuses what it is named for, the first one of the list speaks", () => {
    expect(judge({ workCommits: 0 })).toBe("GUARD_REFUSED");
    expect(judge({ uncommittedFiles: ["a"] })).toBe("GUARD_REFUSED");
    expect(judge({ conflictsWithBase: ["a"] })).toBe("MERGE_CONFLICT");
    expect(judge({ workCommits: 0, conflictsWithBase: ["a"] }, ["merges-cleanly", "has-merged-work"])).toBe(
      "MERGE_CONFLICT",
    );
  });

  test("a condition that does not exist never holds", () => {
    expect(judge({}, ["has-merged-work", "toString"])).toBe("GUARD_REFUSED");
  });

  test("a caller's own guards join where work is handed in, and only there", () => {
    const guarded = { ...edge, guards: ["has-merged-work", "no-uncommitted-work"] };
    expect(guardsOf(guarded, supervisedGuards)).toEqual([
      "has-merged-work",
      "no-uncommitted-work",
      "merges-cleanly",
    ]);
    expect(guardsOf({ ...guarded, effects: [] }, supervisedGuards)).toEqual(guarded.guards);
  });

  test("a long list of files is cut, a strange name is shown escaped", () => {
    const files = ["a\u001b[2J", ...Array.from({ length: 30 }, (_, index) => `f${index}`)];
    const refusal = judgeGuards(["no-uncommitted-work"], {
      ticket: sampleTicket("tk-1"),
      edge,
      facts: { ...sound, uncommittedFiles: files },
    });
    expect(refusal?.message).toContain("a\\u001b[2J, f0");
    expect(refusal?.message).toContain("and 21 more");
  });
});
