// Tickets in 256 folders, and the way there and back: nothing of any ticket changes, and who looks finds all of it.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fanFolder, idOfPath, nameOfPath, pathIn } from "./fan-out.js";
import { judgeHistory, readJournal } from "./journal.fixture.js";
import {
  agreed,
  all,
  commitOf,
  file,
  first,
  makeStore,
  rewrite,
  type StoreFixture,
  type StoreKind,
  textOf,
  ticket,
} from "./store.fixture.js";
import { workerStarter } from "./worker-process.fixture.js";

const start = workerStarter();

const pathsOf = ({ plain }: StoreFixture) =>
  plain("ls-tree", "-r", "--name-only", "main")
    .split("\n")
    .filter((path) => path.includes("tk-") || path.includes("login"))
    .sort();

async function storeWith(kind: StoreKind, count = 5) {
  const store = await makeStore({}, kind);
  for (let index = 0; index < count; index++) await file(store.backend, `tk-${index}a0${index}`);
  return store;
}

test("the folder of a ticket follows from its id alone", () => {
  expect([fanFolder("tk-5c46"), fanFolder("tk-5c46ab12")]).toEqual(["5c", "5c"]);
  // printf %s login | sha1sum
  expect(fanFolder("login")).toBe("2736fab291f04e69b62d490c3c09361f5b82461a".slice(0, 2));
  expect(pathIn("fan-out", "tk-5c46.md")).toBe("5c/tk-5c46.md");
  expect(pathIn("flat", "tk-5c46.md")).toBe("tk-5c46.md");
  expect(pathIn("fan-out", ".wiggum-layout")).toBe(".wiggum-layout");
  expect(["5c/tk-5c46.md", "tk-5c46.md", "ab/tk-5c46.md", "5c/deep/tk-5c46.md"].map(idOfPath)).toEqual([
    "tk-5c46",
    "tk-5c46",
    undefined,
    undefined,
  ]);
  expect(nameOfPath("ab/tk-5c46.md")).toBe("ab/tk-5c46.md");
});

describe.each(["plain", "sha256"] as const)("a store (%s) that changes its layout", (kind) => {
  test("moves all in one commit; what is asked before and after has the same answers", async () => {
    const store = await storeWith(kind);
    const { backend, plain } = store;
    await file(backend, "login", { dependsOn: ["tk-1a01"] });
    const { operationId, actor, at } = commitOf([]);
    await backend.attachments.add({
      id: "tk-1a01",
      name: "log.txt",
      content: Buffer.from("all of it\n"),
      operationId,
      actor,
      at,
    });
    await rewrite(backend, first((await backend.list({ ids: ["tk-1a01"] })).tickets), { title: "New" });
    const told = async () => ({
      tickets: (await backend.list()).tickets,
      cold: (await store.open().list()).tickets,
      history: await all(backend.history("tk-1a01")),
      watch: await all(store.open().watch(undefined, { follow: false })),
      attachments: await backend.attachments.list("tk-1a01"),
      outcome: await store.open().outcome(operationId),
      ids: await backend.ids(),
    });
    const before = await told();
    const cursor = plain("rev-parse", "main");
    expect(await backend.lookAtLayout("fan-out")).toEqual({
      from: "flat",
      to: "fan-out",
      tickets: 6,
      moved: 7,
      dropped: 0,
    });
    expect(await backend.relayout("fan-out")).toBe(true);
    expect(await backend.relayout("fan-out")).toBe(false);
    expect(pathsOf(store)).toEqual(
      [
        "0a/tk-0a00.md",
        "1a/tk-1a01.md",
        "1a/tk-1a01/attachments/log.txt",
        `${fanFolder("login")}/login.md`,
        "2a/tk-2a02.md",
        "3a/tk-3a03.md",
        "4a/tk-4a04.md",
      ].sort(),
    );
    expect(plain("cat-file", "-p", "main:.wiggum-layout")).toBe("version: 2\nlayout: fan-out");
    expect(plain("rev-list", "--count", `${cursor}..main`)).toBe("1");
    expect(await told()).toEqual(before);
    expect(await all(store.open().watch(cursor, { follow: false }))).toEqual([]);

    // Written to in the new layout, read across the border.
    const moved = await rewrite(backend, first(before.tickets), { title: "Written in its folder" });
    const crossing = await all(store.open().history(moved.ticket.id));
    expect(crossing.map(({ after }) => after?.ticket.title).at(-1)).toBe("Written in its folder");
    expect(crossing).toHaveLength(2);
    await expect(rewrite(backend, first(before.tickets), { title: "Late" })).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { by: { id: "manual" } },
    });
    await agreed(store);

    expect(await backend.relayout("flat")).toBe(true);
    expect(pathsOf(store)).toContain("tk-1a01/attachments/log.txt");
    expect(pathsOf(store).filter((path) => /^[0-9a-f]{2}\//.test(path))).toEqual([]);
    expect((await agreed(store)).problems).toEqual([]);
    expect(plain("fsck", "--strict", "--no-dangling")).toBe("");
  }, 120_000);

  test("who changed a ticket last is told, not who moved it", async () => {
    const store = await storeWith(kind, 1);
    const stale = first((await store.backend.list()).tickets);
    await rewrite(store.backend, stale, { title: "First" }, { actor: { kind: "person", id: "pat" } });
    await store.backend.relayout("fan-out");
    await expect(rewrite(store.backend, stale, { title: "Late" })).rejects.toMatchObject({
      data: { by: { id: "pat" } },
    });
  }, 60_000);
});

