import { expect, test } from "vitest";
import { hookDepthOf, withHookDepth } from "./hook-depth.js";

test("the depth goes into the cause of a write and comes out of it again", () => {
  for (const cause of [undefined, "", "spawn failed", "hand-in of c0ffee", "x; hook depth 3"]) {
    for (const depth of [0, 1, 8]) expect(hookDepthOf(withHookDepth(cause, depth))).toBe(depth);
  }
  expect(withHookDepth("hand-in of c0ffee", 2)).toBe("hand-in of c0ffee; hook depth 2");
  expect(withHookDepth(undefined, 0)).toBeUndefined();
});

test("only our own mark at the end counts", () => {
  for (const cause of [undefined, "hook depth 4 or so", "no hook depth 4", "hook depth", "; hook depth -1"]) {
    expect(hookDepthOf(cause)).toBe(0);
  }
});
