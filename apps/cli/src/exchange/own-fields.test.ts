// Fields that a type declares come back through other tools as what they were; what no type declares is data.
import { builtinTypes, loadParsers, type TicketType, type TicketTypes } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readTicketLines } from "./formats/jsonl.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

const fields: TicketType["fields"] = [
  { name: "severity", kind: "string", required: true, values: ["minor", "major"], default: "minor" },
  { name: "version", kind: "string", required: false },
  { name: "estimate_hours", kind: "number", required: false },
  { name: "customer_facing", kind: "boolean", required: false },
  { name: "areas", kind: "list", required: false },
  { name: "duplicate_of", kind: "ticket", required: false },
  { name: "tags", kind: "string", required: false },
  { name: "component", kind: "string", required: false, values: ["api", "web"] },
];

const { task } = builtinTypes.types;
if (task === undefined) throw new Error("there is no type 'task'");
const types: TicketTypes = { ...builtinTypes, types: { ...builtinTypes.types, task: { ...task, fields } } };

const values = {
  severity: "major",
  // Texts that look like something else.
  version: "007",
  estimate_hours: 3.5,
  customer_facing: false,
  areas: ["ui", "a, b"],
  duplicate_of: "tk-0001",
  // A key of tk.
  tags: "t",
};
const rich = plainTicket("tk-0002", {
  title: "Rich",
  // Not allowed by the type, and not declared by it: both are nobody's but the one who wrote them.
  fields: { ...values, component: "moon", reviewer: "ann" },
});

describe.each(["beads", "taskmaster", "tk", "work-items"] as const)("%s", (format) => {
  const { write, files, read } = bothWays[format];

  test("what the type declares comes back, tickets re-pointed; all else is data, and accounted for", async () => {
    const contents = read(files(write([plainTicket("tk-0001"), rich], types)));
    const { entries } = await planInto(memoryStore(types), format, contents, { types });
    expect(entries.flatMap(({ warnings }) => warnings)).toEqual([]);
    const made = entries.find(({ title }) => title === "Rich");
    const other = entries.find(({ title }) => title === "Title of tk-0001");
    const {
      imported_data: data,
      imported_digest: _digest,
      ...taken
    } = made?.ticket?.fields ?? { imported_data: "{}" };
    expect(taken).toMatchObject({ ...values, duplicate_of: other?.id });
    expect(taken).not.toHaveProperty("component");
    expect(taken).not.toHaveProperty("reviewer");
    const kept = JSON.parse(String(data)) as Record<string, unknown>;
    const names = Object.keys(kept).map((path) => path.split(".").at(-1));
    expect(names.filter((name) => name !== undefined && name in values)).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(["component", "reviewer"]));
    const notes = Object.fromEntries(
      (made?.account ?? []).map(({ field, note }) => [field.split(".").at(-1), note]),
    );
    expect(notes).toMatchObject({
      severity: "field severity",
      duplicate_of: "field duplicate_of, re-pointed",
      reviewer: "imported_data",
    });
    // A type that requires one has it, and one that knows none has data.
    const plain = await planInto(memoryStore(), format, contents);
    const bare = plain.entries.find(({ title }) => title === "Rich")?.ticket?.fields ?? {};
    expect(Object.keys(bare).filter((name) => name in values)).toEqual([]);
    expect(String(bare["imported_data"])).toContain("major");
  });
});

test("a field that names a ticket which is not there stays data", async () => {
  const { write, files, read } = bothWays.beads;
  const lonely = plainTicket("tk-0003", { fields: { duplicate_of: "tk-gone" } });
  const contents = read(files(write([lonely], types)));
  const { entries } = await planInto(memoryStore(types), "beads", contents, { types });
  expect(entries[0]?.ticket?.fields).not.toHaveProperty("duplicate_of");
  expect(String(entries[0]?.ticket?.fields["imported_data"])).toContain("tk-gone");
});

test("a line in plain words speaks of the fields of its type, too", async () => {
  const lines = [
    { id: "1", title: "One", severity: "major", estimate_hours: "many", reviewer: "ann" },
    { id: "2", title: "Two", duplicate_of: "1", version: "1.0" },
  ];
  const contents = readTicketLines([sourceFile("t.jsonl", jsonLines(lines))]);
  const { entries } = await planInto(memoryStore(types), "jsonl", contents, { types });
  const [one, two] = entries.map(({ ticket }) => ticket);
  expect(one?.fields).toMatchObject({ severity: "major" });
  expect(JSON.parse(String(one?.fields["imported_data"]))).toEqual({
    estimate_hours: "many",
    reviewer: "ann",
  });
  expect(two?.fields).toMatchObject({ severity: "minor", duplicate_of: one?.id, version: "1.0" });
});
