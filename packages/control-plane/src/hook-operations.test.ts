import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nextHookOperationId } from "./hook-operations.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-writes-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const inHook = (writes: string) => ({
  WIGGUM_EVENT_ID: "OP:tk-1",
  WIGGUM_HOOK_NAME: "on-claim",
  WIGGUM_HOOK_WRITES: writes,
});

test("the writes of one run are numbered; a second run starts again with the same ids", () => {
  expect([1, 2, 3].map(() => nextHookOperationId(inHook(folder)))).toEqual([
    "OP:tk-1/on-claim/1",
    "OP:tk-1/on-claim/2",
    "OP:tk-1/on-claim/3",
  ]);
  const second = mkdtempSync(join(folder, "second-"));
  expect(nextHookOperationId(inHook(second))).toBe("OP:tk-1/on-claim/1");
});

test("outside a hook, and when its run is over, there is none", () => {
  expect(nextHookOperationId({})).toBeUndefined();
  expect(nextHookOperationId({ ...inHook(folder), WIGGUM_EVENT_ID: "" })).toBeUndefined();
  expect(nextHookOperationId(inHook(join(folder, "gone")))).toBeUndefined();
});
