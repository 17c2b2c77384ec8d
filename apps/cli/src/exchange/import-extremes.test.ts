// JSON that is legal and out of all proportion: long texts, deep values, many fields.
import { loadParsers, readSection } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readGithub } from "./formats/github.js";
import { readTicketLines } from "./formats/jsonl.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { fieldCounts, fieldTable } from "./import-report.js";
import type { SourceContents, SourceFormat } from "./imported-ticket.js";
import { scanObjects } from "./object-lines.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

type Reader = (records: readonly Record<string, unknown>[]) => SourceContents;
const document = (value: unknown) => sourceFile("file.json", JSON.stringify(value, null, 1));
const numbered = (records: readonly Record<string, unknown>[]) =>
  records.map((record, index) => ({ number: index + 1, ...record }));

const readers: Readonly<Record<"beads" | "jsonl" | "github" | "taskmaster", Reader>> = {
  beads: (records) => readBeads([sourceFile("file.jsonl", jsonLines(records))]),
  jsonl: (records) => readTicketLines([sourceFile("file.jsonl", jsonLines(records))]),
  github: (records) => readGithub([document(numbered(records))]),
  taskmaster: (records) => readTaskmaster([document({ master: { tasks: records } })]),
};
const formats = Object.entries(readers) as [SourceFormat, Reader][];

test.each(formats)(
  "%s: a text of 12 MB is read, character by character",
  {
    timeout: 60_000,
  },
  async (format, read) => {
    const long = `${"y".repeat(9_000_000)}${'\\"x" '.repeat(500_000)}end`;
    const key = format === "github" ? "body" : "description";
    const contents = read([
      { id: "a", title: "Long", [key]: long },
      { id: "b", title: "Short" },
    ]);
    expect(contents.problems).toEqual([]);
    const { entries } = await planInto(memoryStore(), format, contents);
    expect(entries.map(({ action }) => action)).toEqual(["create", "create"]);
    expect(readSection(entries[0]?.ticket?.body ?? "", "Description")?.trim() === long).toBe(true);
  },
);

/** Not by JSON.stringify, which gives up itself. */
const deepText = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;

describe.each(formats)("%s: deep values", (format, read) => {
  const contentsWith = (levels: number) => {
    const mark = "@deep@";
    const contents = (records: readonly Record<string, unknown>[]) => {
      if (format === "github" || format === "taskmaster") {
        const list = format === "github" ? numbered(records) : { master: { tasks: records } };
        const text = JSON.stringify(list, null, 1).replace(`"${mark}"`, deepText(levels));
        const files = [sourceFile("file.json", text)];
        return format === "github" ? readGithub(files) : readTaskmaster(files);
      }
      const files = [sourceFile("file.jsonl", jsonLines(records).replace(`"${mark}"`, deepText(levels)))];
      return format === "beads" ? readBeads(files) : readTicketLines(files);
    };
    return contents([
      { id: "a", title: "Deep", more: mark },
      { id: "b", title: "Good" },
    ]);
  };

  test("900 levels are kept as data", async () => {
    const contents = contentsWith(900);
    expect(contents.problems).toEqual([]);
    const { entries } = await planInto(memoryStore(), format, contents);
    expect(String(entries[0]?.ticket?.fields["imported_data"])).toContain(deepText(900));
  });

  test.each([1001, 5000, 200_000])(
    "%d levels: the record is named with its line, the next one is read",
    (levels) => {
      const { records, problems } = contentsWith(levels);
      expect(records.map(({ title }) => title)).toEqual(["Good"]);
      const isLine = format === "beads" || format === "jsonl";
      const line = isLine ? 1 : format === "github" ? 2 : 4;
      expect(problems).toEqual([
        expect.objectContaining({ line, message: expect.stringContaining("nested too deeply") }),
      ]);
    },
  );

  test("one record alone may be that wide", () => {
    expect(
      read([{ id: "a", title: "Wide", more: Array.from({ length: 200_000 }, () => []) }]).problems,
    ).toEqual([]);
  });
});

test("front matter in YAML that is deep, or leads back to itself", () => {
  const task = (more: string) =>
    sourceFile("tasks/task-1 - a.md", `---\nid: task-1\ntitle: A\nmore: ${more}\n---\n`);
  for (const more of [deepText(3000), "&a [*a]"]) {
    const { records, problems } = readBacklog([task(more)]);
    expect([records.length, problems.map(({ path }) => path)]).toEqual([0, ["tasks/task-1 - a.md"]]);
  }
});

test("200,000 fields of other names make a table of as many rows", { timeout: 30_000 }, () => {
  const account = Array.from({ length: 200_000 }, (_, at) => ({
    field: `f${at}`,
    fate: "kept" as const,
    note: "imported_data",
  }));
  const rows = fieldCounts({ entries: [{ action: "create", account }] });
  expect(fieldTable(rows).split("\n")).toHaveLength(200_002);
});

describe.each(formats)("%s: a key that stands twice", (format, read) => {
  test("the record is named with its line and the key, the others are read", () => {
    const text = (records: readonly Record<string, unknown>[]) => {
      const whole = format === "taskmaster" ? { master: { tasks: records } } : numbered(records);
      return JSON.stringify(whole, null, 1);
    };
    const marked = [
      { id: "a", title: "First", mark: 1 },
      { id: "b", title: "Good", parts: [{ x: 1 }, { x: 2 }] },
    ];
    const twice = (json: string) =>
      json.replace('"mark": 1', '"title": "Last"').replace('"mark":1', '"title":"Last"');
    const contents =
      format === "github"
        ? readGithub([sourceFile("file.json", twice(text(marked)))])
        : format === "taskmaster"
          ? readTaskmaster([sourceFile("file.json", twice(text(marked)))])
          : (format === "beads" ? readBeads : readTicketLines)([
              sourceFile("file.jsonl", twice(jsonLines(marked))),
            ]);
    expect(contents.records.map(({ title }) => title)).toEqual(["Good"]);
    expect(contents.problems.map(({ line, message }) => [line, message])).toEqual([
      [
        format === "github" ? 2 : format === "taskmaster" ? 4 : 1,
        "`title` stands in it twice: each key was expected once",
      ],
    ]);
    expect(read(marked).problems).toEqual([]);
  });
});

test("a tag of task-master that stands twice is named: only the last of them is read", () => {
  const text = '{"a":{"tasks":[{"id":1,"title":"Gone"}]},"a":{"tasks":[{"id":1,"title":"Read"}]}}';
  const { records, problems } = readTaskmaster([sourceFile("tasks.json", text)]);
  expect(records.map(({ title }) => title)).toEqual(["Read"]);
  expect(problems.map(({ message }) => message)).toEqual([
    "`a` stands in it twice: each key was expected once",
  ]);
});

test("lines of records: strings that look like structure, escapes, and depth below the records count for nothing", () => {
  const text = `[\n {"a": "{[,:\\\\\\"]}\\\\", "b": [\n{}]},\n{"tasks":\n[{"x": {"y": [{"z": [{}]}]}}]}]`;
  expect([...scanObjects(text).lines].slice(0, 4)).toEqual([
    ["[0]", 2],
    ["[0].b[0]", 3],
    ["[1]", 4],
    ["[1].tasks[0]", 5],
  ]);
});
