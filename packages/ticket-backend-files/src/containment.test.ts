// Nothing is written outside of the folder, whatever lies in it.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { journalFolder } from "./journal/journal-file.js";
import { commitOf, filesOf, openBackend, openItems, temporaryFolder } from "./store.fixture.js";

let root = "";
let outside = "";
const create = (id: string) =>
  openBackend(root).commit(
    commitOf([{ id, expected: null, next: sampleTicket(id, { type: "work-item", state: "open" }) }]),
  );

function orderOf(id: string, name: string) {
  const { operationId, actor, at } = commitOf([]);
  return { operationId, actor, at, id, name };
}

beforeEach(() => {
  root = temporaryFolder();
  outside = temporaryFolder();
  writeFileSync(join(outside, "item.md"), "Not ours\n");
});

const untouched = new Map([["item.md", "Not ours\n"]]);

describe("a link in the place of", () => {
  test.each(["open", journalFolder, `${journalFolder}/staging`, `${journalFolder}/removed`])(
    "the folder %s is not followed: a write is refused",
    async (name) => {
      if (name.includes("/")) mkdirSync(join(root, journalFolder));
      symlinkSync(outside, join(root, name));
      const before = filesOf(root);
      await expect(create("one")).rejects.toMatchObject({ code: "STORE_BROKEN" });
      expect(filesOf(outside)).toEqual(untouched);
      expect(filesOf(root)).toEqual(before);
    },
  );

  test.each(["journal.db", "journal.db-wal", "journal.db-shm", "journal.db-journal"])(
    "the file %s of the journal is not followed",
    async (name) => {
      mkdirSync(join(root, journalFolder));
      symlinkSync(join(outside, "item.md"), join(root, journalFolder, name));
      await expect(create("one")).rejects.toMatchObject({ code: "STORE_BROKEN" });
      expect(filesOf(outside)).toEqual(untouched);
    },
  );

  test("an item, its files or its artifacts is told, and neither read nor written through", async () => {
    await create("one");
    for (const name of ["link", "item", "thread", "resolution"]) await create(name);
    const backend = openBackend(root);
    const items = openItems(root);
    const replace = (path: string, target: string) => {
      rmSync(join(root, path), { recursive: true, force: true });
      symlinkSync(target, join(root, path));
    };
    replace("open/link", outside);
    for (const name of ["item", "thread", "resolution"])
      replace(`open/${name}/${name}.md`, join(outside, "item.md"));
    replace("open/one/artifacts", outside);
    const { tickets, problems } = await backend.list();
    expect(tickets.map(({ ticket }) => ticket.id)).toEqual(["one"]);
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "open/item/item.md",
      "open/link",
      "open/resolution/item.md",
      "open/thread/item.md",
    ]);
    for (const name of ["link", "item", "thread", "resolution"]) {
      await expect(items.addEvent(name, { kind: "comment", body: "x" })).rejects.toMatchObject({
        code: "TICKET_UNREADABLE",
      });
      await expect(items.close(name)).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
    }
    const addition = { ...orderOf("one", "a.txt"), content: Buffer.from("x") };
    await expect(backend.attachments?.add(addition)).rejects.toMatchObject({ code: "STORE_BROKEN" });
    await expect(backend.attachments?.read("one", "item.md")).rejects.toMatchObject({ code: "STORE_BROKEN" });
    expect((await items.doctor()).isSound).toBe(false);
    expect(filesOf(outside)).toEqual(untouched);
  });
});

test("attachments of others are listed where their names could be ours; all of them belong to the item", async () => {
  await create("one");
  const { attachments } = openBackend(root);
  mkdirSync(join(root, "open/one/artifacts/logs"));
  for (const name of ["logs/run.txt", "plain.txt", "-rf", "a:b"]) {
    writeFileSync(join(root, "open/one/artifacts", name), name);
  }
  expect((await attachments?.list("one"))?.map(({ name }) => name)).toEqual(["plain.txt"]);
  const { artifacts } = await openItems(root).show("one");
  expect(artifacts).toEqual(["-rf", "a:b", "logs/run.txt", "plain.txt"]);
  await attachments?.add({ ...orderOf("one", "new.bin"), content: Uint8Array.of(0, 255) });
  expect(filesOf(root).get("open/one/artifacts/new.bin")).toBe("\u0000\u00ff");
  await openItems(root).close("one");
  expect((await attachments?.list("one"))?.map(({ name }) => name)).toEqual(["new.bin", "plain.txt"]);
});

test("a pipe in the place of a file makes nobody wait", async () => {
  await create("one");
  await create("two");
  rmSync(join(root, "open/two/item.md"));
  execFileSync("mkfifo", [join(root, "open/two/item.md")]);
  const { tickets, problems } = await openBackend(root).list();
  expect([tickets.length, problems.length]).toEqual([1, 1]);
});

test("a folder that is swapped for a link again and again while we write never lets a byte out", async () => {
  await create("one");
  const swapping = spawn(
    process.execPath,
    [
      "-e",
      `const fs = require("node:fs"); const [place, kept, outside] = process.argv.slice(1);
       console.log("begun");
       const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
       for (;;) {
         fs.renameSync(place, kept); fs.symlinkSync(outside, place); wait(Math.random() / 4);
         fs.unlinkSync(place); fs.renameSync(kept, place); wait(Math.random() * 8);
       }`,
      join(root, "open/one"),
      join(root, "kept"),
      outside,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void swapping.kill("SIGKILL"));
  await new Promise((resolve) => swapping.stdout.once("data", resolve));
  const items = openItems(root);
  let written = 0;
  // As long as it takes: the other process may be slow to put the folder back.
  for (let round = 0; written < 60 || round < 150; round++) {
    await items.addEvent("one", { kind: "comment", body: `round ${round}` }).then(
      () => {
        written += 1;
      },
      () => {},
    );
  }
  swapping.kill("SIGKILL");
  await new Promise((resolve) => swapping.once("close", resolve));
  expect(filesOf(outside)).toEqual(untouched);
  try {
    renameSync(join(root, "kept"), join(root, "open/one"));
  } catch {
    // It was in its place.
  }
});

test("what cannot be written is told, and reading goes on", async () => {
  await expect(openBackend(join(root, "none")).list()).rejects.toMatchObject({ code: "STORE_BROKEN" });
  await expect(openBackend(join(root, "none")).commit(commitOf([]))).rejects.toMatchObject({
    code: "STORE_BROKEN",
  });
});
