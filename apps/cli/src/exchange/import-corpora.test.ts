// Every format with a large source: nothing crashes, nothing is lost without a word, a second import changes nothing.
import { encodeTicket, loadParsers, type Ticket } from "@wiggum/ticket-core";
import { beforeAll, describe, expect, test } from "vitest";
import { readBacklog } from "./formats/backlog.js";
import { readBeads } from "./formats/beads.js";
import { readGithub } from "./formats/github.js";
import { readTaskmaster } from "./formats/taskmaster.js";
import { readTk } from "./formats/tk.js";
import { readWorkItems } from "./formats/work-items.js";
import type { ImportedTicket, SourceContents, SourceFormat } from "./imported-ticket.js";
import type { PlanEntry } from "./plan-import.js";
import {
  backlogFiles,
  beadsIssues,
  beadsLinkTypes,
  githubIssues,
  jsonLines,
  sourceFile,
  taskmasterDocument,
  tkFiles,
  workItems,
} from "./testing/corpora.js";
import { importInto, memoryStore, planInto } from "./testing/import-into-memory.js";
import { wordsIn } from "./testing/seeded.js";

interface Corpus {
  readonly contents: SourceContents;
  /** The raw record, or the texts that it was read from. */
  readonly rawOf: (record: ImportedTicket) => unknown;
  readonly expected: number;
}

const byId = (records: readonly Record<string, unknown>[], key: string) =>
  new Map(records.map((record) => [String(record[key]), record]));

const corpora: Readonly<Record<Exclude<SourceFormat, "jsonl">, () => Corpus>> = {
  beads: () => {
    const issues = beadsIssues(3000);
    const raw = byId(issues, "id");
    return {
      contents: readBeads([sourceFile("issues.jsonl", jsonLines(issues))]),
      rawOf: ({ externalId }) => raw.get(externalId),
      expected: 3000,
    };
  },
  "work-items": () => {
    const files = workItems(112);
    const decoder = new TextDecoder();
    return {
      contents: readWorkItems(files),
      rawOf: ({ externalId }) =>
        files
          .filter(({ name }) => name.includes(`/${externalId}/`))
          .map(({ name, bytes }) => (name.includes("/artifacts/") ? name : decoder.decode(bytes))),
      expected: 112,
    };
  },
  backlog: () => {
    const files = backlogFiles(500);
    const decoder = new TextDecoder();
    return {
      contents: readBacklog(files),
      rawOf: ({ place }) =>
        files.filter(({ path }) => path === place.path).map(({ bytes }) => decoder.decode(bytes)),
      expected: 503,
    };
  },
  taskmaster: () => {
    const document = taskmasterDocument(150);
    const contents = readTaskmaster([sourceFile("tasks.json", JSON.stringify(document, null, 2))]);
    const raw = new Map<string, unknown>();
    for (const [tag, { tasks }] of Object.entries(
      document as Record<string, { tasks: Record<string, unknown>[] }>,
    )) {
      const scope = tag === "master" ? "" : `${tag}:`;
      for (const { subtasks, ...task } of tasks) {
        raw.set(`${scope}${task.id}`, { ...task, subtasks: [] });
        for (const subtask of subtasks as Record<string, unknown>[])
          raw.set(`${scope}${task.id}.${subtask.id}`, subtask);
      }
    }
    return { contents, rawOf: ({ externalId }) => raw.get(externalId), expected: raw.size };
  },
  github: () => {
    const issues = githubIssues(400);
    const raw = byId(issues, "number");
    return {
      contents: readGithub([sourceFile("issues.json", JSON.stringify(issues))]),
      rawOf: ({ externalId }) => raw.get(externalId.split("#")[1] ?? ""),
      expected: 400,
    };
  },
  tk: () => {
    const files = tkFiles(300);
    const decoder = new TextDecoder();
    return {
      contents: readTk(files),
      rawOf: ({ place }) =>
        files.filter(({ path }) => path === place.path).map(({ bytes }) => decoder.decode(bytes)),
      expected: 300,
    };
  },
};

/** Leaves of a raw record that the account does not name exactly once. */
function unaccounted(raw: unknown, account: ReadonlyMap<string, number>, path = ""): readonly string[] {
  if (account.get(path) === 1) return [];
  if ((account.get(path) ?? 0) > 1) return [`${path} twice`];
  if (Array.isArray(raw) && raw.length > 0)
    return raw.flatMap((item, index) => unaccounted(item, account, `${path}[${index}]`));
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) {
    return Object.entries(raw)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) => unaccounted(value, account, path === "" ? key : `${path}.${key}`));
  }
  return [path];
}

