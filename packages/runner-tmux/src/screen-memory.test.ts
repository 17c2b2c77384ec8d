import type { Evidence } from "@wiggum/workflow";
import { beforeEach, expect, test } from "vitest";
import { createScreenMemory, type ScreenMemory } from "./screen-memory.js";

let nowMs: number;
let memory: ScreenMemory;
beforeEach(() => {
  nowMs = 10_000;
  memory = createScreenMemory(() => nowMs);
});

const two = (...kinds: readonly ("busy" | "idle")[]): readonly Evidence[] =>
  kinds.map((kind, look) => ({
    source: "screen",
    fact: { kind },
    atMs: nowMs + 300 * look,
    generation: 1,
  }));

/** Looks at the screen, as a runner does where nothing is remembered. */
function look(glance: string | undefined, seen: readonly Evidence[]): readonly Evidence[] {
  const remembered = memory.recall("t", glance);
  if (remembered !== undefined) return remembered;
  memory.keep("t", glance, nowMs, seen);
  return seen;
}

test("what a screen said is told again as long as nothing was printed on it, dated anew, the looks as far apart", () => {
  look("a", two("idle", "idle"));
  nowMs += 2_000;
  look("a", two("idle", "idle"));
  nowMs += 5_000;
  expect(memory.recall("t", "a")?.map(({ fact, atMs }) => [fact.kind, nowMs - atMs])).toEqual([
    ["idle", 300],
    ["idle", 0],
  ]);
});

test("it is looked at again after something was printed, and where nobody can tell", () => {
  look("a", two("idle", "idle"));
  nowMs += 2_000;
  look("a", two("idle", "idle"));
  expect(memory.recall("t", "b")).toBeUndefined();
  expect(memory.recall("t", "a")).toBeUndefined();
  nowMs += 2_000;
  look("a", two("idle", "idle"));
  expect(memory.recall("t", undefined)).toBeUndefined();
  expect(memory.recall("t", "a")).toBeUndefined();
});

test("a look soon after something was printed is not kept: the screen may be half painted", () => {
  look("a", two("idle", "idle"));
  nowMs += 500;
  look("a", two("idle", "idle"));
  nowMs += 100;
  expect(memory.recall("t", "a")).toBeUndefined();
});

test("two looks that differ are not kept, and nothing is for ever: a person may resize a pane", () => {
  look("a", two("idle", "idle"));
  nowMs += 2_000;
  look("a", two("busy", "idle"));
  expect(memory.recall("t", "a")).toBeUndefined();
  look("a", two("idle", "idle"));
  expect(memory.recall("t", "a")).toHaveLength(2);
  nowMs += 60_001;
  expect(memory.recall("t", "a")).toBeUndefined();
});

test("another session's screen is another matter", () => {
  look("a", two("idle", "idle"));
  nowMs += 2_000;
  look("a", two("idle", "idle"));
  expect(memory.recall("other", "a")).toBeUndefined();
});
