// The index may be anything, at any time: that costs time, and never an answer.
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import type { GitBackend } from "../create-git-backend.js";
import { claim, file, first, makeStore, rewrite, type StoreFixture } from "../store.fixture.js";
import { storePaths } from "../store-layout.js";
import type { WorkerOrder } from "../worker.fixture.js";
import { workerStarter } from "../worker-process.fixture.js";
import { answersWithoutIndex } from "./without-index.fixture.js";

const start = workerStarter();

async function storeOf(count: number): Promise<StoreFixture & { readonly path: string }> {
  const store = await makeStore();
  for (let index = 0; index < count; index++) {
    await file(store.backend, `tk-${index.toString(16).padStart(4, "0")}`, {
      labels: [`area-${index % 3}`],
      body: `\n${"words ".repeat(200)}\n`,
    });
  }
  await store.backend.list();
  return { ...store, path: join(store.root, storePaths.index) };
}

async function checkAnswers(backend: GitBackend, root: string): Promise<void> {
  const reference = answersWithoutIndex(root);
  for (const query of [
    {},
    { states: ["ready"] },
    { labels: ["area-1"] },
    { assignedAgentIds: ["worker-1"] },
  ]) {
    expect(await backend.list(query)).toEqual(reference.list(query));
    expect((await backend.summaries(query)).tickets.map(({ ticket }) => ticket.id)).toEqual(
      reference.list(query).tickets.map(({ ticket }) => ticket.id),
    );
  }
  expect(await backend.ids()).toEqual(reference.ids);
}

