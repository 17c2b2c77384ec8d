// Work that waits where it comes from does not come free by an import, and work that was delivered there is delivered here.
import { builtinTypes, createTickets, loadParsers } from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { readBeads } from "./formats/beads.js";
import { readTk } from "./formats/tk.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

function ticketsOf(backend: ReturnType<typeof memoryStore>) {
  return createTickets({
    backend,
    types: builtinTypes,
    now: () => new Date("2026-05-01T00:00:00Z"),
    newId: () => "op",
    random: Math.random,
  });
}

const tk = (id: string, status: string, deps: string) =>
  sourceFile(`${id}.md`, `---\nid: ${id}\nstatus: ${status}\ndeps: [${deps}]\nlinks: []\n---\n# ${id}\n`);

test("what waits for something that is not in the source is held, with the reason", async () => {
  const store = memoryStore();
  const { entries } = await importInto(
    store,
    "tk",
    readTk([tk("a-1", "open", "gone-1, gone-2"), tk("b-1", "open", ""), tk("c-1", "closed", "gone-1")]),
  );
  const tickets = ticketsOf(store);
  expect((await tickets.ready()).map(({ ticket }) => ticket.title)).toEqual(["b-1"]);
  const { tickets: all } = await tickets.list();
  const reasons = all.map(({ ticket }) => [ticket.title, ticket.actionRequired?.reason]);
  expect(Object.fromEntries(reasons)).toEqual({
    "a-1": "It waits for gone-1, gone-2, which the import did not find",
    "b-1": undefined,
    "c-1": undefined,
  });
  expect(entries.flatMap(({ warnings }) => warnings)).toHaveLength(3);
});

test("what was deleted there keeps nobody waiting", async () => {
  const store = memoryStore();
  const issues = [
    { id: "bd-1", title: "One", status: "open", dependencies: [{ depends_on_id: "bd-2", type: "blocks" }] },
    { id: "bd-2", title: "Two", status: "tombstone" },
  ];
  await importInto(store, "beads", readBeads([sourceFile("i.jsonl", jsonLines(issues))]));
  expect((await ticketsOf(store).ready()).map(({ ticket }) => ticket.title)).toEqual(["One"]);
});

test("an item that was closed by the other program since is done, and what waits for it is ready", async () => {
  const { write, files, read } = bothWays["work-items"];
  const written = files(
    write([
      plainTicket("tk-0001"),
      plainTicket("tk-0002", { dependsOn: ["tk-0001"] }),
      plainTicket("tk-0003", { state: "closed" }),
      plainTicket("tk-0004", { dependsOn: ["tk-0003"] }),
    ]),
  );
  const closed = written.map((file) =>
    file.name.startsWith("open/tk-0001/")
      ? sourceFile(
          file.name.replace("open/", "closed/"),
          Buffer.from(file.bytes).toString("utf8").replace("status: open", "status: closed"),
        )
      : file,
  );
  expect(closed).not.toEqual(written);
  const store = memoryStore();
  await importInto(store, "work-items", read(closed));
  const tickets = ticketsOf(store);
  const states = (await tickets.list()).tickets.map(({ ticket }) => [ticket.title, ticket.state]);
  expect(Object.fromEntries(states)).toMatchObject({
    "Title of tk-0001": "done",
    "Title of tk-0003": "closed",
  });
  expect((await tickets.ready()).map(({ ticket }) => ticket.title)).toEqual(["Title of tk-0002"]);
});
