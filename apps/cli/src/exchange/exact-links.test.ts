// Lines of our own JSONL go in byte for byte; what is odd about their links is told.
import { encodeTicket, loadParsers } from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { readTicketLines } from "./formats/jsonl.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore } from "./testing/import-into-memory.js";
import { plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

test("dependencies and parents that lead nowhere, or round in a circle, are warnings; what is sound has none", async () => {
  const tickets = [
    plainTicket("tk-0001", { dependsOn: ["tk-0002"] }),
    plainTicket("tk-0002", { dependsOn: ["tk-0001"] }),
    plainTicket("tk-0003", { dependsOn: ["tk-dead"], parent: "tk-beef" }),
    plainTicket("tk-0004", { dependsOn: ["tk-0003"], parent: "tk-0003" }),
  ];
  const lines = jsonLines(tickets.map(({ ticket }) => ({ text: encodeTicket(ticket) })));
  const store = memoryStore();
  const { entries } = await importInto(store, "jsonl", readTicketLines([sourceFile("t.jsonl", lines)]));
  expect(entries.map(({ action }) => action)).toEqual(Array(4).fill("create"));
  const told = Object.fromEntries(entries.map(({ externalId, warnings }) => [externalId, warnings]));
  expect([...(told["tk-0001"] ?? []), ...(told["tk-0002"] ?? [])]).toEqual([
    "depends-on tk-0001: closes a cycle; kept as it stands in the line",
  ]);
  expect(told).toMatchObject({
    "tk-0003": [
      "depends-on tk-dead: no ticket of this id; kept as it stands in the line",
      "parent tk-beef: no ticket of this id; kept as it stands in the line",
    ],
    "tk-0004": [],
  });
  expect((await store.read("tk-0001")).record?.ticket.dependsOn).toEqual(["tk-0002"]);
});