function withDatabase(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function overwrite(path: string, at: (size: number) => number, bytes: number): void {
  const content = readFileSync(path);
  const from = at(content.length);
  for (let offset = from; offset < Math.min(content.length, from + bytes); offset++)
    content[offset] = (offset * 131 + 89) & 255;
  writeFileSync(path, content);
}

const damages: Readonly<Record<string, (path: string) => void>> = {
  deleted: (path) => rmSync(path),
  "deleted with all that is beside it": (path) => rmSync(dirname(path), { recursive: true }),
  "without its log": (path) => rmSync(`${path}-wal`, { force: true }),
  empty: (path) => truncateSync(path, 0),
  "cut off in the middle": (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  "cut off in the first page": (path) => truncateSync(path, 100),
  garbage: (path) => writeFileSync(path, "This is no database.\n".repeat(2000)),
  "garbage in its first page": (path) => overwrite(path, () => 0, 4096),
  "garbage in every page but the first": (path) => overwrite(path, () => 4096, 2 ** 30),
  "of an older form": (path) => withDatabase(path, "UPDATE meta SET value = '0' WHERE name = 'format'"),
  "of a newer form": (path) => withDatabase(path, "UPDATE meta SET value = '99' WHERE name = 'format'"),
  "somebody else's database": (path) => {
    rmSync(path);
    withDatabase(path, "CREATE TABLE meta (a); CREATE TABLE ticket (b)");
  },
  "without a table": (path) => withDatabase(path, "DROP TABLE problem"),
  "with a row that says something else": (path) =>
    withDatabase(path, "UPDATE ticket SET facts = '{}' WHERE id = 'tk-0003'"),
  "a folder": (path) => {
    rmSync(path);
    mkdirSync(join(path, "deep"), { recursive: true });
  },
  "a link to nowhere": (path) => {
    rmSync(path);
    symlinkSync("/nowhere/at/all", path);
  },
  "a link to a full device": (path) => {
    rmSync(path);
    symlinkSync("/dev/full", path);
  },
  "a file in the place of its folder": (path) => {
    rmSync(dirname(path), { recursive: true });
    writeFileSync(dirname(path), "");
  },
};

describe("an index that is", () => {
  test.each(Object.keys(damages))(
    "%s",
    async (name) => {
      const store = await storeOf(12);
      const { backend, root, path } = store;
      // Nobody has it open.
      await backend.close();
      damages[name]?.(path);
      await checkAnswers(store.open(), root);
      await checkAnswers(backend, root);
      // In use, with a write behind it.
      if (existsSync(path) && statSync(path).isFile()) damages[name]?.(path);
      await checkAnswers(backend, root);
      const record = first((await backend.list({ ids: ["tk-0003"] })).tickets);
      await rewrite(backend, record, claim("worker-1"));
      await checkAnswers(backend, root);
      await checkAnswers(store.open(), root);
    },
    120_000,
  );
});

test("garbage anywhere in the file is noticed, or harmless", async () => {
  const store = await storeOf(12);
  const { backend, root, path } = store;
  await backend.close();
  const whole = readFileSync(path);
  for (let page = 0; page < whole.length / 4096; page++) {
    writeFileSync(path, whole);
    overwrite(path, () => page * 4096, 4096);
    const other = store.open();
    await checkAnswers(other, root);
    await other.close();
  }
}, 240_000);

test("an index that was made before is taken up: nothing is parsed again", async () => {
  const store = await storeOf(3);
  await store.backend.close();
  const before = statSync(store.path).mtimeMs;
  // Objects that are gone cannot be read: what is answered comes from the index.
  const blob = store.plain("rev-parse", "main:tk-0001.md");
  rmSync(join(store.root, "objects", blob.slice(0, 2), blob.slice(2)));
  const { tickets } = await store.open().summaries();
  expect(tickets.map(({ ticket }) => ticket.id)).toEqual(["tk-0000", "tk-0001", "tk-0002"]);
  expect(statSync(store.path).mtimeMs).toBe(before);
});

test("an object that is missing is told while it is, and not remembered", async () => {
  const store = await storeOf(3);
  const { root, path } = store;
  await store.backend.close();
  const backend = store.open();
  const blob = store.plain("rev-parse", "main:tk-0001.md");
  const object = join(root, "objects", blob.slice(0, 2), blob.slice(2));
  const content = readFileSync(object);
  rmSync(path);
  rmSync(object);
  const broken = await backend.list();
  expect(broken.problems.map(({ id }) => id)).toEqual(["tk-0001"]);
  expect(broken.tickets).toHaveLength(2);
  await expect(backend.read("tk-0001")).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
  writeFileSync(object, content);
  expect(await backend.list()).toEqual(answersWithoutIndex(root).list());
  expect(await store.open().list()).toEqual(answersWithoutIndex(root).list());
});

function probe(store: StoreFixture, prepare: string): string {
  const order = { root: store.root, name: "x", task: "probe", tickets: ["tk-0001"] } satisfies WorkerOrder;
  const cache = dirname(join(store.root, storePaths.index));
  const words = ["-rm", "sh", "-c", `${prepare} && shift && exec "$@"`, cache, "-"];
  const ended = spawnSync(
    "unshare",
    [...words, process.execPath, start.program.path, JSON.stringify(order)],
    {
      encoding: "utf8",
    },
  );
  return ended.status === 0 ? ended.stdout : `${ended.error ?? ""}${ended.stderr}`;
}

const mayMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

test.runIf(mayMount).each([
  ["read-only", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"'],
  ["full", 'mount -t tmpfs -o size=12k tmpfs "$0"'],
])("a disk that is %s for the index keeps nobody from reading or writing tickets", async (_name, prepare) => {
  const store = await storeOf(3);
  await rewrite(store.backend, first((await store.backend.list()).tickets), { title: "Behind the index" });
  expect(probe(store, prepare)).toBe("3 written\n");
});

test("many processes that find no index at one instant all answer, beside one that writes", async () => {
  const store = await storeOf(20);
  await store.backend.close();
  execFileSync("rm", ["-rf", dirname(store.path)]);
  const readers = Array.from({ length: 5 }, (_, index) =>
    start({ root: store.root, name: `reader-${index}`, task: "read", tickets: [] }),
  );
  for (const { lines } of readers) expect((await lines.next()).value).toBe("reading");
  const tickets = ["tk-0001", "tk-0002"];
  const writer = start({ root: store.root, name: "writer", task: "loop", tickets, rounds: 10 });
  expect(await writer.ended).toMatchObject({ code: 0 });
  for (const { child, ended } of readers) {
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await ended;
  }
  await checkAnswers(store.backend, store.root);
  await checkAnswers(store.open(), store.root);
}, 120_000);
