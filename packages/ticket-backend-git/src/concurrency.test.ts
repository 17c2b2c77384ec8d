import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { judgeHistory, readJournal } from "./journal.fixture.js";
import { file, makeStore, rewrite, ticket } from "./store.fixture.js";
import type { WorkerOrder } from "./worker.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();

// Written in process (tickets in one folder, or in many), objects by git, all by git: the promise is the same.
const kinds = ["plain", "fan-out", "sha256", "extended"] as const;

// P1
test.each(kinds)(
  "16 processes claim one ticket at one instant: one wins, all others are told who (%s)",
  async (kind) => {
    const store = await makeStore({}, kind);
    await file(store.backend, "tk-0001");
    const names = Array.from({ length: 16 }, (_, index) => `worker-${index}`);
    const started = names.map((name) =>
      start({ root: store.root, name, task: "claim", tickets: ["tk-0001"] }),
    );
    for (const { lines } of started) expect((await lines.next()).value).toBe("ready");
    for (const { child } of started) child.stdin?.write("go\n");
    const answers = await Promise.all(started.map(async ({ lines }) => String((await lines.next()).value)));
    for (const { ended } of started) expect((await ended).errors).toBe("");
    const winner = names[answers.indexOf("won")];
    expect(answers.filter((answer) => answer === "won")).toHaveLength(1);
    expect(answers.filter((answer) => answer === `lost to ${winner}`)).toHaveLength(15);
    expect((await store.backend.read("tk-0001")).record?.ticket.assignedAgentId).toBe(winner);
    expect(store.plain("rev-list", "--count", "main")).toBe("3");
    judgeHistory(store, [{ kind: "acknowledged", operationId: `claim-${winner}`, id: "tk-0001" }]);
  },
  120_000,
);

test.each(kinds)(
  "16 processes write 16 tickets at one instant: all land (%s)",
  async (kind) => {
    const store = await makeStore({}, kind);
    const ids = Array.from({ length: 16 }, (_, index) => `tk-00${String(index).padStart(2, "0")}`);
    await store.backend.commit({
      operationId: "op-all",
      actor: { kind: "person", id: "manual" },
      subject: "All",
      at: "2026-01-02T03:04:05Z",
      changes: ids.map((id) => ({ id, expected: null, next: ticket(id) })),
    });
    const journal = join(store.folder, "journal");
    const started = ids.map((id, index) =>
      start({ root: store.root, name: `worker-${index}`, task: "claim", tickets: [id], journal }),
    );
    for (const { lines } of started) await lines.next();
    for (const { child } of started) child.stdin?.write("go\n");
    for (const { lines, ended } of started) {
      expect((await lines.next()).value, (await ended).errors).toBe("won");
    }
    const { tickets, problems } = await store.backend.list();
    expect(problems).toEqual([]);
    expect(tickets.map((record) => record.ticket.assignedAgentId)).toEqual(
      ids.map((_, index) => `worker-${index}`),
    );
    judgeHistory(store, readJournal(journal));
  },
  120_000,
);

// P4, P9, P25
test("processes killed at random moments lose nothing acknowledged, and the next command works", async () => {
  const store = await makeStore();
  const ids = ["tk-0001", "tk-0002", "tk-0003"];
  for (const id of ids) await file(store.backend, id);
  const journal = join(store.folder, "journal");
  let kills = 0;
  let generation = 0;
  // Each lives until an acknowledgement count of its own luck is reached, so that kills fall at every point of the write path.
  const one = async (slot: number) => {
    for (let life = 0; life < 6; life++) {
      const name = `w${slot}-${generation++}`;
      const tickets = ids.map((_, index) => ids[(index + slot) % ids.length] ?? "");
      const { child, ended } = start({
        root: store.root,
        name,
        task: "loop",
        tickets,
        rounds: 1000,
        journal,
      });
      const until = readJournal(journal).length + 2 + Math.floor(Math.random() * 12);
      while (readJournal(journal).length < until && child.exitCode === null)
        await pause(1 + Math.random() * 10);
      child.kill("SIGKILL");
      const end = await ended;
      expect(end.signal, end.errors).toBe("SIGKILL");
      kills += 1;
    }
  };
  await Promise.all([0, 1, 2, 3].map(one));
  expect(kills).toBe(24);
  const entries = readJournal(journal);
  expect(entries.filter(({ kind }) => kind === "acknowledged").length).toBeGreaterThan(10);
  // No git command by hand, no waiting for a lock to grow old.
  const { record } = await store.backend.read("tk-0001");
  if (record === undefined) throw new Error("lost");
  await rewrite(store.backend, record, { title: "After all" });
  judgeHistory(store, entries);
  expect(readdirSync(join(store.root, "wiggum")).filter((name) => /^(wl-|tmp-|intent)/.test(name))).toEqual(
    [],
  );
}, 180_000);

