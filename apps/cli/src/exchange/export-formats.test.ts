// What is written for other tools: every word of a ticket's text is in it, every member is accounted for, and each tool's reader takes it.
import { builtinTypes, loadParsers, type TicketRecord } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { exportBacklog } from "./export-backlog.js";
import { exportBeads } from "./export-beads.js";
import { exportTaskmaster, taskmasterFile } from "./export-taskmaster.js";
import { exportTk } from "./export-tk.js";
import { exportWorkItems } from "./export-work-items.js";
import type { ExportedTicket, TargetFormat } from "./exported-ticket.js";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readTk } from "./formats/tk.js";
import { readWorkItems } from "./formats/work-items.js";
import type { SourceContents } from "./imported-ticket.js";
import { backlogFiles, beadsIssues, jsonLines, sourceFile } from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";
import { wordsIn } from "./testing/seeded.js";

const now = "2026-05-01T00:00:00Z";
type Written = readonly ExportedTicket[];
const filesOf = (tickets: Written) =>
  tickets.flatMap(({ files }) => files.map(({ name, text }) => sourceFile(name, text)));
const textOf = (tickets: Written) => tickets.flatMap(({ files }) => files.map(({ text }) => text)).join("");

const formats: Readonly<
  Record<
    Exclude<TargetFormat, "jsonl">,
    {
      readonly write: (records: readonly TicketRecord[]) => Written;
      readonly read: (tickets: Written) => SourceContents;
    }
  >
> = {
  beads: {
    write: (records) => exportBeads(records, builtinTypes, now),
    read: (tickets) => readBeads([sourceFile("issues.jsonl", textOf(tickets))]),
  },
  tk: {
    write: (records) => exportTk(records, builtinTypes, now),
    read: (tickets) => readTk(filesOf(tickets)),
  },
  "work-items": {
    write: (records) => exportWorkItems(records, builtinTypes, now),
    read: (tickets) => readWorkItems(filesOf(tickets)),
  },
  backlog: {
    write: (records) => exportBacklog(records, builtinTypes, now),
    read: (tickets) => readBacklog(filesOf(tickets)),
  },
  taskmaster: {
    write: (records) => exportTaskmaster(records, builtinTypes),
    read: (tickets) => readTaskmaster([sourceFile("tasks.json", taskmasterFile(tickets, now))]),
  },
};

let records: readonly TicketRecord[];
beforeAll(async () => {
  await loadParsers();
  const store = memoryStore();
  await importInto(store, "beads", readBeads([sourceFile("i.jsonl", jsonLines(beadsIssues(400, 29)))]));
  await importInto(store, "backlog", readBacklog(backlogFiles(100, 31)));
  records = (await store.list()).tickets;
});

describe.each(Object.keys(formats) as (keyof typeof formats)[])("%s", (format) => {
  const { write, read } = formats[format];

  test("every word of title and text is written, every member accounted for once", () => {
    for (const [index, { files, account }] of write(records).entries()) {
      const { ticket } = records[index] as TicketRecord;
      const written = wordsIn(files.map(({ text }) => text));
      const words = wordsIn([ticket.title, ticket.body]);
      expect(
        [...words].filter((word) => !written.has(word)),
        ticket.body,
      ).toEqual([]);
      const fields = account.map(({ field }) => field);
      expect(new Set(fields).size).toBe(fields.length);
      for (const member of ["id", "type", "state", "title", "body"]) expect(fields).toContain(member);
      for (const name of Object.keys(ticket.fields)) expect(fields).toContain(`fields.${name}`);
    }
  });

  test("the reader of the format takes all of it, with titles, links, and no word lost", {
    timeout: 60_000,
  }, async () => {
    const contents = read(write(records));
    expect(contents.problems).toEqual([]);
    const { entries } = await planInto(memoryStore(), format, contents);
    expect(entries.filter(({ action }) => action !== "create")).toEqual([]);
    const titles = entries.flatMap(({ ticket }) => ticket?.title ?? []);
    expect(titles.toSorted()).toEqual(records.map(({ ticket: { title } }) => title).toSorted());
    const count = (of: readonly { readonly dependsOn: readonly string[] }[]) =>
      of.reduce((sum, { dependsOn }) => sum + dependsOn.length, 0);
    expect(count(entries.flatMap(({ ticket }) => ticket ?? []))).toBe(
      count(records.map(({ ticket }) => ticket)),
    );
    const arrived = wordsIn(entries.map(({ ticket }) => ticket?.body));
    const sent = wordsIn(records.map(({ ticket: { body } }) => body));
    const elsewhere = wordsIn(entries.map(({ ticket }) => ticket));
    expect([...sent].filter((word) => !arrived.has(word) && !elsewhere.has(word))).toEqual([]);
  });
});
