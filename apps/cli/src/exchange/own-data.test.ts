// What our exports put away in a tool that has no place for it is read back from there by our imports.
import { loadParsers, type Ticket } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { beadsIssues, jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

beforeAll(loadParsers);

const rich = plainTicket("tk-0002", {
  title: "x: y # z",
  parent: "tk-0001",
  labels: ["a b"],
  riskFlags: ["data", "time"],
  readiness: "implementation-ready",
  needsPreflight: true,
  actionRequired: { reason: "Which port?", since: "2026-01-03T00:00:00Z", by: "ann" },
  references: [
    { kind: "url", target: "https://example.org/a" },
    { kind: "commit", target: "0123abc" },
    { kind: "file", target: "src/a b.ts" },
    { kind: "ticket", target: "tk-0001" },
    { kind: "ticket", target: "elsewhere-7" },
    { kind: "note", target: "two words: and a colon" },
  ],
});

describe.each(["beads", "taskmaster"] as const)("%s", (format) => {
  const { write, files, read } = bothWays[format];

  test("what stands in its metadata comes back: links re-pointed, labels, references, what may go wrong", async () => {
    const contents = read(files(write([rich, plainTicket("tk-0001")])));
    const { entries } = await planInto(memoryStore(), format, contents);
    expect(entries.flatMap(({ warnings }) => warnings)).toEqual([]);
    const byTitle = new Map(entries.map(({ title, ticket }) => [title, ticket as Ticket]));
    const [made, parent] = [byTitle.get("x: y # z"), byTitle.get("Title of tk-0001")];
    expect(made).toMatchObject({
      parent: parent?.id,
      labels: ["a b"],
      riskFlags: ["data", "time"],
      readiness: "implementation-ready",
      needsPreflight: true,
      actionRequired: { reason: "Which port?", since: "2026-01-03T00:00:00Z", by: "ann" },
    });
    const { references } = rich.ticket;
    const pointed = references.map(({ kind, target }) =>
      target === "tk-0001" ? { kind, target: parent?.id } : { kind, target },
    );
    const found = made?.references.filter(({ kind }) => kind !== format) ?? [];
    expect(found).toEqual(expect.arrayContaining(pointed));
    expect(found.length).toBe(pointed.length);
  });

  test("large corpora of another tool come through with labels, parents and references", {
    timeout: 120_000,
  }, async () => {
    const store = memoryStore();
    await importInto(
      store,
      "beads",
      bothWays.beads.read([sourceFile("i.jsonl", jsonLines(beadsIssues(200, 47)))]),
    );
    const records = (await store.list()).tickets;
    const { entries } = await planInto(memoryStore(), format, read(files(write(records))));
    const [before, after] = [
      records.map(({ ticket }) => ticket),
      entries.flatMap(({ ticket }) => ticket ?? []),
    ];
    const told = (tickets: readonly Ticket[]) => {
      const titles = new Map(tickets.map(({ id, title }) => [id, title]));
      return tickets
        .map(({ title, labels, parent, riskFlags, references }) => [
          title,
          labels,
          parent && titles.get(parent),
          riskFlags,
          references
            .map(({ kind, target }) => `${kind}:${titles.get(target) ?? target}`)
            .filter((each) => !/^(?:beads|taskmaster):/.test(each))
            .toSorted(),
        ])
        .toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
    };
    expect(before.some(({ parent }) => parent !== undefined)).toBe(true);
    expect(told(after)).toEqual(told(before));
  });
});

test("metadata that somebody else wrote under our name stays data and is in nobody's way", async () => {
  const issue = (wiggum: unknown) => ({ id: "bd-1", title: "T", status: "open", metadata: { wiggum } });
  for (const wiggum of [
    { labels: "x", references: [{ kind: "a" }], riskFlags: [1], needsPreflight: "maybe", parent: 3 },
    { references: "r", readiness: [], actionRequired: "now" },
    [],
    "x",
  ]) {
    const { entries } = await planInto(
      memoryStore(),
      "beads",
      bothWays.beads.read([sourceFile("i.jsonl", jsonLines([issue(wiggum)]))]),
    );
    expect(entries.map(({ action }) => action)).toEqual(["create"]);
    expect(entries[0]?.ticket?.references).toEqual([{ kind: "beads", target: "bd-1" }]);
  }
});
