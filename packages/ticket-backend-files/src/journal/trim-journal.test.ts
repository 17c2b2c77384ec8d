import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commitOf, openBackend, openItems, temporaryFolder } from "../store.fixture.js";
import { journalFolder } from "./journal-file.js";

const day = 24 * 60 * 60 * 1000;
const noise = (seed: number) =>
  Array.from({ length: 600 }, (_, index) => Math.sin(seed * 1000 + index).toString(36)).join("\n");

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Two items, the second with as many other texts as make a journal of several times the bound. */
async function filled(journalBytes: number) {
  const root = temporaryFolder();
  const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
  const options = { journalBytes, now: () => new Date(clock.now) };
  const [items, backend] = [openItems(root, options), openBackend(root, options)];
  const quiet = await items.create({ title: "Quiet" }, { operationId: "quiet" });
  const { cursor } = await backend.list();
  const busy = await items.create({ title: "Busy" }, { operationId: "busy" });
  const write = async (operationId: string, body: string) => {
    const { record } = await backend.read(busy.id);
    if (record === undefined) throw new Error("absent");
    const changes = [{ id: busy.id, expected: record.revision, next: { ...record.ticket, body } }];
    return backend.commit(commitOf(changes, { operationId }));
  };
  for (let round = 0; round < 220; round++) {
    clock.now += day / 4;
    await write(`round-${round}`, noise(round));
  }
  return { root, items, backend, quiet, busy, cursor, write };
}

test("a journal stays below its bound; files, and the last that is known of each ticket, are all there", async () => {
  const bound = 400_000;
  const { root, items, backend, quiet, busy, cursor } = await filled(bound);
  const journal = join(root, journalFolder, "journal.db");
  await backend.close();
  items.end();
  expect(statSync(journal).size).toBeLessThan(2 * bound);
  const history = await all(backend.history(busy.id));
  expect(history.length).toBeGreaterThan(5);
  expect(history.length).toBeLessThan(200);
  expect(history.at(-1)?.operationId).toBe("round-219");
  for (const { before, after } of history)
    expect([before?.ticket.id, after?.ticket.id]).toEqual([busy.id, busy.id]);
  // Nothing is news that was known.
  const now = (await backend.list()).cursor;
  expect(await all(backend.watch(now, { follow: false }))).toEqual([]);
  await expect(all(backend.watch(cursor, { follow: false }))).rejects.toMatchObject({
    code: "QUERY_INVALID",
    hint: expect.stringContaining("List again"),
  });
  expect((await backend.read(quiet.id)).record?.ticket.title).toBe("Quiet");
  expect((await backend.read(busy.id)).record?.ticket.body).toBe(noise(219));
}, 60_000);

test("an operation that is repeated within 30 days has one effect, whatever else is forgotten; older ones are forgotten, too", async () => {
  const { items, backend, busy, quiet, write } = await filled(300_000);
  const before = await backend.read(busy.id);
  // Four a day: 100 rounds are 25 days.
  for (const round of [219, 160, 120]) {
    expect(await write(`round-${round}`, "again")).toMatchObject({ already: true });
    expect(await items.outcome(`round-${round}`)).toBe(true);
  }
  expect((await backend.read(busy.id)).record).toEqual(before.record);
  expect(await items.outcome("round-3")).toBe(false);
  // The last write of a ticket is known for as long as it is the last.
  expect(await items.create({ title: "Quiet" }, { operationId: "quiet" })).toMatchObject({ id: quiet.id });
  expect((await backend.list()).tickets).toHaveLength(2);
}, 60_000);