describe("past us, into a store with folders", () => {
  test("a file at the top is a ticket like any other; the next write of it brings it home", async () => {
    const store = await storeWith("fan-out");
    const clone = store.clone();
    store.push(clone, { "tk-beef.md": textOf(ticket("tk-beef")) });
    expect((await agreed(store)).tickets.map(({ ticket: { id } }) => id)).toContain("tk-beef");
    const record = first((await store.backend.list({ ids: ["tk-beef"] })).tickets);
    await rewrite(store.backend, record, { title: "At home" });
    expect(pathsOf(store).filter((path) => path.includes("beef"))).toEqual(["be/tk-beef.md"]);
    expect((await agreed(store)).problems).toEqual([]);
  });

  test("a second file of one ticket is named and hides nothing; a repair leaves the one that counts", async () => {
    const store = await storeWith("fan-out");
    const clone = store.clone();
    const [stored] = (await store.backend.list({ ids: ["tk-1a01"] })).tickets;
    const other = textOf(ticket("tk-1a01", { title: "Somebody else's" }));
    store.push(clone, { "tk-1a01.md": other, "ab/tk-1a01.md": other, "ab/tk-f00d.md": "stray\n" });
    const { tickets, problems } = await agreed(store);
    expect(tickets).toHaveLength(5);
    expect(tickets.find(({ ticket: { id } }) => id === "tk-1a01")?.revision).toBe(stored?.revision);
    expect(problems.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      "FILE_FOREIGN ab",
      "TICKET_DUPLICATE tk-1a01.md",
    ]);
    // With a ticket of its own in it the folder is looked into.
    await file(store.backend, "tk-ab00");
    expect((await agreed(store)).problems.map(({ code, path }) => `${code} ${path}`).sort()).toEqual([
      "FILE_FOREIGN ab/tk-f00d.md",
      "TICKET_DUPLICATE ab/tk-1a01.md",
      "TICKET_DUPLICATE tk-1a01.md",
    ]);
    expect(await store.backend.putBack({ isTidied: true })).toBe(true);
    const tidied = await agreed(store);
    expect(tidied.problems).toEqual([]);
    expect(tidied.tickets).toHaveLength(6);
    expect(pathsOf(store).filter((path) => path.includes("1a01"))).toEqual(["1a/tk-1a01.md"]);
  });

  test("an illegal change in a folder is refused and put back, a deletion, too", async () => {
    const store = await storeWith("fan-out");
    const clone = store.clone();
    store.push(clone, { "1a/tk-1a01.md": "no ticket\n", "2a/tk-2a02.md": null });
    expect((await agreed(store)).tickets).toHaveLength(5);
    await file(store.backend, "tk-ffff");
    expect((await agreed(store)).problems).toEqual([]);
    expect(pathsOf(store)).toContain("2a/tk-2a02.md");
  });

  test("a pushed name of the layout changes nothing and is put back", async () => {
    const store = await storeWith("fan-out");
    store.push(store.clone(), { ".wiggum-layout": "version: 1\nlayout: flat\n" });
    await file(store.backend, "tk-ffff");
    expect(pathsOf(store)).toContain("ff/tk-ffff.md");
    expect(store.plain("cat-file", "-p", "main:.wiggum-layout")).toContain("fan-out");
  });

  test("an edit in an old checkout is carried along by a plain rebase", async () => {
    const store = await storeWith("plain");
    const clone = store.clone();
    const [stored] = (await store.backend.list({ ids: ["tk-1a01"] })).tickets;
    if (stored === undefined) throw new Error("There is none");
    await store.backend.relayout("fan-out");
    const edited = { ...stored.ticket, title: "From an old checkout" };
    writeFileSync(join(clone, "tk-1a01.md"), textOf(edited));
    store.plainIn(clone, "commit", "-qam", "By hand");
    store.plainIn(clone, "pull", "-q", "--rebase");
    store.plainIn(clone, "push", "-q", "origin", "HEAD:main");
    expect(pathsOf(store).filter((path) => path.includes("1a01"))).toEqual(["1a/tk-1a01.md"]);
    const { tickets, problems } = await agreed(store);
    expect(problems).toEqual([]);
    expect(tickets.map(({ ticket: { title } }) => title)).toContain("From an old checkout");
  });
});

