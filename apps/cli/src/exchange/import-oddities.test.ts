// What is easily left unnamed: pipes and folders with names of records, an id behind a broken line, members that repeat the text.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadParsers } from "@wiggum/ticket-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readTicketLines } from "./formats/jsonl.js";
import { readSource } from "./read-source.js";
import { sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";

const root = mkdtempSync(join(tmpdir(), "import-oddities-"));
beforeAll(loadParsers);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const from = {
  workingDirectory: root,
  readStdinBytes: () => Promise.reject(new Error("nothing to read")),
};

test.each([
  ["tk", "tk", "good.md", "---\nid: good\nstatus: open\n---\n# Good\n", "pipe.md", "folder.md"],
  [
    "backlog",
    "backlog",
    "tasks/task-1 - a.md",
    "---\nid: task-1\ntitle: A\n---\n",
    "tasks/pipe.md",
    "tasks/folder.md",
  ],
  [
    "work-items",
    "work-items",
    "open/i-1/item.md",
    "---\nid: i-1\ntitle: A\n---\n",
    "open/i-2/item.md",
    "open/i-3",
  ],
] as const)(
  "%s: a pipe and an empty folder with the name of a record are named, the rest is read",
  {
    timeout: 20_000,
  },
  async (format, folder, good, text, pipe, empty) => {
    for (const path of [good, pipe]) mkdirSync(join(root, folder, path, ".."), { recursive: true });
    writeFileSync(join(root, folder, good), text);
    execFileSync("mkfifo", [join(root, folder, pipe)]);
    mkdirSync(join(root, folder, empty));
    // Empty folders that mean nothing are not spoken of.
    mkdirSync(join(root, folder, "other"));
    const { records, problems } = await readSource(format, folder, from);
    expect(records).toHaveLength(1);
    expect(problems.map(({ path }) => path).toSorted()).toEqual(
      [join(folder, empty), join(folder, pipe)].toSorted(),
    );
  },
);

test("a pipe among attachments is named as what it is", { timeout: 20_000 }, async () => {
  const beside = join(root, "with", "t.jsonl.attachments", "tk-1");
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(root, "with", "t.jsonl"), `${JSON.stringify({ id: "tk-1", title: "A" })}\n`);
  execFileSync("mkfifo", [join(beside, "pipe")]);
  const lines = await readSource("jsonl", "with/t.jsonl", from);
  const named = [
    {
      path: "with/t.jsonl.attachments/tk-1/pipe",
      message: "It is no plain file: an attachment was expected",
    },
  ];
  expect([lines.records.length, lines.problems]).toEqual([1, named]);

  mkdirSync(join(root, "items", "open", "i-1", "artifacts"), { recursive: true });
  writeFileSync(join(root, "items", "open", "i-1", "item.md"), "---\nid: i-1\ntitle: A\n---\n");
  execFileSync("mkfifo", [join(root, "items", "open", "i-1", "artifacts", "pipe")]);
  expect((await readSource("work-items", "items", from)).problems).toEqual([
    { path: "items/open/i-1/artifacts/pipe", message: "It is no plain file: an attachment was expected" },
  ]);
});

test("the first of two records of one id is broken: the second does not take its id, and the mended one goes in", async () => {
  const store = memoryStore();
  const lines = (title: unknown) =>
    readBeads([
      sourceFile(
        "i.jsonl",
        `${JSON.stringify({ id: "bd-1", title })}\n${JSON.stringify({ id: "bd-1", title: "Second" })}\n`,
      ),
    ]);
  const broken = await importInto(store, "beads", lines(7));
  expect(broken.problems.map(({ line }) => line)).toEqual([1]);
  expect(broken.entries.map(({ action, why }) => [action, why])).toEqual([
    ["refuse", "its id stands at i.jsonl:1, too, which is broken"],
  ]);
  const mended = await importInto(store, "beads", lines("First"));
  expect(mended.entries.map(({ action }) => action)).toEqual(["create", "refuse"]);
  expect((await store.list()).tickets.map(({ ticket }) => ticket.title)).toEqual(["First"]);
});

test("jsonl: a member that says what the text says is no loss; one that does not is dropped, and said to be", async () => {
  const text =
    "---\nid: tk-0001\ntype: task\nstate: ready\nassigned_agent_id: worker-1\nmine: 3\n---\n\n# T\n";
  const contents = readTicketLines([
    sourceFile(
      "t.jsonl",
      `${JSON.stringify({ text, assigned_agent_id: "worker-1", mine: 3, other: "x" })}\n`,
    ),
  ]);
  const { entries } = await planInto(memoryStore(), "jsonl", contents);
  expect(Object.fromEntries((entries[0]?.account ?? []).map(({ field, fate }) => [field, fate]))).toEqual({
    text: "kept",
    assigned_agent_id: "mapped",
    mine: "mapped",
    other: "dropped",
  });
});

test("Backlog.md: what the YAML library would warn of is not printed by it", () => {
  const warn = vi.spyOn(process, "emitWarning");
  try {
    readBacklog([sourceFile("tasks/task-1 - a.md", "---\nid: task-1\ntitle: !odd A\n---\n")]);
    expect(warn).not.toHaveBeenCalled();
  } finally {
    warn.mockRestore();
  }
});
