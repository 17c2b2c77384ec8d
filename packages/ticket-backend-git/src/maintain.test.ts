import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { judgeHistory, readJournal } from "./journal.fixture.js";
import { dueMaintenance, maintainStore } from "./maintain.js";
import { file, makeStore, rewrite } from "./store.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();
const inDays = (days: number) => () => new Date(Date.now() + days * 24 * 3_600_000);

/** Objects that no commit names, as many small writes would leave. */
function addLooseObjects(root: string, count: number): void {
  const input = Array.from({ length: count }, (_, index) => `loose ${index}`);
  for (const [index, text] of input.entries()) writeFileSync(join(root, `loose-${index}`), text);
  const names = input.map((_, index) => join(root, `loose-${index}`)).join("\n");
  execFileSync("git", ["-C", root, "hash-object", "-w", "--stdin-paths"], { input: names });
}

function childrenOf(pid: number | undefined): readonly number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,comm="], { encoding: "utf8" }).split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, parent, name]) => Number(parent) === pid && name === "git")
    .map(([own]) => Number(own));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Git processes that have that store as their folder. */
function gitsAt(root: string): readonly string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      const isGit = readFileSync(`/proc/${name}/comm`, "utf8").startsWith("git");
      return isGit && readlinkSync(`/proc/${name}/cwd`) === root;
    } catch {
      return false;
    }
  });
}

test("many loose objects are packed; nothing of a store that has few, or was cleaned lately, is touched", async () => {
  const store = await makeStore();
  const path = store.root;
  await file(store.backend, "tk-0001");
  expect(await maintainStore({ path })).toBe("not-due");
  addLooseObjects(path, 3_000);
  const counted = () => Number(/^count: (\d+)/m.exec(store.plain("count-objects", "-v"))?.[1]);
  const before = counted();
  expect(before).toBeGreaterThan(2_900);
  expect(dueMaintenance({ path })).toBe("pack");
  expect(await maintainStore({ path })).toBe("packed");
  expect(counted()).toBe(0);
  expect(await maintainStore({ path })).toBe("not-due");
  // What nobody names yet may be a write that is going on.
  expect(
    store.plain(
      "cat-file",
      "-p",
      execFileSync("git", ["hash-object", "--stdin"], { input: "loose 7" }).toString().trim(),
    ),
  ).toBe("loose 7");
  expect((await store.backend.list()).tickets).toHaveLength(1);

  expect(dueMaintenance({ path, now: inDays(8) })).toBe("clean");
  expect(await maintainStore({ path, now: inDays(8) })).toBe("cleaned");
  expect(dueMaintenance({ path, now: inDays(6) })).toBeUndefined();
  expect(store.plain("fsck", "--strict", "--no-dangling")).toBe("");
});

test("where git fails, nothing is harmed: doctor tells of it until it works again", async () => {
  const store = await makeStore();
  const path = store.root;
  const record = await file(store.backend, "tk-0001");
  addLooseObjects(path, 3_000);
  // A pack that is none makes git give up.
  writeFileSync(join(path, "objects", "pack", "pack-1234.idx"), "no index");
  writeFileSync(join(path, "objects", "pack", "pack-1234.pack"), "no pack");
  const isRefused = (await maintainStore({ path })) === "failed";
  if (!isRefused) chmodSync(join(path, "objects", "pack"), 0o500);
  const problems = await store.backend.diagnose();
  expect(isRefused).toBe(true);
  expect(problems.map(({ message }) => message).join("\n")).toContain("could not be packed");
  await rewrite(store.backend, record, { title: "Written all the same" });
  for (const name of readdirSync(join(path, "objects", "pack")))
    if (name.startsWith("pack-1234")) execFileSync("rm", [join(path, "objects", "pack", name)]);
  expect(await maintainStore({ path })).toBe("packed");
  expect(await store.backend.diagnose()).toEqual([]);
});

test("one process at a time; a lock that a killed one held is free", async () => {
  const store = await makeStore();
  addLooseObjects(store.root, 3_000);
  utimesSync(join(store.root, "config"), new Date(0), new Date(0));
  const both = await Promise.all([maintainStore({ path: store.root }), maintainStore({ path: store.root })]);
  expect(both.toSorted()).toEqual(["cleaned", "not-due"]);
  expect(existsSync(join(store.root, "wiggum", "cache", "maintained"))).toBe(true);
});

test("writers lose nothing while others pack, clean and are killed at it", async () => {
  const store = await makeStore();
  const ids = ["tk-0001", "tk-0002", "tk-0003"];
  for (const id of ids) await file(store.backend, id);
  const journal = join(store.folder, "journal");
  const writers = [0, 1, 2].map((slot) =>
    start({
      root: store.root,
      name: `w${slot}`,
      task: "loop",
      tickets: [ids[slot] ?? ""],
      rounds: 25,
      journal,
    }),
  );
  let isWriting = true;
  let cleaned = 0;
  let packed = 0;
  /** One dies alone, the other with the git that it started. */
  const keep = async (name: string, isWithGit: boolean) => {
    while (isWriting) {
      const { child, lines, ended } = start({ root: store.root, name, task: "maintain", tickets: [] });
      let last = "{}";
      for (let round = 0; round < 4 && isWriting; round++) last = String((await lines.next()).value ?? last);
      await sleep(Math.random() * 30);
      if (isWithGit) childrenOf(child.pid).forEach(kill);
      child.kill("SIGKILL");
      const { signal, errors } = await ended;
      expect(signal, errors).toBe("SIGKILL");
      const counts = JSON.parse(last) as { cleaned?: number; packed?: number };
      cleaned += counts.cleaned ?? 0;
      packed += counts.packed ?? 0;
    }
  };
  const keeping = Promise.all([keep("m0", false), keep("m1", true)]);
  for (const { ended } of writers) {
    const { code, errors } = await ended;
    expect(code, errors).toBe(0);
  }
  isWriting = false;
  await keeping;
  // What a killed one had started goes on.
  await expect.poll(() => gitsAt(store.root), { timeout: 60_000, interval: 50 }).toEqual([]);
  expect(packed + cleaned).toBeGreaterThan(0);
  const entries = readJournal(journal);
  expect(entries.filter(({ kind }) => kind === "acknowledged")).toHaveLength(75);
  judgeHistory(store, entries);
  expect(await store.backend.diagnose()).toEqual([]);
}, 180_000);
