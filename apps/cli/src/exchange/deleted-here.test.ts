import { loadParsers, type TicketBackend } from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { findDeletedHere } from "./deleted-here.js";
import { readTicketLines } from "./formats/jsonl.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { importer, importInto, memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

const source = () =>
  readTicketLines([
    sourceFile(
      "t.jsonl",
      jsonLines([
        { id: "a", title: "A" },
        { id: "b", title: "B" },
      ]),
    ),
  ]);

async function withoutFirst() {
  const store = memoryStore();
  const { entries } = await importInto(store, "jsonl", source());
  const id = entries[0]?.id ?? "";
  const { record } = await store.read(id);
  await store.commit({
    ...{
      operationId: importer.newId(),
      actor: importer.actor,
      subject: "Delete",
      at: "2026-05-02T00:00:00Z",
    },
    changes: [{ id, expected: record?.revision ?? "", next: null }],
  });
  return { store, id };
}

test("what was deleted is known by its record and by its id; what is there is not", async () => {
  const { store, id } = await withoutFirst();
  const deletedHere = await findDeletedHere(store);
  expect([deletedHere?.hasId(id), deletedHere?.hasImported("jsonl", "a")]).toEqual([true, true]);
  expect([deletedHere?.hasImported("jsonl", "b"), deletedHere?.hasImported("beads", "a")]).toEqual([
    false,
    false,
  ]);
  const plan = await planInto(store, "jsonl", source(), { deletedHere });
  expect(plan.entries.map(({ action }) => action)).toEqual(["skip", "skip"]);
});

test("made again it is there again, and may be deleted again", async () => {
  const { store, id } = await withoutFirst();
  await importInto(store, "jsonl", source());
  const deletedHere = await findDeletedHere(store);
  expect([deletedHere?.hasId(id), deletedHere?.hasImported("jsonl", "a")]).toEqual([false, false]);
});

test("a store without a history cannot know", async () => {
  const { watch: _none, ...store } = memoryStore() as TicketBackend;
  expect(await findDeletedHere(store)).toBeUndefined();
});