// P4, P9
describe("killed at each step of a write", () => {
  const objectSteps = ["blob", "tree", "commit"].flatMap((type) =>
    ["opened", "written", "synced", "stored"].map((step) => `${type}-${step}`),
  );
  const refSteps = ["own-lock-written", "intent-written", "locked", "compared", "moved"];
  const turnSteps = ["planned", "mutex-held", "recorded", "released"];
  const committed = new Set(["moved", "recorded", "released"]);
  const points = [
    ...[...objectSteps, ...refSteps, ...turnSteps].map((step) => [step, "plain"] as const),
    ...[...refSteps, ...turnSteps].map((step) => [step, "sha256"] as const),
    ...turnSteps.map((step) => [step, "extended"] as const),
  ];

  test.each(points)(
    "'%s' (%s): it is in the history or it is not, and the next command works at once",
    async (killAt, kind) => {
      const store = await makeStore({}, kind);
      await file(store.backend, "tk-0001");
      const order: WorkerOrder = {
        root: store.root,
        name: "victim",
        task: "loop",
        tickets: ["tk-0001"],
        killAt,
      };
      const { ended } = start(order);
      const end = await ended;
      expect(end.signal, end.errors).toBe("SIGKILL");
      const isCommitted = committed.has(killAt);
      expect((await store.backend.outcome("victim-0")).status).toBe(isCommitted ? "committed" : "absent");
      // The same operation again: done once, whatever became of the first try.
      const { ended: again, lines } = start({
        root: store.root,
        name: "victim",
        task: "loop",
        tickets: ["tk-0001"],
      });
      expect((await lines.next()).value, (await again).errors).toBe("conflicts 0");
      const { record } = await store.backend.read("tk-0001");
      expect(record?.ticket.title).toBe("victim 0");
      expect(store.plain("rev-list", "--count", "main")).toBe("3");
      expect(existsSync(join(store.root, "refs/heads/main.lock"))).toBe(false);
      expect(store.plain("fsck", "--strict", "--no-dangling")).toBe("");
    },
  );
});

// P9
test("a live lock of a foreign git is waited for and never taken; one left behind is named with its path", async () => {
  const store = await makeStore();
  const record = await file(store.backend, "tk-0001");
  const lock = join(store.root, "refs/heads/main.lock");
  writeFileSync(lock, "");
  const impatient = store.open({ lockWaitMs: 100 });
  await expect(rewrite(impatient, record, { title: "Mine" })).rejects.toMatchObject({ code: "STORE_BUSY" });
  utimesSync(lock, new Date(Date.now() - 120_000), new Date(Date.now() - 120_000));
  await expect(rewrite(impatient, record, { title: "Mine" })).rejects.toMatchObject({
    code: "STORE_LOCKED",
    data: { path: lock },
    message: expect.stringContaining("no git process of this machine is at work in the store"),
    hint: expect.stringContaining("doctor --fix"),
  });
  // A live one is told by its number.
  const live = spawn("git", [`--git-dir=${store.root}`, "cat-file", "--batch"], { cwd: store.folder });
  await once(live, "spawn");
  await expect(rewrite(impatient, record, { title: "Mine" })).rejects.toMatchObject({
    code: "STORE_LOCKED",
    message: expect.stringContaining(`git process ${live.pid} is at work in the store`),
    hint: expect.stringContaining("Wait"),
  });
  live.stdin.end();
  await once(live, "exit");
  expect((await store.backend.diagnose()).map(({ path }) => path)).toEqual(["refs/heads/main.lock"]);
  const waiting = rewrite(store.backend, record, { title: "Mine" });
  rmSync(lock);
  expect((await waiting).ticket.title).toBe("Mine");
});

test("a person's git pack-refs and gc beside writers lose nothing", async () => {
  const store = await makeStore();
  for (const id of ["tk-0001", "tk-0002"]) await file(store.backend, id);
  const journal = join(store.folder, "journal");
  const started = ["tk-0001", "tk-0002"].map((id, index) =>
    start({ root: store.root, name: `w${index}`, task: "loop", tickets: [id], rounds: 25, journal }),
  );
  let isDone = false;
  const writing = Promise.all(started.map(({ ended }) => ended)).finally(() => {
    isDone = true;
  });
  for (let round = 0; !isDone; round++) {
    // A lock that a writer holds at that moment refuses it: git's business, not the writers'.
    const args = round % 3 === 2 ? ["gc", "-q"] : ["pack-refs", "--all"];
    spawnSync("git", args, { cwd: store.root });
    await pause(1);
  }
  for (const { code, errors } of await writing) expect(code, errors).toBe(0);
  const entries = readJournal(journal);
  expect(entries.filter(({ kind }) => kind === "acknowledged")).toHaveLength(50);
  judgeHistory(store, entries);
});

// On a read-only file system also for the superuser, where this machine lets us make one; else for a user without the right.
test("a store that cannot be written to can be read, and a write says so before it begins", async () => {
  const store = await makeStore();
  await file(store.backend, "tk-0001");
  const order = JSON.stringify({
    root: store.root,
    name: "x",
    task: "probe",
    tickets: ["tk-0001"],
  } satisfies WorkerOrder);
  const run = (command: string, args: readonly string[], user?: number) =>
    spawnSync(command, args, { encoding: "utf8", ...(user === undefined ? {} : { uid: user, gid: user }) });
  const mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
  const before = store.plain("count-objects", "-v");
  let ended = run("unshare", [
    "-rm",
    "sh",
    "-c",
    mounted,
    store.root,
    process.execPath,
    start.program.path,
    order,
  ]);
  if (ended.status !== 0) {
    // The tests' own user, or a stranger to the files of the superuser.
    execFileSync("chmod", ["-R", "a-w,a+rX", store.folder, dirname(start.program.path)]);
    ended = run(process.execPath, [start.program.path, order], process.getuid?.() === 0 ? 65_534 : undefined);
    execFileSync("chmod", ["-R", "u+w", store.folder, dirname(start.program.path)]);
  }
  expect(ended.stdout, ended.stderr).toBe("1 STORE_READ_ONLY\n");
  expect(store.plain("count-objects", "-v")).toBe(before);
});

test("at power level a write is as good as any", async () => {
  const store = await makeStore({ durability: "power" });
  const record = await file(store.backend, "tk-0001");
  await rewrite(store.backend, record, { title: "Synced" });
  expect(store.plain("rev-list", "--count", "main")).toBe("3");
});

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
