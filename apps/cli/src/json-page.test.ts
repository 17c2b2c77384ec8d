// docs/json.md: the shapes that it tells are those that there are.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { ProjectStatus } from "./project-status.js";
import type { Waiting } from "./waiting.js";

const page = readFileSync(new URL("../../../docs/json.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("| "));
/** The row of a command, by its words in the first cell. */
const rowOf = (command: string) => rows.find((row) => namesIn(row).includes(command)) ?? "";
const namesIn = (row: string) =>
  [...(row.split(" | ")[0] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");

// The compiler asks for what is added.
const statusMembers: Readonly<Record<keyof ProjectStatus, true>> = {
  session: true,
  supervisor: true,
  agents: true,
  tickets: true,
  ready: true,
  actionRequired: true,
  notStarted: true,
  unmerged: true,
  mergeQueue: true,
  failedHooks: true,
  pool: true,
  upstream: true,
  waiting: true,
  begun: true,
};
const waitingKinds: Readonly<Record<Waiting["kind"], true>> = {
  "action-required": true,
  question: true,
  blocked: true,
  idle: true,
  "worktree-gone": true,
  message: true,
  budget: true,
  hook: true,
  "not-started": true,
  merge: true,
  salvage: true,
};

test("status: all its members; inbox: all kinds", () => {
  const [, members = ""] = /\{([^}]+)\}/.exec(rowOf("status").split(" | ")[1] ?? "") ?? [];
  expect(members.split(", ").toSorted()).toEqual(Object.keys(statusMembers).toSorted());
  const missing = Object.keys(waitingKinds).filter((kind) => !rowOf("inbox").includes(`\`${kind}\``));
  expect(missing).toEqual([]);
});
