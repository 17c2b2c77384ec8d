import { DatabaseSync } from "node:sqlite";
import type { FailedSpawn } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { forgetFailedSpawns, listFailedSpawns, recordFailedSpawn } from "./registry-failed-spawns.js";

const failed = (change: Partial<FailedSpawn> = {}): FailedSpawn => ({
  ticketId: "tk-1",
  role: "worker",
  state: "ready",
  enteredAtMs: 10,
  atMs: 20,
  reason: "no way",
  hasSession: false,
  ...change,
});

test("a registry without a failure has nothing to tell and nothing to forget", () => {
  const database = new DatabaseSync(":memory:");
  expect(listFailedSpawns(database, undefined)).toEqual([]);
  forgetFailedSpawns(database, "tk-1", "worker");
  expect(database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"]).toBe(0);
});

test("comes back as it was, oldest first; another stay of the ticket takes its place, and one role can be forgotten", () => {
  const database = new DatabaseSync(":memory:");
  const rows = [failed(), failed({ atMs: 30, hasSession: true }), failed({ ticketId: "tk-2", role: "qa" })];
  for (const row of rows) recordFailedSpawn(database, row);
  expect(listFailedSpawns(database, undefined)).toEqual(rows);
  expect(listFailedSpawns(database, "tk-1")).toEqual(rows.slice(0, 2));
  forgetFailedSpawns(database, "tk-1", "qa");
  expect(listFailedSpawns(database, "tk-1")).toHaveLength(2);
  const later = failed({ enteredAtMs: 40, atMs: 50 });
  recordFailedSpawn(database, later);
  expect(listFailedSpawns(database, undefined)).toEqual([rows[2], later]);
  forgetFailedSpawns(database, "tk-1", "worker");
  expect(listFailedSpawns(database, "tk-1")).toEqual([]);
});

test("what fails for ever does not grow for ever", () => {
  const database = new DatabaseSync(":memory:");
  for (let atMs = 0; atMs < 250; atMs++) recordFailedSpawn(database, failed({ atMs }));
  const kept = listFailedSpawns(database, undefined);
  expect(kept).toHaveLength(100);
  expect(kept.at(-1)?.atMs).toBe(249);
});
