import { hostname } from "node:os";
import { isWorkflowError } from "@wiggum/workflow";
import { afterEach, beforeEach, expect, test } from "vitest";
import { notedScheduler } from "./scheduler-note.js";
import { asOnlySupervisor } from "./supervisor-lock.js";
import { killChildren, startChild } from "./testing/child-process.js";
import { type HookFixture, hookFixture } from "./testing/hook-fixture.js";

let fixture: HookFixture;
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(() => {
  killChildren();
  fixture.remove();
});

const start = () =>
  startChild(new URL("./testing/hold-supervision.ts", import.meta.url), [fixture.paths.root]);
const tryHere = () =>
  asOnlySupervisor(
    fixture.paths,
    () => new Date(),
    async () => "took over",
  ).catch((error: unknown) => {
    if (isWorkflowError(error, "SUPERVISOR_RUNNING")) return error;
    throw error;
  });

// P9
test("one at a time; a refused one says where the other is; after SIGKILL the next takes over at once", async () => {
  const first = start();
  const since = await first.line();
  const refused = await tryHere();
  expect(refused).toMatchObject({
    message: `'wiggum run' is at work on this project already: process ${first.pid} on ${hostname()}, since ${since}`,
    data: { pid: first.pid, host: hostname(), since },
  });
  await first.kill();
  expect(await tryHere()).toBe("took over");
}, 60_000);

test("of several that start at one moment one is let in, and the others name it", async () => {
  const children = Array.from({ length: 6 }, start);
  const lines = await Promise.all(children.map((child) => child.line()));
  const winners = children.filter((_, index) => !lines[index]?.startsWith("{"));
  expect(winners).toHaveLength(1);
  const named = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).pid);
  expect(named).toEqual(Array.from({ length: 5 }, () => winners[0]?.pid));
}, 60_000);

test("what the action throws comes out, and the place is free again", async () => {
  const failing = asOnlySupervisor(
    fixture.paths,
    () => new Date(),
    () => Promise.reject(new Error("no")),
  );
  await expect(failing).rejects.toThrow("no");
  expect(await tryHere()).toBe("took over");
});

// P30: what a run may use is no more because it was killed on the way.
test("a run that was killed goes on under its name; after an end of its own the next has another", async () => {
  const runNow = () =>
    asOnlySupervisor(
      fixture.paths,
      () => new Date(),
      async () => notedScheduler(fixture.paths)?.run,
    );
  const first = start();
  await first.line();
  const killed = notedScheduler(fixture.paths)?.run;
  expect(killed).toMatch(/^[0-9A-Z]{26}$/);
  await first.kill();
  expect(await runNow()).toBe(killed);
  expect(await runNow()).not.toBe(killed);
}, 60_000);
