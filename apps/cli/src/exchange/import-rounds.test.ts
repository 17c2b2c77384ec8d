// The account of an import that was carried out: what it says is what is in the store.
import { loadParsers, type TicketBackend } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readGithub } from "./formats/github.js";
import { readTicketLines } from "./formats/jsonl.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readTk } from "./formats/tk.js";
import { readWorkItems } from "./formats/work-items.js";
import { countsOf, isComplete } from "./import-report.js";
import { type CarriedOut, importInRounds } from "./import-rounds.js";
import type { SourceContents, SourceFormat } from "./imported-ticket.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { importer, memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

async function importAll(
  backend: TicketBackend,
  format: SourceFormat,
  contents: SourceContents,
  isAtomic = false,
): Promise<CarriedOut> {
  const plan = () => planInto(backend, format, contents);
  const silent = { onProgress: () => {}, onStopped: () => {}, onAttaching: () => {} };
  return await importInRounds({ plan, backend, ...importer, isAtomic, ...silent });
}

const twice = [
  { id: "a-1", title: "One" },
  { id: "a-1", title: "Another" },
  { id: "a-2", title: "Two" },
];
const task = (id: string) => `---\nid: ${id}\ntitle: T ${id}\nstatus: To Do\n---\n`;
const item = (id: string, title: string) => `---\nid: ${id}\ntitle: ${title}\n---\n`;
const ticket = (id: string, title: string) => `---\nid: ${id}\nstatus: open\n---\n# ${title}\n`;

/** In each, one id stands twice, with something else each time. */
const sources: Readonly<Record<SourceFormat, SourceContents>> = {
  beads: readBeads([sourceFile("i.jsonl", jsonLines(twice))]),
  jsonl: readTicketLines([sourceFile("t.jsonl", jsonLines(twice))]),
  github: readGithub([
    sourceFile("i.json", JSON.stringify([2, 2, 3].map((number, at) => ({ number, title: `I ${at}` })))),
  ]),
  taskmaster: readTaskmaster([
    sourceFile("t.json", JSON.stringify({ tasks: ["4", 4, 5].map((id, at) => ({ id, title: `T ${at}` })) })),
  ]),
  backlog: readBacklog([
    sourceFile("completed/task-2 - a.md", task("task-2")),
    sourceFile("tasks/task-2 - a.md", `${task("task-2")}\nMore\n`),
    sourceFile("tasks/task-3 - b.md", task("task-3")),
  ]),
  "work-items": readWorkItems([
    sourceFile("closed/i-1/item.md", item("i-1", "Over")),
    sourceFile("open/i-1/item.md", item("i-1", "Not over")),
    sourceFile("open/i-2/item.md", item("i-2", "Other")),
  ]),
  tk: readTk([
    sourceFile("a.md", ticket("a-1", "One")),
    sourceFile("b.md", ticket("a-1", "Another")),
    sourceFile("c.md", ticket("a-2", "Two")),
  ]),
};

describe.each(Object.entries(sources) as [SourceFormat, SourceContents][])("%s", (format, contents) => {
  test("an id that stands twice: what is counted as created is there, the twin is refused by its place", async () => {
    const store = memoryStore();
    const { plan, mode } = await importAll(store, format, contents);
    const there = (await store.list()).tickets;
    expect(mode).toBe("done");
    expect(countsOf(plan)).toMatchObject({ records: 3, created: there.length, refused: 1 });
    expect(there).toHaveLength(2);
    expect(isComplete(countsOf(plan))).toBe(false);
    const refused = plan.entries.filter(({ action }) => action === "refuse");
    expect(refused.map(({ why }) => why)).toEqual([expect.stringMatching(/its id stands at .*, too/)]);
    // Every record is named by its own title, none by that of its twin.
    expect(plan.entries.map(({ title }) => title)).toEqual(contents.records.map(({ title }) => title));
    const again = await importAll(store, format, contents);
    expect(countsOf(again.plan)).toMatchObject({ created: 0, skipped: 2, refused: 1 });
  });

  test("--atomic: nothing of it goes in", async () => {
    const store = memoryStore();
    expect((await importAll(store, format, contents, true)).mode).toBe("refused");
    expect((await store.list()).tickets).toEqual([]);
  });
});

test("planned anew in the middle: what the first round made counts as created, a twin does not", async () => {
  const store = memoryStore();
  const records = [
    ...Array.from({ length: 1500 }, (_, at) => ({ id: `m-${at}`, title: `M ${at}` })),
    { id: "m-3", title: "a twin of the first round" },
    { id: "m-1200", title: "a twin of the second" },
  ];
  let commits = 0;
  const meddling: TicketBackend = {
    ...store,
    commit: async (commit) => {
      commits += 1;
      if (commits === 2) {
        // Somebody else makes one of the tickets of the second commit first.
        const [change] = commit.changes;
        if (change === undefined) throw new Error("an empty commit");
        await store.commit({ ...commit, operationId: "of-another", changes: [change] });
      }
      return await store.commit(commit);
    },
  };
  const { plan } = await importAll(meddling, "beads", readBeads([sourceFile("i.jsonl", jsonLines(records))]));
  expect(countsOf(plan)).toMatchObject({ records: 1502, created: 1499, skipped: 1, refused: 2 });
  expect((await store.list()).tickets).toHaveLength(1500);
});