test("a folder whose object is lost: its tickets are missed by name, all others are served", async () => {
  const store = await storeWith("fan-out");
  const tree = store.plain("rev-parse", "main:1a");
  rmSync(join(store.root, "objects", tree.slice(0, 2), tree.slice(2)));
  rmSync(join(store.root, "wiggum", "cache"), { recursive: true });
  const cold = store.open();
  const { tickets, problems } = await cold.list();
  expect(tickets.map(({ ticket: { id } }) => id)).toEqual(["tk-0a00", "tk-2a02", "tk-3a03", "tk-4a04"]);
  expect(problems.map(({ code, path }) => `${code} ${path}`)).toEqual(["STORE_FAULT 1a"]);
  // Nothing is written over what cannot be read.
  await expect(file(cold, "tk-1aff")).rejects.toMatchObject({ code: "STORE_BROKEN" });
  expect((await rewrite(cold, first(tickets), { title: "Goes on" })).ticket.title).toBe("Goes on");
});

test("a ticket whose id is the name of a folder keeps its attachments, whatever the layout", async () => {
  const store = await makeStore();
  const { backend } = store;
  for (const id of ["5c", "tk-5c46", "attachments"]) {
    await file(backend, id);
    const { operationId, actor, at } = commitOf([]);
    await backend.attachments.add({ id, name: "a.txt", content: Buffer.from(id), operationId, actor, at });
  }
  for (const layout of ["fan-out", "flat"] as const) {
    await backend.relayout(layout);
    for (const id of ["5c", "tk-5c46", "attachments"])
      expect(await store.open().attachments.list(id), `${layout} ${id}`).toHaveLength(1);
    expect((await agreed(store)).problems).toEqual([]);
  }
});

// P4
test.each([
  "planned",
  "mutex-held",
  "own-lock-written",
  "intent-written",
  "locked",
  "compared",
  "moved",
  "recorded",
  "released",
])(
  "killed at '%s' while it moves: before or after, never between",
  async (killAt) => {
    const store = await storeWith("plain", 12);
    const before = (await store.backend.list()).tickets;
    const { root } = store;
    const end = await start({ root, name: "victim", task: "relayout", tickets: [], killAt }).ended;
    expect(end.signal, end.errors).toBe("SIGKILL");
    const paths = pathsOf(store);
    expect(new Set(paths.map((path) => path.includes("/"))).size).toBe(1);
    expect(paths).toHaveLength(12);
    expect((await store.open().list()).tickets).toEqual(before);
    await store.open().relayout("fan-out");
    expect(pathsOf(store).every((path) => path.includes("/"))).toBe(true);
    expect((await agreed(store)).tickets).toEqual(before);
    expect(readdirSync(join(root, "refs", "heads"))).toEqual(["main"]);
  },
  60_000,
);

// P1
test("beside writers: all that was acknowledged is there once, in its place", async () => {
  const store = await storeWith("plain", 8);
  const { root } = store;
  const journal = join(store.folder, "journal");
  const tickets = (await store.backend.list()).tickets.map(({ ticket: { id } }) => id);
  const writers = tickets.map((id, index) =>
    start({ root, name: `writer-${index}`, task: "loop", tickets: [id], rounds: 12, journal }),
  );
  for (const layout of ["fan-out", "flat", "fan-out"] as const) {
    await store.open({ lockWaitMs: 60_000 }).relayout(layout);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { lines, ended } of writers)
    expect((await lines.next()).value, (await ended).errors).toBe("conflicts 0");
  judgeHistory(store, readJournal(journal));
  expect(pathsOf(store).every((path) => path.includes("/"))).toBe(true);
  expect((await agreed(store)).problems).toEqual([]);
}, 120_000);
