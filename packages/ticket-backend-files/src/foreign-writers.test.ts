// People and programs that write the files past us.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TicketChange } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { expect, test } from "vitest";
import { journalFolder } from "./journal/journal-file.js";
import {
  commitOf,
  filesOf,
  openBackend,
  openItems,
  runScript,
  runScriptWith,
  temporaryFolder,
} from "./store.fixture.js";

async function all(changes: AsyncIterable<TicketChange>): Promise<readonly TicketChange[]> {
  const found: TicketChange[] = [];
  for await (const change of changes) found.push(change);
  return found;
}

function edit(root: string, path: string, change: (text: string) => string): void {
  writeFileSync(join(root, path), change(readFileSync(join(root, path), "utf8")));
}

const show = ({ id, before, after, actor }: TicketChange) =>
  `${actor.id} ${id}: ${before?.ticket.title ?? "absent"} → ${after?.ticket.title ?? "absent"}`;

test("what they change, add and remove is told in history and watch, once, between our own changes", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root);
  const create = (id: string) =>
    backend.commit(commitOf([{ id, expected: null, next: sampleTicket(id, { title: id }) }]));
  await create("one");
  const { cursor } = await backend.list();
  edit(root, "open/one/item.md", (text) => text.replace("title: one", "title: By hand"));
  const { record } = await backend.read("one");
  const changes = [
    { id: "one", expected: record?.revision ?? "", next: { ...sampleTicket("one"), title: "Ours" } },
  ];
  await backend.commit(commitOf(changes));
  const theirs = runScript(root, "create", "--title", "Theirs").trim();
  rmSync(join(root, "open/one"), { recursive: true });
  const told = (await all(backend.watch(cursor, { follow: false }))).map(show);
  expect(told).toEqual([
    "unknown one: one → By hand",
    "ann one: By hand → Ours",
    `unknown ${theirs}: absent → Theirs`,
    "unknown one: Ours → absent",
  ]);
  expect((await all(openBackend(root).watch(cursor, { follow: false }))).map(show)).toEqual(told);
  expect((await all(backend.history("one"))).map(show)).toEqual([
    "ann one: absent → one",
    ...told.filter((line) => line.includes(" one:")),
  ]);
  await create("one");
  expect((await all(backend.history("one"))).map(show).at(-1)).toBe("ann one: absent → one");
});

test("a watch that follows tells of them by itself", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root, { watchEveryMs: 50 });
  const { cursor } = await backend.list();
  const ending = new AbortController();
  const changes = backend.watch(cursor, { signal: ending.signal })[Symbol.asyncIterator]();
  const first = changes.next();
  const id = runScript(root, "create", "--title", "Theirs").trim();
  const { value } = await first;
  expect(value && show(value)).toBe(`unknown ${id}: absent → Theirs`);
  ending.abort();
  expect((await changes.next()).done).toBe(true);
});

test("a write from before their change is refused, and shows what is there now", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root);
  await backend.commit(commitOf([{ id: "one", expected: null, next: sampleTicket("one") }]));
  const { record } = await backend.read("one");
  for (const change of [
    () => edit(root, "open/one/item.md", (text) => text.replace("priority: P2", "priority: P0")),
    () => runScriptWith("Hm.\n", root, "comment", "one", "--author", "bob"),
    () => runScript(root, "status", "one", "pending"),
  ]) {
    change();
    const before = filesOf(root);
    const changes = [
      { id: "one", expected: record?.revision ?? "", next: sampleTicket("one", { title: "Late" }) },
    ];
    await expect(backend.commit(commitOf(changes))).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { current: (await backend.read("one")).record },
    });
    expect(filesOf(root)).toEqual(before);
  }
});

test("the same id in two folders is told, and neither is written", async () => {
  const root = temporaryFolder();
  const [backend, items] = [openBackend(root), openItems(root)];
  await backend.commit(commitOf([{ id: "one", expected: null, next: sampleTicket("one") }]));
  mkdirSync(join(root, "closed/one"));
  const { tickets, problems } = await backend.list();
  expect(tickets).toEqual([]);
  expect(problems).toMatchObject([{ code: "TICKET_UNREADABLE", id: "one", path: "open/one/item.md" }]);
  expect(problems[0]?.message).toContain("open/one, closed/one");
  await expect(items.close("one")).rejects.toMatchObject({ code: "TICKET_UNREADABLE" });
});

test("without its journal, or with another, a store has its tickets and begins its history anew", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root);
  await backend.commit(commitOf([{ id: "one", expected: null, next: sampleTicket("one") }]));
  const before = await backend.list();
  renameSync(join(root, journalFolder), join(root, ".aside"));
  expect((await backend.list()).tickets).toEqual(before.tickets);
  await expect(all(backend.watch(before.cursor, { follow: false }))).rejects.toMatchObject({
    code: "QUERY_INVALID",
  });
  const [record] = before.tickets;
  const changes = [
    { id: "one", expected: record?.revision ?? "", next: sampleTicket("one", { title: "Anew" }) },
  ];
  await backend.commit(commitOf(changes));
  expect((await all(backend.history("one"))).map(show)).toEqual([
    "unknown one: absent → Ticket one",
    "ann one: Ticket one → Anew",
  ]);
  await expect(all(backend.watch(before.cursor, { follow: false }))).rejects.toMatchObject({
    code: "QUERY_INVALID",
  });
  const path = join(root, journalFolder, "journal.db");
  await backend.close();
  writeFileSync(path, "this is no database, and it is long enough to be taken for one ".repeat(20));
  for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  await expect(openBackend(root).list()).rejects.toMatchObject({
    code: "STORE_BROKEN",
    hint: expect.stringContaining("aside"),
  });
});

test("a watch from the first list of a folder without a journal tells what changed since, and nothing that was listed", async () => {
  const root = temporaryFolder();
  const [old, edited] = ["Old", "Edited"].map((title) => runScript(root, "create", "--title", title).trim());
  const backend = openBackend(root);
  const { cursor, tickets } = await backend.list();
  expect(tickets).toHaveLength(2);
  edit(root, `open/${edited}/item.md`, (text) => text.replace("title: Edited", "title: Edited anew"));
  const added = runScript(root, "create", "--title", "Added").trim();
  await backend.list();
  const told = await all(backend.watch(cursor, { follow: false }));
  expect(told.map(({ id, after }) => [id, after?.ticket.title])).toEqual(
    [
      [added, "Added"],
      [edited, "Edited anew"],
    ].toSorted(),
  );
  const next = await backend.list();
  await backend.commit(
    commitOf(next.tickets.map(({ ticket, revision }) => ({ id: ticket.id, expected: revision, next: null }))),
  );
  const removed = await all(backend.watch(next.cursor, { follow: false }));
  expect(removed.map(({ id, after }) => [id, after])).toEqual(
    next.tickets.map(({ ticket }) => [ticket.id, undefined]),
  );
  expect(removed.map(({ id }) => id)).toContain(old);
});
