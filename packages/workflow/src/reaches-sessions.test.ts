import { expect, test } from "vitest";
import { reachesSessionsOf } from "./reaches-sessions.js";

test("a runner reaches its own sessions, those it says it goes on with, and no others", () => {
  expect(reachesSessionsOf({ name: "process" }, "process")).toBe(true);
  expect(reachesSessionsOf({ name: "process" }, "tmux")).toBe(false);
  expect(reachesSessionsOf({ name: "process", goesOnWith: ["tmux"] }, "tmux")).toBe(true);
  expect(reachesSessionsOf({ name: "process", goesOnWith: ["tmux"] }, "")).toBe(false);
});
