import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { maxCutOffRuns, type NewOutboxRow, type Outbox, type OutboxRow } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createOutbox } from "./outbox-store.js";
import { killChildren, startChild } from "./testing/child-process.js";
import { type HookFixture, hookFixture } from "./testing/hook-fixture.js";

const drainer = new URL("./testing/drain-rows.ts", import.meta.url);

let fixture: HookFixture;
const open: Outbox[] = [];
beforeEach(() => {
  fixture = hookFixture();
});
afterEach(async () => {
  killChildren();
  await Promise.all(open.splice(0).map((outbox) => outbox.close()));
  fixture.remove();
});

function outboxAt(now?: () => Date): Outbox {
  const { outboxDatabase: path, ownersDirectory } = fixture.paths;
  const outbox = createOutbox({ path, ownersDirectory, now });
  open.push(outbox);
  return outbox;
}

function row(event: number, hook = "work", extra: Partial<NewOutboxRow> = {}): NewOutboxRow {
  return {
    eventId: `op${event}:tk-${event}`,
    hook,
    index: 0,
    ticketId: `tk-${event}`,
    from: "ready",
    to: "in-progress",
    mode: "retry",
    timeoutMs: 30_000,
    depth: 1,
    ...extra,
  };
}

const states = (rows: readonly OutboxRow[]) =>
  rows.map(({ hook, status, attempts }) => [hook, status, attempts]);

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return ""; // no process, or gone by now
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await condition()); waitedMs += 20) {
    if (waitedMs > 30_000) throw new Error("waited too long");
    await sleep(20);
  }
}

describe("cursor and rows", () => {
  test("only the reader that saw the cursor may move it: a slow one neither moves it back nor adds rows", async () => {
    const [fast, slow] = [outboxAt(), outboxAt()];
    expect(await fast.cursor()).toBeUndefined();
    expect(await fast.record([], "c1", undefined)).toBe(true);
    expect(await slow.record([row(1)], "c0", undefined)).toBe(false);
    expect(await fast.record([row(1)], "c3", "c1")).toBe(true);
    expect(await slow.record([row(2)], "c2", "c1")).toBe(false);
    expect(await slow.cursor()).toBe("c3");
    expect((await slow.pending()).map(({ ticketId }) => ticketId)).toEqual(["tk-1"]);
  });

  test("all of a row comes back, and one (event, hook) is there once", async () => {
    const outbox = outboxAt();
    const full = row(1, "a", {
      agentId: "worker-0",
      mode: "once",
      depth: 3,
      at: "2026-01-01T00:00:00Z",
      index: 2,
    });
    await outbox.record([full, row(1, "b"), { ...full, depth: 9 }], "c1", undefined);
    expect(await outbox.pending()).toEqual([
      { ...full, status: "pending", attempts: 0, lastOutput: undefined, notBefore: undefined },
      expect.objectContaining({ hook: "b" }),
    ]);
    expect(await outbox.pending("tk-9")).toEqual([]);
  });
});

