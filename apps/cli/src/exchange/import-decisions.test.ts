// What is decided about records: ids, links, states, and what real sources have in store.
import { builtinTypes, loadParsers } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readTicketLines } from "./formats/jsonl.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readWorkItems } from "./formats/work-items.js";
import { countsOf, isComplete } from "./import-report.js";
import type { SourceContents, SourceFormat } from "./imported-ticket.js";
import { jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";

beforeAll(loadParsers);

const beads = (text: string | Uint8Array) => readBeads([sourceFile("issues.jsonl", text)]);
const line = (record: object) => `${JSON.stringify(record)}\n`;
const first = async (format: SourceFormat, contents: SourceContents) => {
  const { entries } = await planInto(memoryStore(), format, contents);
  const ticket = entries[0]?.ticket;
  if (ticket === undefined) throw new Error(entries[0]?.why ?? contents.problems[0]?.message ?? "no record");
  return { ticket, entry: entries[0] };
};

describe("what is found in sources that are in use", () => {
  test("beads: lines that are no issues, a priority that was left out, a link under an older name", () => {
    const { records, problems, leftOut } = beads(
      '{"_schema":"beads-jsonl"}\n' +
        line({ _type: "memory", key: "k", value: "v" }) +
        line({
          _type: "issue",
          id: "a",
          title: "A",
          priority: null,
          dependencies: [{ issue_id: "old-a", depends_on_id: "b" }],
        }) +
        line({ id: "b", title: "B" }),
    );
    expect(problems).toEqual([]);
    expect(leftOut.map(({ path }) => path)).toEqual(["issues.jsonl:1", "issues.jsonl:2"]);
    expect(records.map(({ priority }) => priority)).toEqual([undefined, 0]);
    expect(records[0]?.kept).toEqual({ "dependencies[0].issue_id": "old-a" });
  });

  test("a priority in words that nobody knows stays as data", async () => {
    const { ticket, entry } = await first(
      "backlog",
      readBacklog([
        sourceFile(
          "tasks/task-1 - a.md",
          "---\nid: task-1\ntitle: A\nstatus: ○ To Do\npriority: someday\n---\n",
        ),
      ]),
    );
    expect([ticket.priority, ticket.state, ticket.actionRequired]).toEqual([2, "ready", undefined]);
    expect(JSON.parse(String(ticket.fields.imported_data))).toEqual({ priority: "someday" });
    expect(entry?.account.find(({ field }) => field === "priority")?.fate).toBe("kept");
  });

  test("task-master: criteria as one text, numbers of sisters and of tasks, a broken task with subtasks", () => {
    const subtask = (id: number, dependencies: readonly number[]) => ({
      id,
      title: `S${id}`,
      dependencies,
      acceptanceCriteria: "- one\n- two",
    });
    const tasks = [
      { id: 1, title: "One", subtasks: [subtask(1, []), subtask(2, [1, 7])] },
      { id: 7, title: "Seven" },
      { id: 8, subtasks: [subtask(1, [])] },
    ];
    const { records, problems } = readTaskmaster([sourceFile("tasks.json", JSON.stringify({ tasks }))]);
    const two = records.find(({ externalId }) => externalId === "1.2");
    expect(two?.links.map(({ kind, target }) => `${kind} ${target}`)).toEqual([
      "parent 1",
      "depends-on 1.1",
      "depends-on 7",
    ]);
    expect(two?.criteria.map(({ text }) => text)).toEqual(["one", "two"]);
    expect(problems.map(({ externalId, message }) => [externalId, message])).toEqual([
      ["8", "`title` is missing: text was expected (its 1 subtasks stay out with it)"],
    ]);
  });

  test("front matter of people: lists over several lines, titles in brackets and quotes", () => {
    const { records } = readWorkItems([
      sourceFile(
        "open/x/item.md",
        '---\nid: x\ntitle: [WIP] "quoted"\nlabels:\n  - one\n  - "two"\nassignee: null\n---\n\nBody\n',
      ),
    ]);
    expect([records[0]?.title, records[0]?.labels, records[0]?.references]).toEqual([
      '[WIP] "quoted"',
      ["one", "two"],
      [],
    ]);
  });
});

describe("ids, links, states", () => {
  test("an id that stands there twice: the same record counts once, another one is refused", async () => {
    const a = line({ id: "a", title: "A" });
    const { entries } = await planInto(
      memoryStore(),
      "beads",
      beads(a + a + line({ id: "a", title: "other" })),
    );
    expect(entries.map(({ action }) => action)).toEqual(["create", "skip", "refuse"]);
    expect(entries[2]?.why).toBe("its id stands at issues.jsonl:1, too, with something else");
  });

  test("a ring of 10,000 is opened at one place", async () => {
    const ring = Array.from({ length: 10_000 }, (_, index) => ({
      id: `r-${index}`,
      title: `R ${index}`,
      dependencies: [{ depends_on_id: `r-${(index + 1) % 10_000}`, type: "blocks" }],
    }));
    const { entries } = await planInto(memoryStore(), "beads", beads(jsonLines(ring)));
    expect(entries.filter(({ ticket }) => ticket?.dependsOn.length === 0)).toHaveLength(1);
    expect(entries.filter(({ warnings }) => warnings.length > 0)).toHaveLength(1);
  });

  test("a record that changed in the source since is told of, and its ticket left alone", async () => {
    const store = memoryStore();
    await importInto(store, "beads", beads(line({ id: "a", title: "A" })));
    const plan = await importInto(
      store,
      "beads",
      beads(
        line({ id: "a", title: "B" }) +
          line({ id: "b", title: "New", dependencies: [{ depends_on_id: "a", type: "blocks" }] }),
      ),
    );
    expect(plan.entries.map(({ action }) => action)).toEqual(["stale", "create"]);
    expect(plan.entries[1]?.ticket?.dependsOn).toEqual([plan.entries[0]?.id]);
    expect(isComplete(countsOf(plan))).toBe(false);
  });

  test("the same ids from another source are other tickets", async () => {
    const store = memoryStore();
    await importInto(store, "beads", beads(line({ id: "a", title: "A" })), { source: "one" });
    const plan = await importInto(store, "beads", beads(line({ id: "a", title: "A" })), { source: "two" });
    expect(plan.entries.map(({ action }) => action)).toEqual(["create"]);
    expect((await store.list()).tickets.map(({ ticket }) => ticket.fields.imported_id).sort()).toEqual([
      "one/a",
      "two/a",
    ]);
  });

  test("a state can be chosen; one that the type does not have is refused", async () => {
    const contents = beads(line({ id: "a", title: "A", status: "blocked" }));
    const chosen = await planInto(memoryStore(), "beads", contents, { states: new Map([["blocked", "qa"]]) });
    expect([chosen.entries[0]?.ticket?.state, chosen.entries[0]?.ticket?.actionRequired]).toEqual([
      "qa",
      undefined,
    ]);
    const wrong = await planInto(memoryStore(), "beads", contents, {
      states: new Map([["blocked", "pr_open"]]),
    });
    expect([wrong.entries[0]?.action, wrong.entries[0]?.why]).toEqual([
      "refuse",
      expect.stringMatching(/has no state 'pr_open'/),
    ]);
  });

  test("what is in review is in review, where the type has that state", async () => {
    const files = [
      sourceFile("tasks/task-1 - a.md", "---\nid: task-1\ntitle: A\nstatus: In Review\n---\n"),
      sourceFile("tasks/task-2 - b.md", "---\nid: task-2\ntitle: B\nstatus: In Review\ntype: pr-task\n---\n"),
    ];
    const { entries } = await planInto(memoryStore(), "backlog", readBacklog(files));
    expect(entries.map(({ ticket }) => ticket?.state)).toEqual(["review", "pr_open"]);
  });

  test("types with other states: every meaning finds one", async () => {
    const { "pr-task": type } = builtinTypes.types;
    if (type === undefined) throw new Error("no such type");
    const types = { defaultType: "pr-task", types: { "pr-task": type } };
    const states = ["open", "in_progress", "closed", "deferred"];
    const { entries } = await planInto(
      memoryStore(types),
      "beads",
      beads(jsonLines(states.map((status) => ({ id: status, title: status, status })))),
      { types },
    );
    expect(entries.map(({ ticket }) => ticket?.state)).toEqual([
      "backlog",
      "in_progress",
      "pr_merged",
      "backlog",
    ]);
    expect(entries[3]?.ticket?.actionRequired?.reason).toBe("Its state in beads is 'deferred'");
  });

  test("our own lines: what stands beside the text must say what the text says", () => {
    const text = "---\nid: tk-0001\ntype: task\nstate: ready\n---\n\n# T\n";
    const { records, problems } = readTicketLines([
      sourceFile(
        "t.jsonl",
        line({ id: "tk-0001", state: "done", text }) +
          line({ text: "no ticket" }) +
          line({ text, note: "x" }),
      ),
    ]);
    expect(records.map(({ externalId }) => externalId)).toEqual(["tk-0001"]);
    expect(problems.map(({ line: at, message }) => [at, message.slice(0, 40)])).toEqual([
      [1, '`state` must say what `text` says ("read'],
      [2, "`text` must be the text of a ticket: Can"],
    ]);
  });
});
