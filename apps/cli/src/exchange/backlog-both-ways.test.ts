// What a folder of Backlog.md that we wrote says when it is read again.
import {
  appendEvent,
  loadParsers,
  readEvents,
  readSection,
  type Ticket,
  writeSection,
} from "@wiggum/ticket-core";
import { beforeAll, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { sourceFile } from "./testing/corpora.js";
import { memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);
const { write, files } = bothWays.backlog;

const said = { id: "e1", kind: "comment", source: "ann", text: "Said.", at: "2026-01-02T03:04:00Z" };

function bodyWith(sections: Readonly<Record<string, string>>): string {
  const body = Object.entries(sections).reduce(
    (text, [heading, words]) => writeSection(text, heading, words),
    "\n",
  );
  return appendEvent(body, said);
}

test("headings and fences in a section stay in it: the description is the description, comments are comments", async () => {
  const bodies = {
    "tk-0001": bodyWith({
      Notes: "## Description\n\nNo description.",
      Design: "## Acceptance Criteria\n\n- [ ] none",
    }),
    "tk-0002": bodyWith({ Description: "True.", Resolution: "Done:\n\n```\nopen" }),
  };
  const records = Object.entries(bodies).map(([id, body]) => plainTicket(id, { body }));
  const contents = readBacklog(files(write(records)));
  const { entries } = await planInto(memoryStore(), "backlog", contents);
  const [one, two] = entries.map(({ ticket }) => ticket as Ticket);
  expect(contents.records[0]?.description).toBeUndefined();
  expect(contents.records.map(({ criteria }) => criteria)).toEqual([[], []]);
  expect(readSection(one?.body ?? "", "Notes")).toContain("No description.");
  expect(contents.records.map(({ events }) => events.map(({ text }) => text))).toEqual([
    ["Said."],
    ["Said."],
  ]);
  expect(readEvents(one?.body ?? "").map(({ text }) => text)).toEqual(["Said."]);
  expect(readSection(two?.body ?? "", "Description")).toContain("True.");
});

test("references come back with their kinds, those to tickets re-pointed", async () => {
  const references = [
    { kind: "url", target: "https://example.org/a" },
    { kind: "url", target: "ftp://example.org/a" },
    { kind: "file", target: "src/a b.ts" },
    { kind: "file", target: "c:\\src" },
    { kind: "commit", target: "0123abc" },
    { kind: "ticket", target: "tk-0001" },
    { kind: "assignee", target: "steve" },
  ];
  const contents = readBacklog(
    files(write([plainTicket("tk-0001"), plainTicket("tk-0002", { references })])),
  );
  const { entries } = await planInto(memoryStore(), "backlog", contents);
  const [one, two] = entries.map(({ ticket }) => ticket as Ticket);
  const found = two?.references.filter(({ kind }) => kind !== "backlog") ?? [];
  const wanted = references.map((each) => (each.target === "tk-0001" ? { ...each, target: one?.id } : each));
  expect(found).toHaveLength(wanted.length);
  expect(found).toEqual(expect.arrayContaining(wanted));
  expect(entries.flatMap(({ warnings }) => warnings)).toEqual([]);
});

test("in a folder that another wrote, what is no address is a file; a title that looks like a number is words", () => {
  const text =
    "---\nid: task-1\nstatus: To Do\ntitle: 12.50\nreferences: [note:a, src/x.ts, https://example.org]\n---\n";
  const { records, problems } = readBacklog([sourceFile("tasks/task-1.md", text)]);
  expect(problems).toEqual([]);
  expect(records[0]?.title).toBe("12.50");
  expect(records[0]?.references).toEqual([
    { kind: "file", target: "note:a" },
    { kind: "file", target: "src/x.ts" },
    { kind: "url", target: "https://example.org" },
  ]);
});
