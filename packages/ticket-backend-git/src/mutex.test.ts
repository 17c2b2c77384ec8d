import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { again, openMutex } from "./mutex.js";

function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-mutex-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Another process that takes the lock and keeps it until it is killed. */
async function holdElsewhere(path: string): Promise<ChildProcess> {
  const program = `const { DatabaseSync } = require("node:sqlite");
    const database = new DatabaseSync(process.argv[1]);
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE");
    process.stdout.write("held");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", program, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

test("callers of one process take turns, in the order in which they came", async () => {
  const mutex = openMutex(join(temporaryFolder(), "lock.db"));
  const order: number[] = [];
  await Promise.all([0, 1, 2, 3].map((index) => mutex.run(() => void order.push(index), { waitMs: 1000 })));
  expect(order).toEqual([0, 1, 2, 3]);
});

// P9
test("another process keeps us out; SIGKILL frees the lock at once", async () => {
  const path = join(temporaryFolder(), "lock.db");
  const child = await holdElsewhere(path);
  const mutex = openMutex(path);
  await expect(mutex.run(() => "mine", { waitMs: 50 })).rejects.toMatchObject({ code: "STORE_BUSY" });
  const waiting = mutex.run(() => "mine", { waitMs: 20_000 });
  child.kill("SIGKILL");
  expect(await waiting).toBe("mine");
});

test("the lock is let go when the work throws, and when it asks to be called again", async () => {
  const path = join(temporaryFolder(), "lock.db");
  const mutex = openMutex(path);
  await expect(
    mutex.run(
      () => {
        throw new Error("work failed");
      },
      { waitMs: 100 },
    ),
  ).rejects.toThrow("work failed");
  let calls = 0;
  expect(await mutex.run(() => (++calls < 3 ? again : calls), { waitMs: 5000 })).toBe(3);
  await expect(
    mutex.run(() => again, { waitMs: 10, onGivingUp: (waitedMs) => new Error(`gave up: ${waitedMs >= 10}`) }),
  ).rejects.toThrow("gave up: true");
});

test("the file stays empty and alone: no journal lies beside it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "lock.db");
  await openMutex(path).run(
    () => {
      expect(statSync(path).size).toBe(0);
      expect(existsSync(`${path}-journal`)).toBe(false);
    },
    { waitMs: 100 },
  );
  expect(statSync(path).size).toBe(0);
});

test("a replaced lock file is noticed: before the work it is opened anew, within the work it is told", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "lock.db");
  const mutex = openMutex(path);
  await mutex.run(() => {}, { waitMs: 100 });
  renameSync(path, `${path}.old`);
  writeFileSync(path, "");
  const child = await holdElsewhere(path);
  // Our handle is on the old file, which nobody holds: taking that would lock nobody out.
  await expect(mutex.run(() => "mine", { waitMs: 50 })).rejects.toMatchObject({ code: "STORE_BUSY" });
  child.kill("SIGKILL");
  const isOurs = await mutex.run(
    (held) => {
      const before = held.isOurs();
      renameSync(path, `${path}.older`);
      return [before, held.isOurs()];
    },
    { waitMs: 20_000 },
  );
  expect(isOurs).toEqual([true, false]);
});

test("a lock file that is no database says what to do", async () => {
  const path = join(temporaryFolder(), "lock.db");
  writeFileSync(path, "this is not a database file, and it is long enough to be taken for one ".repeat(20));
  await expect(openMutex(path).run(() => {}, { waitMs: 100 })).rejects.toMatchObject({
    code: "STORE_BROKEN",
    hint: expect.stringContaining(path),
  });
});
