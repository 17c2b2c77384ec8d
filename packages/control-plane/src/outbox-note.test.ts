import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { NewOutboxRow, Outbox } from "@wiggum/workflow";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createOutbox } from "./outbox-store.js";
import { type HookFixture, hookFixture } from "./testing/hook-fixture.js";

let fixture: HookFixture;
const open: Outbox[] = [];
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((outbox) => outbox.close()));
  fixture.remove();
});

function outboxAt(): Outbox {
  const { outboxDatabase: path, ownersDirectory } = fixture.paths;
  const outbox = createOutbox({ path, ownersDirectory });
  open.push(outbox);
  return outbox;
}

const row: NewOutboxRow = {
  eventId: "op1:tk-1",
  hook: "work",
  index: 0,
  ticketId: "tk-1",
  from: "ready",
  to: "in-progress",
  mode: "retry",
  timeoutMs: 30_000,
  depth: 1,
};

/** What was written to the database was not written a moment ago. */
async function settled(): Promise<void> {
  const { outboxDatabase: path } = fixture.paths;
  while (Date.now() - statSync(path).ctimeMs < 120) await new Promise((resolve) => setTimeout(resolve, 10));
}

const inDatabase = () => {
  const database = new DatabaseSync(fixture.paths.outboxDatabase, { readOnly: true });
  try {
    return database.prepare("SELECT cursor FROM progress").get()?.["cursor"];
  } finally {
    database.close();
  }
};

test("what is known without a look is what a look finds, and no reader moves it back or over a change", async () => {
  const [one, other] = [outboxAt(), outboxAt()];
  expect(one.quietAt?.()).toBeUndefined();
  await one.record([], "c1", undefined);
  await settled();
  expect(await one.pending()).toEqual([]);
  expect(other.quietAt?.()).toBe("c1");
  // Changes that ask for no hook.
  expect(await one.record([], "c2", "c1")).toBe(true);
  expect(await other.record([], "c9", "c1")).toBe(false);
  expect([inDatabase(), other.quietAt?.(), await other.cursor()]).toEqual(["c1", "c2", "c2"]);
  // One that does.
  expect(await other.record([row], "c3", "c1")).toBe(false);
  expect(await other.record([row], "c3", "c2")).toBe(true);
  expect([inDatabase(), one.quietAt?.(), await one.cursor()]).toEqual(["c3", undefined, "c3"]);
  // As long as it waits, or failed, nothing is quiet, whatever comes.
  await settled();
  expect((await one.pending()).length).toBe(1);
  expect(await one.record([], "c4", "c3")).toBe(true);
  expect([inDatabase(), one.quietAt?.()]).toEqual(["c4", undefined]);
  const taken = await one.takeNext();
  if (taken === undefined) throw new Error("no row");
  await one.finish(taken, { status: "failed", output: "" });
  await settled();
  expect((await one.pending()).length).toBe(1);
  expect(one.quietAt?.()).toBeUndefined();
  await one.resolve(row.eventId, row.hook, "drop");
  await settled();
  expect(await other.pending()).toEqual([]);
  expect(one.quietAt?.()).toBe("c4");
}, 60_000);

test("a note about another database, a damaged one, or none: a look answers", async () => {
  const outbox = outboxAt();
  const { outboxDatabase: path } = fixture.paths;
  await outbox.record([], "c1", undefined);
  await settled();
  await outbox.pending();
  expect(outbox.quietAt?.()).toBe("c1");
  const note = readFileSync(`${path}-quiet`, "utf8");
  for (const damaged of ["", note.slice(0, -1), note.replace("wiggum", "other"), `${note}x`, "\0"]) {
    writeFileSync(`${path}-quiet`, damaged);
    expect([outbox.quietAt?.(), await outbox.cursor()]).toEqual([undefined, "c1"]);
  }
  writeFileSync(`${path}-quiet`, note);
  expect(outbox.quietAt?.()).toBe("c1");
  utimesSync(path, new Date(), new Date());
  expect(outbox.quietAt?.()).toBeUndefined();
  rmSync(path);
  expect([outbox.quietAt?.(), await outbox.cursor()]).toEqual([undefined, undefined]);
}, 60_000);

test("the note alone does not move on for ever", async () => {
  const outbox = outboxAt();
  await outbox.record([], "c0", undefined);
  await settled();
  await outbox.pending();
  for (let count = 1; count <= 60; count++)
    expect(await outbox.record([], `c${count}`, `c${count - 1}`)).toBe(true);
  expect(await outbox.cursor()).toBe("c60");
  expect(inDatabase()).not.toBe("c0");
  expect(existsSync(`${fixture.paths.outboxDatabase}-quiet`)).toBe(true);
}, 60_000);