describe("who may run what", () => {
  test("in order per ticket, side by side across tickets", async () => {
    const [first, second] = [outboxAt(), outboxAt()];
    const rows = [row(1, "a"), row(1, "b"), row(2, "a")];
    await first.record(rows, "c1", undefined);
    const one = await first.takeNext();
    const two = await second.takeNext();
    expect([one?.ticketId, one?.hook, two?.ticketId, two?.hook]).toEqual(["tk-1", "a", "tk-2", "a"]);
    expect(await second.takeNext()).toBeUndefined(); // b waits for a, whoever asks
    if (one === undefined) throw new Error("no row");
    await first.finish(one, { status: "done", output: "" });
    expect((await second.takeNext())?.hook).toBe("b");
  });

  test("a row that is to be tried later holds back the next one of its ticket, and counts no attempt", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const outbox = outboxAt(() => new Date(now));
    await outbox.record([row(1, "a"), row(1, "b")], "c1", undefined);
    const taken = await outbox.takeNext();
    if (taken === undefined) throw new Error("no row");
    await outbox.finish(taken, { status: "pending", output: "full", retryAfterMs: 5_000, isAttempt: false });
    expect(await outbox.takeNext()).toBeUndefined();
    expect((await outbox.pending())[0]).toMatchObject({
      attempts: 0,
      lastOutput: "full",
      notBefore: "2026-01-01T00:00:05.000Z",
    });
    now += 5_000;
    expect(await outbox.takeNext()).toMatchObject({ hook: "a", attempts: 1 });
  });

  test("nobody finishes a row that is not theirs", async () => {
    const [one, other] = [outboxAt(), outboxAt()];
    await one.record([row(1)], "c1", undefined);
    const taken = await one.takeNext();
    if (taken === undefined) throw new Error("no row");
    await other.takeNext();
    await expect(other.finish(taken, { status: "done", output: "" })).rejects.toThrow("not ours");
    await one.finish(taken, { status: "done", output: "" });
    expect(await one.pending()).toEqual([]);
  });

  test("a person decides about a failed row, and about nothing else", async () => {
    const outbox = outboxAt();
    await outbox.record([row(1), row(2)], "c1", undefined);
    const taken = await outbox.takeNext();
    if (taken === undefined) throw new Error("no row");
    await expect(outbox.resolve(taken.eventId, "work", "retry")).rejects.toMatchObject({
      code: "HOOK_RUN_NOT_FOUND",
    });
    await outbox.finish(taken, { status: "failed", output: "no" });
    await outbox.resolve(taken.eventId, "work", "retry");
    expect(states(await outbox.pending())).toEqual([
      ["work", "pending", 0],
      ["work", "pending", 0],
    ]);
    await outbox.resolve(taken.eventId, "work", "drop");
    expect((await outbox.pending()).map(({ ticketId }) => ticketId)).toEqual(["tk-2"]);
    await expect(outbox.resolve("none", "work", "drop")).rejects.toMatchObject({
      code: "HOOK_RUN_NOT_FOUND",
    });
  });
});