/** What is left when everything is taken away, again and again, that waits for nothing. */
function inCycles(
  tickets: ReadonlyMap<string, Ticket>,
  of: (ticket: Ticket) => readonly string[],
): readonly string[] {
  const left = new Map(tickets);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [id, ticket] of left) if (!of(ticket).some((each) => left.has(each))) left.delete(id);
  }
  return [...left.keys()];
}

const ticketsOf = (entries: readonly PlanEntry[]): readonly Ticket[] =>
  entries.flatMap(({ ticket }) => ticket ?? []);

beforeAll(loadParsers);

describe.each(Object.keys(corpora) as (keyof typeof corpora)[])("a large source of %s", (format) => {
  const { contents, rawOf, expected } = corpora[format]();

  test("is read whole, without a problem", () => {
    expect(contents.problems).toEqual([]);
    expect(contents.records).toHaveLength(expected);
    expect(new Set(contents.records.map(({ externalId }) => externalId)).size).toBe(expected);
  });

  test("every field of every record is kept, mapped or dropped, and in one of these alone", () => {
    for (const record of contents.records) {
      const count = new Map<string, number>();
      for (const { field } of record.account) count.set(field, (count.get(field) ?? 0) + 1);
      expect([...count.values()].every((times) => times === 1)).toBe(true);
      const raw = rawOf(record);
      expect(raw).toBeDefined();
      if (!Array.isArray(raw)) expect(unaccounted(raw, count), record.externalId).toEqual([]);
    }
  });

  test("every word of what is not dropped stands in the ticket", { timeout: 60_000 }, async () => {
    const { entries } = await planInto(memoryStore(), format, contents);
    const entryOf = new Map(entries.map((entry) => [entry.externalId, entry]));
    for (const record of contents.records.filter(({ isDeleted }) => isDeleted !== true)) {
      const entry = entryOf.get(record.externalId);
      expect(entry?.action, `${record.externalId} ${entry?.why ?? ""}`).toBe("create");
      const { ticket, attachments = [] } = entry ?? {};
      if (ticket === undefined) throw new Error("no ticket");
      const found = wordsIn([encodeTicket(ticket), ...attachments.map(({ name }) => name)]);
      const missing = [...wordsIn(rawOf(record))].filter((word) => !found.has(word));
      expect(missing, record.externalId).toEqual([]);
    }
  });

  test("dependencies and parents are tickets, without a cycle", async () => {
    const { entries } = await planInto(memoryStore(), format, contents);
    const tickets = new Map(ticketsOf(entries).map((ticket) => [ticket.id, ticket]));
    for (const { dependsOn, parent } of tickets.values()) {
      for (const id of [...dependsOn, ...(parent === undefined ? [] : [parent])])
        expect(tickets.has(id)).toBe(true);
    }
    expect(inCycles(tickets, ({ dependsOn }) => dependsOn)).toEqual([]);
    expect(inCycles(tickets, ({ parent }) => (parent === undefined ? [] : [parent]))).toEqual([]);
  });

  test("a second import, and one that goes on after an interruption, make nothing twice", {
    timeout: 60_000,
  }, async () => {
    const whole = memoryStore();
    await importInto(whole, format, contents);
    const parts = memoryStore();
    await importInto(parts, format, contents, { stopAfter: Math.floor(expected / 3) });
    await importInto(parts, format, contents, { stopAfter: Math.floor(expected / 2) });
    await importInto(parts, format, contents);
    const texts = async (store: typeof whole) =>
      (await store.list()).tickets.map(({ text, ticket }) => text ?? encodeTicket(ticket));
    const first = await texts(whole);
    expect(await texts(parts)).toEqual(first);
    const again = await importInto(whole, format, contents);
    expect(again.entries.every(({ action }) => action === "skip")).toBe(true);
    expect(await texts(whole)).toEqual(first);
  });
});

test("beads: every type of link is a dependency, the parent, or a reference that names the ticket", async () => {
  const issues = [
    { id: "bd-0", title: "Target" },
    ...beadsLinkTypes.map((type, index) => ({
      id: `bd-${index + 1}`,
      title: type,
      dependencies: [{ issue_id: `bd-${index + 1}`, depends_on_id: "bd-0", type }],
    })),
  ];
  const { entries } = await planInto(
    memoryStore(),
    "beads",
    readBeads([sourceFile("i.jsonl", jsonLines(issues))]),
  );
  const target = entries[0]?.id ?? "";
  for (const ticket of ticketsOf(entries).slice(1)) {
    const said = ticket.references.find((reference) => reference.target === target)?.kind;
    const expected = /^(?:blocks|conditional-blocks|waits-for)$/.test(ticket.title)
      ? [[target], undefined, undefined]
      : ticket.title === "parent-child"
        ? [[], target, undefined]
        : [[], undefined, ticket.title.replaceAll(" ", "-")];
    expect([ticket.dependsOn, ticket.parent, said], ticket.title).toEqual(expected);
  }
});
