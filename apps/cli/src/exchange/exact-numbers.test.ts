import { loadParsers } from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { parseExactly } from "./exact-numbers.js";
import { readBeads } from "./formats/beads.js";
import { sourceFile } from "./testing/corpora.js";
import { memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

test("a number that would come out as another is taken as the text that it is", () => {
  for (const lossy of [
    "12345678901234567890",
    "1e400",
    "-1e400",
    "0.12345678901234567890",
    "1e-400",
    "9007199254740993",
  ])
    expect(parseExactly(`{"n":[${lossy}]}`)).toEqual({ n: [lossy] });
  for (const exact of [
    "9007199254740992",
    "1e21",
    "0.1",
    "-0",
    "1.50",
    "100000000000000000000",
    "1e-7",
    "0e99",
    "123456789012345.5",
  ])
    expect(parseExactly(`{"n":[${exact}]}`)).toEqual({ n: [Number(exact)] });
});

test("numbers of foreign data are kept digit for digit", async () => {
  const line =
    '{"id":"bd-1","title":"T","status":"open","metadata":{"n":12345678901234567890,"f":1e400,"k":7}}\n';
  const { entries } = await planInto(memoryStore(), "beads", readBeads([sourceFile("i.jsonl", line)]));
  expect(JSON.parse(String(entries[0]?.ticket?.fields["imported_data"]))).toEqual({
    "metadata.n": "12345678901234567890",
    "metadata.f": "1e400",
    "metadata.k": 7,
  });
});
