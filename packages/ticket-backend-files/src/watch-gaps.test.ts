// A watch tells every change, or says that it cannot: whoever follows is never left with tickets that are long gone.
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TicketChange } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { expect, test } from "vitest";
import { journalFolder } from "./journal/journal-file.js";
import { commitOf, openBackend, runScript, temporaryFolder } from "./store.fixture.js";

const tooOld = { code: "QUERY_INVALID", hint: expect.stringContaining("List again") };

async function told(changes: AsyncIterable<TicketChange>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { id, before, after } of changes)
    found.push(`${id} ${before === undefined ? "added" : after === undefined ? "removed" : "changed"}`);
  return found;
}

const add = (backend: ReturnType<typeof openBackend>, id: string) =>
  backend.commit(commitOf([{ id, expected: null, next: sampleTicket(id) }]));

/** Two items that another tool made, no journal, and what a list says. */
async function listed() {
  const root = temporaryFolder();
  const made = ["One", "Two"].map((title) => runScript(root, "create", "--title", title).trim());
  const [one = "", two = ""] = made;
  const { cursor } = await openBackend(root).list();
  return { root, one, two, cursor };
}

// Another process has another object, which remembers nothing of the list.
test("listed before there was a journal and watched elsewhere: all that is there is told", async () => {
  const { root, one, two, cursor } = await listed();
  const changes = openBackend(root).watch(cursor, { follow: false });
  expect((await told(changes)).toSorted()).toEqual([`${one} added`, `${two} added`].toSorted());
});

test("what went before there was a journal is not passed over", async () => {
  const { root, two, cursor } = await listed();
  rmSync(join(root, "open", two), { recursive: true });
  await expect(told(openBackend(root).watch(cursor, { follow: false }))).rejects.toMatchObject(tooOld);
  // The advice helps.
  const elsewhere = openBackend(root);
  const again = await elsewhere.list();
  expect(await told(elsewhere.watch(again.cursor, { follow: false }))).toEqual([]);
});

test("nor is it where the list is remembered; what others add is told there", async () => {
  const { root, one, two } = await listed();
  const backend = openBackend(root);
  const { cursor } = await backend.list();
  const three = runScript(root, "create", "--title", "Three").trim();
  expect(await told(backend.watch(cursor, { follow: false }))).toEqual([`${three} added`]);
  const other = await listed();
  const remembering = openBackend(other.root);
  const before = await remembering.list();
  rmSync(join(other.root, "open", other.one), { recursive: true });
  await expect(told(remembering.watch(before.cursor, { follow: false }))).rejects.toMatchObject(tooOld);
  expect([one, two]).not.toContain(three);
});

test("nor is it when all of them went, or another process began the journal meanwhile", async () => {
  const emptied = await listed();
  for (const id of [emptied.one, emptied.two]) rmSync(join(emptied.root, "open", id), { recursive: true });
  await expect(
    told(openBackend(emptied.root).watch(emptied.cursor, { follow: false })),
  ).rejects.toMatchObject(tooOld);
  const { root, one, cursor } = await listed();
  rmSync(join(root, "open", one), { recursive: true });
  await add(openBackend(root), "three");
  await expect(told(openBackend(root).watch(cursor, { follow: false }))).rejects.toMatchObject(tooOld);
});

test("nor is what others added and removed between two looks at a journal that is there", async () => {
  const root = temporaryFolder();
  await add(openBackend(root), "first");
  const known = await openBackend(root).list();
  const theirs = runScript(root, "create", "--title", "Theirs").trim();
  const { cursor } = await openBackend(root).list();
  rmSync(join(root, "open", theirs), { recursive: true });
  await expect(told(openBackend(root).watch(cursor, { follow: false }))).rejects.toMatchObject(tooOld);
  // Who never saw it has nothing to be told.
  expect(await told(openBackend(root).watch(known.cursor, { follow: false }))).toEqual([]);
});

test.each(["start", "undefined", "a place"])(
  "a journal that is taken away under a watch from %s ends it, also when a new one has begun",
  async (from) => {
    const root = temporaryFolder();
    const backend = openBackend(root);
    if (from === "a place") await add(backend, "zero");
    const { cursor } = await backend.list();
    const watching = openBackend(root, { watchEveryMs: 20 });
    const changes = watching
      .watch(from === "undefined" ? undefined : cursor, { signal: AbortSignal.timeout(20_000) })
      [Symbol.asyncIterator]();
    await add(backend, "one");
    await add(backend, "two");
    for (const id of ["one", "two"]) {
      const { value } = await changes.next();
      expect(value?.id).toBe(id);
    }
    rmSync(join(root, journalFolder), { recursive: true });
    await add(openBackend(root), "three");
    await expect(changes.next()).rejects.toMatchObject(tooOld);
  },
  30_000,
);

test("a journal that is trimmed behind a watch that waits ends it", async () => {
  const root = temporaryFolder();
  const bounded = openBackend(root, { journalBytes: 150_000, now: () => new Date() });
  await add(bounded, "zero");
  const changes = openBackend(root)
    .watch(undefined, { signal: AbortSignal.timeout(40_000) })
    [Symbol.asyncIterator]();
  expect((await changes.next()).value?.id).toBe("zero");
  for (let round = 0; round < 60; round++) {
    const { record } = await bounded.read("zero");
    if (record === undefined) throw new Error("absent");
    const body = Array.from({ length: 900 }, (_, index) => Math.sin(round * 1000 + index).toString(36)).join(
      "\n",
    );
    await bounded.commit(
      commitOf([{ id: "zero", expected: record.revision, next: { ...record.ticket, body } }], {
        operationId: `round-${round}`,
      }),
    );
  }
  await expect(changes.next()).rejects.toMatchObject(tooOld);
}, 60_000);