describe("processes", () => {
  /** Each run appends one line, in one write. */
  const leaveMark = '#!/bin/sh\necho "$WIGGUM_EVENT_ID $WIGGUM_HOOK_NAME" >>ran\n';
  const ran = () => {
    const path = join(fixture.paths.root, "ran");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  };

  test("several drainers at once: every row runs exactly once", async () => {
    fixture.hook("work", leaveMark);
    fixture.hook("more", leaveMark);
    const rows = Array.from({ length: 12 }, (_, event) => [row(event), row(event, "more")]).flat();
    const outbox = outboxAt();
    await outbox.record(rows, "c0", undefined);
    const children = [1, 2, 3].map(() => startChild(drainer, [fixture.paths.root]));
    await Promise.all(children.map((child) => child.ended()));
    expect(children.map((child) => child.errors())).toEqual(["", "", ""]);
    expect(ran().sort()).toEqual(rows.map(({ eventId, hook }) => `${eventId} ${hook}`).sort());
    for (const { eventId } of rows) {
      expect(ran().filter((line) => line.startsWith(`${eventId} `))).toEqual([
        `${eventId} work`,
        `${eventId} more`,
      ]);
    }
    expect(await outbox.pending()).toEqual([]);
  }, 120_000);

  // P25
  test("SIGKILL of a drainer in the middle of a hook: retry runs again, once is parked", async () => {
    const hang = '#!/bin/sh\necho "$WIGGUM_HOOK_NAME" >>ran\n[ -e go ] && exit 0\nexec sleep 600\n';
    fixture.hook("again", hang);
    fixture.hook("only", hang);
    const outbox = outboxAt();
    await outbox.record([row(1, "again"), row(2, "only", { mode: "once" })], "c0", undefined);
    const child = startChild(drainer, [fixture.paths.root]);
    await until(() => ran().length === 2);
    await child.kill();
    writeFileSync(join(fixture.paths.root, "go"), "");
    const next = startChild(drainer, [fixture.paths.root]);
    expect(await next.line()).toContain('"unresolved":1');
    await next.ended();
    expect(ran().sort()).toEqual(["again", "again", "only"]);
    expect(states(await outbox.pending())).toEqual([["only", "parked", 1]]);
    await outbox.resolve("op2:tk-2", "only", "retry");
    const last = startChild(drainer, [fixture.paths.root]);
    await last.ended();
    expect(ran().filter((hook) => hook === "only")).toHaveLength(2);
    expect(await outbox.pending()).toEqual([]);
  }, 120_000);

  test("a hook whose process is killed each time is given up after ten runs, and said to be failed", async () => {
    const outbox = outboxAt();
    await outbox.record([row(1), row(1, "next")], "c0", undefined);
    fixture.hook("work", "#!/bin/sh\necho x >>ran\nexec sleep 600\n");
    fixture.hook("next", "#!/bin/sh\necho next >>ran\n");
    // A process that goes away with a row is as good as one that was killed.
    for (let run = 1; run <= maxCutOffRuns - 2; run++) {
      const gone = outboxAt();
      expect((await gone.takeNext())?.hook).toBe("work");
      await gone.close();
    }
    for (let attempt = 1; attempt <= 2; attempt++) {
      const child = startChild(drainer, [fixture.paths.root]);
      await until(() => ran().length === attempt);
      await child.kill();
    }
    const last = startChild(drainer, [fixture.paths.root]);
    await last.ended();
    expect(ran()).toEqual(["x", "x", "next"]); // what comes after a failed hook is not held back for ever
    expect(states(await outbox.pending())).toEqual([["work", "failed", maxCutOffRuns]]);
    const left = readdirSync("/proc").filter((pid) =>
      environmentOf(pid).includes("WIGGUM_EVENT_ID=op1:tk-1\0"),
    );
    expect(left).toEqual([]); // nobody would end them otherwise
  }, 120_000);

  test("failures are tried again after a pause that the drainer waits for, at most three times", async () => {
    fixture.hook("work", '#!/bin/sh\necho x >>ran\n[ "$(wc -l <ran)" -ge 2 ]\n');
    const outbox = outboxAt();
    await outbox.record([row(1)], "c0", undefined);
    const child = startChild(drainer, [fixture.paths.root, "20000"]);
    expect(JSON.parse(await child.line())).toMatchObject({ ran: 2, waiting: 0 });
    await child.ended();
    expect(ran()).toHaveLength(2);
    expect(await outbox.pending()).toEqual([]);
  }, 120_000);
});

describe("a file that cannot be used", () => {
  test("rubbish, another database and a newer format are named with the next step", async () => {
    const { outboxDatabase: path } = fixture.paths;
    appendFileSync(path, "this is no database, however long it is read".repeat(50));
    await expect(outboxAt().pending()).rejects.toMatchObject({
      code: "OUTBOX_BROKEN",
      hint: expect.stringContaining("doctor"),
    });
    writeFileSync(path, "");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE theirs (x)");
    await expect(outboxAt().pending()).rejects.toMatchObject({ code: "OUTBOX_BROKEN" });
    other.exec("PRAGMA user_version = 7");
    other.close();
    await expect(outboxAt().cursor()).rejects.toThrow("format 7");
  });

  test("one that was moved aside while it was open is made anew, not written to unseen", async () => {
    const outbox = outboxAt();
    await outbox.record([row(1)], "c1", undefined);
    renameSync(fixture.paths.outboxDatabase, `${fixture.paths.outboxDatabase}.aside`);
    expect(await outbox.cursor()).toBeUndefined();
    expect(existsSync(fixture.paths.outboxDatabase)).toBe(true);
  });
});
