import { expect, test } from "vitest";
import { findingsIn, roundsWithoutProgress } from "./review-progress.js";

const round = (commit: string | undefined, ...findings: readonly string[]) => ({ commit, findings });

// P38
test("rounds that gain nothing are counted from the last one back", () => {
  expect(roundsWithoutProgress([])).toBe(0);
  expect(roundsWithoutProgress([round("a", "x")])).toBe(0);
  // No new commit.
  expect(roundsWithoutProgress([round("a", "x"), round("a", "y")])).toBe(1);
  // The same findings, in other letters, at another line.
  expect(roundsWithoutProgress([round("a", "X: src/a.ts:12"), round("b", "x:  src/a.ts:99")])).toBe(1);
  // New ones beside all of the old ones.
  expect(roundsWithoutProgress([round("a", "x"), round("b", "x", "y")])).toBe(1);
  // One is gone.
  expect(roundsWithoutProgress([round("a", "x", "y"), round("b", "y")])).toBe(0);
  expect(roundsWithoutProgress([round("a", "x"), round("b", "x"), round("c", "x"), round("d", "x")])).toBe(3);
  expect(roundsWithoutProgress([round("a", "x"), round("b", "x"), round("c", "y"), round("c", "z")])).toBe(1);
});

test("what is not known is no evidence against anybody", () => {
  expect(roundsWithoutProgress([round(undefined), round(undefined)])).toBe(0);
  expect(roundsWithoutProgress([round(undefined, "x"), round(undefined, "y")])).toBe(0);
});

test("findings are the items of a rejection, else its text", () => {
  expect(findingsIn("Please mend:\n\n1. Tests fail\n   in parse.ts\n2) No docs\n- Names\n")).toEqual([
    "Tests fail in parse.ts",
    "No docs",
    "Names",
  ]);
  expect(findingsIn("  It does not build. ")).toEqual(["It does not build."]);
  expect(findingsIn(" \n")).toEqual([]);
});
