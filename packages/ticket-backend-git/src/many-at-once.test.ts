// Many tickets in one commit: written as one pack, all of them or none.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agreed, commitOf, makeStore, type StoreFixture, subjects, ticket } from "./store.fixture.js";

const ids = (count: number, letter: string) =>
  Array.from({ length: count }, (_, index) => `tk-${letter}${String(index).padStart(4, "0")}`);
const newTickets = (count: number, letter = "a") =>
  ids(count, letter).map((id) => ({
    id,
    expected: null,
    next: ticket(id, { title: `Title of ${id} 漢字` }),
  }));
const packsOf = ({ root }: StoreFixture) =>
  readdirSync(join(root, "objects", "pack")).filter((name) => name.endsWith(".pack"));

test("500 new tickets: one commit, one pack, and everybody sees the same", async () => {
  const store = await makeStore();
  const { records } = await store.backend.commit(commitOf(newTickets(500)));
  expect(records.map(({ ticket: { id } }) => id)).toEqual(ids(500, "a"));
  expect(packsOf(store)).toHaveLength(1);
  expect((await agreed(store)).tickets).toHaveLength(500);
  expect(store.plain("fsck", "--strict")).not.toMatch(/error|missing/);
});

test("few tickets stay loose objects", async () => {
  const store = await makeStore();
  await store.backend.commit(commitOf(newTickets(20)));
  expect(packsOf(store)).toEqual([]);
});

test("one that may not be refuses all of them, and nothing is written", async () => {
  const store = await makeStore();
  await store.backend.commit(commitOf(newTickets(1, "b")));
  const changes = [...newTickets(200), ...newTickets(1, "b")];
  await expect(store.backend.commit(commitOf(changes))).rejects.toMatchObject({ code: "TICKET_CONFLICT" });
  const illegal = newTickets(200).map((change, index) =>
    index === 150 ? { ...change, next: { ...change.next, state: "done" } } : change,
  );
  await expect(store.backend.commit(commitOf(illegal))).rejects.toMatchObject({ code: "TICKET_INVALID" });
  expect((await agreed(store)).tickets).toHaveLength(1);
  expect(packsOf(store)).toEqual([]);
});

test("many at once, many times over, and git's own housekeeping in between", {
  timeout: 60_000,
}, async () => {
  const store = await makeStore();
  for (const letter of ["a", "b", "c"]) {
    const { records } = await store.backend.commit(commitOf(newTickets(100, letter)));
    store.plain("gc", "-q", "--prune=now");
    const changes = records.map(({ ticket: next, revision }) => ({
      id: next.id,
      expected: revision,
      next: { ...next, title: `${next.title} again` },
    }));
    await store.backend.commit(commitOf(changes));
  }
  const { tickets } = await agreed(store);
  expect(tickets).toHaveLength(300);
  expect(tickets.every(({ ticket: { title } }) => title.endsWith(" again"))).toBe(true);
  expect(subjects(store, 6)).toHaveLength(6);
});
