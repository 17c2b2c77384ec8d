// Exports, imports and the files backend say the same of the same files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  createFolderBackend,
  type FolderLayout,
  ticketsDirLayout,
  workItemsLayout,
} from "@wiggum/ticket-backend-files";
import { builtinTypes, createJudge, loadParsers, type Ticket, type TicketRecord } from "@wiggum/ticket-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readSource } from "./read-source.js";
import { backlogFiles, beadsIssues, jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";
import { bothWays, plainTicket } from "./testing/write-and-read.js";

const root = mkdtempSync(join(tmpdir(), "one-dialect-"));
beforeAll(loadParsers);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const layouts: Readonly<Record<"tk" | "work-items", FolderLayout>> = {
  tk: ticketsDirLayout(),
  "work-items": workItemsLayout(),
};
const formats = ["tk", "work-items"] as const;

const rich: Partial<Ticket> = {
  parent: "tk-0003",
  dependsOn: ["tk-0001", "tk-0002"],
  labels: ["b", "a, with a comma"].toSorted(),
  riskFlags: ["data"],
  readiness: "implementation-ready",
  needsPreflight: true,
  actionRequired: { reason: "Which port: 80?", since: "2026-01-03T00:00:00Z", by: "ann" },
  references: [
    { kind: "url", target: "https://example.org/a?b=[c],d" },
    { kind: "commit", target: "0123abc" },
    { kind: "file", target: "src/a b.ts" },
    { kind: "related", target: "tk-0001" },
    { kind: "note", target: "two words: and a colon" },
  ],
  createdBy: "bob",
  fields: { my_own: "yes", number: 3, list: ["a", "b"], text: "  blanks  " },
};
const tickets = [
  plainTicket("tk-0001", { state: "done" }),
  plainTicket("tk-0002", { state: "closed", title: "Given up: “quoted” # mark" }),
  plainTicket("tk-0003", { state: "in-progress", type: "feature" }),
  plainTicket("tk-0004", { ...rich, state: "ready" }),
  plainTicket("tk-0005", { type: "pr-task", state: "pr_open", fields: { pr_number: 7 } }),
  plainTicket("tk-0006", { state: "qa" }),
];

function openBackend(format: (typeof formats)[number], folder: string) {
  return createFolderBackend({
    root: folder,
    layout: layouts[format],
    judge: createJudge(builtinTypes),
    watchEveryMs: 100,
  });
}

/** In words that do not depend on ids: what links lead to is named by its title. */
function meaning({ ticket }: TicketRecord, all: readonly TicketRecord[]) {
  const titleOf = (id: string | undefined) =>
    all.find((record) => record.ticket.id === id)?.ticket.title ?? id;
  const { title, type, state, labels, riskFlags, readiness, needsPreflight, actionRequired, createdBy } =
    ticket;
  return {
    ...{ title, type, state, labels, riskFlags, readiness, needsPreflight, actionRequired, createdBy },
    dependsOn: ticket.dependsOn.map(titleOf).toSorted(),
    parent: titleOf(ticket.parent),
    references: ticket.references
      // Both tools have one kind of link between tickets.
      .map(({ kind, target }) => `${kind === "related" ? "ticket" : kind}:${titleOf(target)}`)
      .toSorted(),
  };
}

describe.each(formats)("%s", (format) => {
  test("what is exported is what the files backend reads: links, states, references, own fields", async () => {
    const folder = join(root, `export-${format}`);
    for (const { name, bytes } of bothWays[format].files(bothWays[format].write(tickets))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    const backend = openBackend(format, folder);
    try {
      const page = await backend.list();
      expect(page.problems).toEqual([]);
      expect(page.tickets.map((record) => meaning(record, page.tickets))).toEqual(
        tickets.map((record) => meaning(record, tickets)),
      );
      const four = page.tickets.find(({ ticket: { id } }) => id === "tk-0004")?.ticket;
      expect(four?.fields).toMatchObject(rich.fields ?? {});
    } finally {
      await backend.close();
    }
  });

  test("what the files backend writes is imported with links, states, references", async () => {
    const folder = join(root, `import-${format}`);
    mkdirSync(folder, { recursive: true });
    const backend = openBackend(format, folder);
    await backend.commit({
      operationId: "op-1",
      actor: { kind: "person", id: "ann" },
      subject: "Some tickets",
      at: "2026-05-01T00:00:00Z",
      changes: tickets.map(({ ticket }) => ({ id: ticket.id, expected: null, next: ticket })),
      override: "test",
    });
    await backend.close();
    const contents = await readSource(format, folder, {
      workingDirectory: root,
      readStdinBytes: () => Promise.reject(new Error("nothing to read")),
    });
    expect(contents.problems).toEqual([]);
    // The journal is ours, and no ticket that was left out.
    expect(contents.leftOut).toEqual([]);
    const store = memoryStore();
    const { entries } = await importInto(store, format, contents);
    expect(entries.flatMap(({ warnings }) => warnings)).toEqual([]);
    const stored = (await store.list()).tickets;
    const without = ({ references, ...rest }: ReturnType<typeof meaning>) => ({
      ...rest,
      references: references.filter((each) => !/^(?:tk|work-items|slug):/.test(each)),
    });
    const byTitle = (left: { title: string }, right: { title: string }) =>
      left.title < right.title ? -1 : 1;
    expect(stored.map((record) => without(meaning(record, stored))).toSorted(byTitle)).toEqual(
      tickets.map((record) => without(meaning(record, tickets))).toSorted(byTitle),
    );
  });

  test("large corpora of other tools come through: no member changes on the way", {
    timeout: 120_000,
  }, async () => {
    const store = memoryStore();
    await importInto(store, "beads", readBeads([sourceFile("i.jsonl", jsonLines(beadsIssues(300, 41)))]));
    await importInto(store, "backlog", readBacklog(backlogFiles(100, 43)));
    const records = (await store.list()).tickets;
    const { entries } = await planInto(
      memoryStore(),
      format,
      bothWays[format].read(bothWays[format].files(bothWays[format].write(records))),
    );
    const back = new Map(entries.map(({ externalId, ticket }) => [externalId, ticket]));
    for (const { ticket } of records) {
      const found = back.get(ticket.id);
      expect([found?.type, found?.state, found?.labels, found?.priority], ticket.id).toEqual([
        ticket.type,
        ticket.state,
        ticket.labels,
        ticket.priority,
      ]);
      expect(found?.dependsOn.length).toBe(
        new Set([
          ...ticket.dependsOn,
          ...(format === "tk"
            ? records
                .filter((other) => other.ticket.blocks.includes(ticket.id))
                .map((other) => other.ticket.id)
            : []),
        ]).size,
      );
      expect(found?.actionRequired?.reason).toBe(ticket.actionRequired?.reason);
    }
  });
});
