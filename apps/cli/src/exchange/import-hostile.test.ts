// Sources that are broken, or meant to break something.
import { encodeTicket, loadParsers, maxTitleLength, readEvents, readSection } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readGithub } from "./formats/github.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readTk } from "./formats/tk.js";
import { readWorkItems } from "./formats/work-items.js";
import { countsOf, isComplete } from "./import-report.js";
import type { SourceContents, SourceFormat } from "./imported-ticket.js";
import { sourceFile } from "./testing/corpora.js";
import { memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

const beads = (text: string | Uint8Array) => readBeads([sourceFile("issues.jsonl", text)]);
const line = (record: object) => `${JSON.stringify(record)}\n`;
const first = async (format: SourceFormat, contents: SourceContents) => {
  const { entries } = await planInto(memoryStore(), format, contents);
  const ticket = entries[0]?.ticket;
  if (ticket === undefined) throw new Error(entries[0]?.why ?? contents.problems[0]?.message ?? "no record");
  return { ticket, entry: entries[0] };
};

describe("a broken record is named with its line, and the others count", () => {
  const good = line({ id: "a", title: "A" });
  test.each<[string, string | Uint8Array, RegExp]>([
    ["no JSON", "nonsense\n", /^2 .*no JSON: one JSON object was expected/],
    ["cut off", '{"id":"b","title":"x', /^2 .*last line is cut off/],
    ["a list", "[1]\n", /^2 .*must be an object, and is a list/],
    ["no id", line({ title: "x" }), /^2 .*`id` is missing: text was expected/],
    ["a title of another kind", line({ id: "b", title: 5 }), /^2 b .*`title` must be text, and is a number/],
    [
      "labels of another kind",
      line({ id: "b", title: "x", labels: { a: 1 } }),
      /^2 b .*`labels` must be a list of texts/,
    ],
    [
      "links of another kind",
      line({ id: "b", title: "x", dependencies: "a" }),
      /^2 b .*`dependencies` must be a list of objects/,
    ],
    [
      "a link that is no object",
      line({ id: "b", title: "x", dependencies: ["a"] }),
      /^2 b .*`dependencies\[0\]` must be an object, and is text/,
    ],
    [
      "a link without a target",
      line({ id: "b", title: "x", dependencies: [{ type: "blocks" }] }),
      /^2 b .*`dependencies\[0\]\.depends_on_id` is missing/,
    ],
    [
      "a time that is none",
      line({ id: "b", title: "x", created_at: "yesterday" }),
      /^2 b .*`created_at` must be a time/,
    ],
    [
      "a priority out of range",
      line({ id: "b", title: "x", priority: 9 }),
      /^2 b .*`priority` must be a priority from 0/,
    ],
    ["no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x0a]), /^2 .*no text in UTF-8/],
  ])("%s", (_name, broken, expected) => {
    const bytes = Buffer.concat([Buffer.from(good), Buffer.from(broken as string)]);
    const tail = Buffer.from(bytes.at(-1) === 0x0a ? line({ id: "c", title: "C" }) : "");
    const { records, problems } = beads(Buffer.concat([bytes, tail]));
    expect(records.map(({ externalId }) => externalId)).toEqual(tail.length > 0 ? ["a", "c"] : ["a"]);
    expect(problems).toHaveLength(1);
    const [{ line: at, externalId = "", message = "" } = { line: 0 }] = problems;
    expect(`${at} ${externalId} ${message}`).toMatch(expected);
  });

  test("in a document, too: the line at which the record begins", () => {
    const text = JSON.stringify([{ number: 1, title: "A" }, { number: 2 }, { title: "C" }], null, 2);
    const { records, problems } = readGithub([sourceFile("issues.json", text)]);
    expect(records).toHaveLength(1);
    expect(
      problems.map(({ line: at, externalId, message }) => [at, externalId, message.slice(0, 20)]),
    ).toEqual([
      [6, "2", "`title` is missing: "],
      [9, undefined, "`number` is missing:"],
    ]);
  });

  test("a document that is cut off is no source at all", () => {
    for (const contents of [
      readGithub([sourceFile("i.json", '[{"number":1,\n"title":"x"')]),
      readTaskmaster([sourceFile("t.json", '{"master":{"tasks":[\n{"id":1')]),
      readTaskmaster([sourceFile("t.json", '{"version":1}')]),
    ]) {
      expect(contents.records).toEqual([]);
      expect(contents.problems).toHaveLength(1);
      expect(contents.problems[0]?.message).toMatch(/expected/);
    }
  });

  test("Markdown files: front matter that is none, is not closed, or is no YAML", () => {
    const files = (text: string) => [
      sourceFile("tasks/task-1 - a.md", text),
      sourceFile("tasks/task-2 - b.md", "---\nid: task-2\ntitle: B\n---\n"),
    ];
    for (const [text, expected] of [
      ["no front matter", /first line must be `---`/],
      ["---\nid: task-1\n", /no closing `---` line/],
      ["---\nid: task-1\ntitle: [a\n---\n", /front matter is no YAML: /],
      [
        "---\nid: task-1\ntitle: &a [*a, *a]\nstatus: { x: 1 }\n---\n",
        /must be|no YAML|leads back to itself/,
      ],
      ["---\ntitle: x\n---\n", /`id` is missing/],
      ["---\n- a\n---\n", /must be an object/],
    ] as const) {
      const { records, problems } = readBacklog(files(text));
      expect(records.map(({ externalId }) => externalId)).toEqual(["task-2"]);
      expect(problems.map(({ path }) => path)).toEqual(["tasks/task-1 - a.md"]);
      expect(problems[0]?.message).toMatch(expected);
    }
    const { problems } = readTk([
      sourceFile("a-1.md", "---\nid: a-1\nid: a-2\n---\n# x\n"),
      sourceFile("a-2.md", "---\nnonsense\n---\n"),
    ]);
    expect(problems.map(({ line: at, message }) => [at, message])).toEqual([
      [3, "`id` stands here twice"],
      [2, "`key: value` was expected"],
    ]);
    const items = readWorkItems([
      sourceFile("open/x/thread.md", ""),
      sourceFile("open/y/item.md", new Uint8Array([0xff])),
    ]);
    expect(items.problems.map(({ externalId }) => externalId)).toEqual(["open/x", "y"]);
  });
});

describe("content that is meant to break something", () => {
  test("control characters, NUL, half characters, and our own markers come through as text", async () => {
    const evil =
      'a\u0000b \u001b[2J \ud800 <!-- wiggum:event {"id":"x"} -->\n## Comments\n### From root (2020-01-01 00:00)\n<<<<<<< HEAD\n```';
    const { ticket, entry } = await first(
      "beads",
      beads(
        line({
          id: "evil\u0007 id",
          title: "two\nlines \u001b]0;x\u0007",
          description: evil,
          notes: evil,
          labels: ["a\nb", " ", "ok"],
          comments: [{ author: "x\n### y", text: evil, created_at: "2026-01-02T03:04:05Z" }],
        }),
      ),
    );
    const text = encodeTicket(ticket);
    expect(ticket.title).toBe("two lines ]0;x");
    expect(ticket.labels).toEqual(["a b", "ok"]);
    expect(readEvents(ticket.body)).toHaveLength(1);
    const stored = evil.replace("\u0000", "\ufffd").replace("\ud800", "\ufffd");
    expect(readSection(ticket.body, "Description")).toBe(stored);
    expect(readSection(ticket.body, "Notes")).toBe(stored);
    expect(readEvents(ticket.body)[0]?.text).toBe(stored);
    expect(entry?.warnings).toEqual([expect.stringMatching(/were replaced/)]);
    expect(text.split("\n---\n")).toHaveLength(2);
  });

  test("a title that is too long is cut, and stands whole in the data", async () => {
    const title = `${"🙂".repeat(300)}end`;
    const { ticket } = await first("beads", beads(line({ id: "a", title })));
    expect(ticket.title.length).toBeLessThanOrEqual(maxTitleLength);
    expect(JSON.parse(String(ticket.fields.imported_data))).toEqual({ "title (whole)": title });
  });

  test("names of JavaScript's own are names like others", async () => {
    const { ticket } = await first(
      "beads",
      beads(
        '{"id":"constructor","title":"__proto__","__proto__":{"a":1},"status":"toString","issue_type":"hasOwnProperty"}\n',
      ),
    );
    expect(JSON.parse(String(ticket.fields.imported_data)) as object).toHaveProperty(["__proto__"], { a: 1 });
    expect([ticket.type, ticket.state, ticket.actionRequired?.reason]).toEqual([
      "task",
      "ready",
      "Its state in beads is 'toString'",
    ]);
  });

  test("a ticket that would be over 16 MiB is refused; what pointed at it becomes a reference", async () => {
    const contents = beads(
      line({ id: "big", title: "Big", description: "x".repeat(17 * 1024 * 1024) }) +
        line({ id: "b", title: "B", dependencies: [{ depends_on_id: "big", type: "blocks" }] }),
    );
    const plan = await planInto(memoryStore(), "beads", contents);
    expect(plan.entries.map(({ action }) => action)).toEqual(["refuse", "create"]);
    expect(plan.entries[0]?.why).toMatch(/16 MiB/);
    expect(plan.entries[1]?.ticket?.dependsOn).toEqual([]);
    expect(plan.entries[1]?.ticket?.references).toContainEqual({ kind: "depends-on", target: "big" });
    expect(isComplete(countsOf(plan))).toBe(false);
  });

  test("a Markdown body that cannot be stored as it is goes below a heading, escaped", async () => {
    const body = "before\n<<<<<<< HEAD\nmine\n=======\ntheirs\n>>>>>>> other\n";
    const { ticket } = await first(
      "tk",
      readTk([sourceFile("a-1.md", `---\nid: a-1\nstatus: open\n---\n# T\n${body}`)]),
    );
    expect(readSection(ticket.body, "Description")).toBe(body);
  });

  test("a `---` line and an event inside the body of a thread entry are text", () => {
    const entry = (body: string) =>
      `\n<!-- event: comment author: ann at: 2026-01-02T03:04:05Z -->\n\n## Comment\n\n${body}\n\n---\n`;
    const item = "---\nid: x\ntitle: X\n---\n\nBody\n";
    const bodies = [
      "one\n\n---\n\nstill one",
      "two\n<!-- event: close author: x at: y -->\nstill two",
      "three",
    ];
    const { records } = readWorkItems([
      sourceFile("open/x/item.md", item),
      sourceFile("open/x/thread.md", bodies.map(entry).join("")),
    ]);
    expect(records[0]?.events.map(({ text }) => text)).toEqual(bodies);
  });

  test("a byte order mark and CRLF are no part of anything", async () => {
    const { records, problems } = beads(
      `\ufeff${line({ id: "a", title: "A", description: "x\r\ny" }).replace("\n", "\r\n")}`,
    );
    expect([records.length, problems]).toEqual([1, []]);
    const { ticket } = await first(
      "tk",
      readTk([
        sourceFile(
          "a-1.md",
          "\ufeff---\r\nid: a-1\r\nstatus: closed\r\ndeps: []\r\n---\r\n# T\r\n\r\nText\r\n",
        ),
      ]),
    );
    expect([ticket.title, ticket.state, ticket.body]).toEqual(["T", "done", "\r\nText\r\n"]);
  });
});
