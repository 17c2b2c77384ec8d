// P12 P18 P40: what others wrote comes back byte for byte, and a change touches what it changes.

import type { Ticket } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import {
  commitOf,
  copyOf,
  filesOf,
  openBackend,
  openItems,
  scriptDoctor,
  temporaryFolder,
} from "../store.fixture.js";
import { makeCorpus } from "./corpus.fixture.js";
import { workItemsLayout } from "./work-items-layout.js";

const count = 240;
const layout = workItemsLayout();

/** Lines of the front matter that are in one text and not in the other, whatever their order. */
function differingKeys(before: string, after: string): readonly string[] {
  const head = (text: string) => text.slice(0, text.search(/\n---\r?\n/)).split("\n");
  const [old, made] = [head(before), head(after)];
  const lines = [
    ...old.filter((line) => !made.includes(line)),
    ...made.filter((line) => !old.includes(line)),
  ];
  return [...new Set(lines.map((line) => line.slice(0, line.indexOf(":"))))].sort();
}

const bodyOf = (text: string) => text.slice(text.search(/\n---\r?\n/));

function changedFiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
}

test("every item is read, and written back without a change it is the same bytes", async () => {
  const root = temporaryFolder();
  const ids = makeCorpus(root, count);
  const before = filesOf(root);
  const backend = openBackend(root);
  const { tickets, problems } = await backend.list();
  expect(problems).toEqual([]);
  expect(tickets.map(({ ticket }) => ticket.id).sort()).toEqual([...ids].sort());
  const changes = tickets.map(({ ticket, revision }) => ({
    id: ticket.id,
    expected: revision,
    next: ticket,
  }));
  await backend.commit(commitOf(changes));
  expect(filesOf(root)).toEqual(before);
  const items = openItems(root);
  for (const id of ids.slice(0, 60)) {
    const { document, meta, events } = await items.show(id);
    const text = Buffer.from(before.get(`${meta.path}/item.md`) ?? "", "latin1").toString();
    expect(text.endsWith(document.body)).toBe(true);
    expect(text.includes(document.frontMatter)).toBe(true);
    expect(events.length).toBeGreaterThan(0);
  }
  expect((await items.doctor()).findings.filter(({ severity }) => severity === "error")).toEqual([]);
});

describe("a change of one value keeps every other byte", () => {
  const changes: readonly (readonly [string, (ticket: Ticket) => Partial<Ticket>, readonly string[]])[] = [
    ["title", () => ({ title: "Another: title" }), ["title"]],
    ["priority", ({ priority }) => ({ priority: (priority + 1) % 5 }), ["priority"]],
    ["labels", () => ({ labels: ["new", "two words"] }), ["labels"]],
    ["assignee", () => ({ assignedAgentId: "worker-9" }), ["assignee"]],
    ["readiness", () => ({ readiness: "spiked" }), ["readiness"]],
    [
      "preflight",
      ({ needsPreflight }) => ({ needsPreflight: needsPreflight !== true }),
      ["needs-preflight", "needs_preflight"],
    ],
    ["risks", () => ({ riskFlags: ["x, y"] }), ["risk_flags", "risks"]],
    ["action", () => ({ actionRequired: { reason: "ask ann" } }), ["action_required"]],
    ["field", ({ fields }) => ({ fields: { ...fields, mine: "yes: no" } }), ["mine"]],
    ["body", ({ body }) => ({ body: `${body}more` }), []],
  ];

  test.each(changes)("%s", async (_name, change, keys) => {
    const root = temporaryFolder();
    makeCorpus(root, count);
    const before = filesOf(root);
    const backend = openBackend(root);
    const { tickets } = await backend.list();
    const next = tickets.map(({ ticket, revision }) => ({
      id: ticket.id,
      expected: revision,
      next: { ...ticket, ...change(ticket) },
    }));
    const { records } = await backend.commit(commitOf(next));
    expect(records.map(({ ticket }) => ticket)).toEqual(next.map((each) => each.next));
    const after = filesOf(root);
    const items = changedFiles(before, after);
    expect(items.every((path) => path.endsWith("/item.md"))).toBe(true);
    expect(items.length).toBeGreaterThan(count / 2);
    for (const path of items) {
      const [old = "", made = ""] = [before.get(path), after.get(path)];
      for (const key of differingKeys(old, made)) expect(keys, `${path}\n${old}\n${made}`).toContain(key);
      if (keys.length > 0) expect(bodyOf(made)).toBe(bodyOf(old));
      else expect(made).toBe(`${old}more`);
    }
  });
});

test("each operation changes its item alone: two lines of it, and the end of its thread", async () => {
  const model = temporaryFolder();
  const ids = makeCorpus(model, 120, 7);
  const operations = ["comment", "review", "status", "close"] as const;
  for (const operation of operations) {
    const root = copyOf(model);
    const items = openItems(root);
    const before = filesOf(root);
    for (const id of ids) {
      if (operation === "comment") await items.addEvent(id, { kind: "decision", body: "Decided" });
      if (operation === "review") await items.review(id, { result: "approve", body: "Good" });
      if (operation === "status") await items.setStatus(id, "pending");
      if (operation === "close") await items.close(id, "Closed now.");
    }
    const after = filesOf(root);
    const place = (files: ReadonlyMap<string, string>, id: string) =>
      [...files.keys()].find((path) => path.endsWith(`/${id}/item.md`))?.slice(0, -"/item.md".length) ?? "";
    for (const id of ids) {
      const [old, made] = [place(before, id), place(after, id)];
      const rest = (files: ReadonlyMap<string, string>, folder: string) =>
        [...files]
          .filter(([path]) => path.startsWith(`${folder}/artifacts`))
          .map(([path, bytes]) => [path.slice(folder.length), bytes]);
      expect(rest(after, made)).toEqual(rest(before, old));
      const [oldItem = "", madeItem = ""] = [before.get(`${old}/item.md`), after.get(`${made}/item.md`)];
      for (const key of differingKeys(oldItem, madeItem)) expect(["status", "updated_at"]).toContain(key);
      expect(bodyOf(madeItem)).toBe(bodyOf(oldItem));
      expect(after.get(`${made}/thread.md`)?.startsWith(before.get(`${old}/thread.md`) ?? "?")).toBe(true);
      if (operation === "status") expect(made).toBe(`pending/${id}`);
      if (operation === "close") expect(after.get(`${made}/resolution.md`)).toBe("Closed now.\n");
    }
    expect((await items.doctor()).findings.filter(({ severity }) => severity === "error")).toEqual([]);
    await openBackend(root).list();
  }
  const plain = temporaryFolder();
  const items = openItems(plain);
  for (let index = 0; index < 20; index++) await items.create({ title: `Item ${index % 5}` });
  expect(scriptDoctor(plain)).toBe("doctor: ok\n");
}, 120_000);

test("the layout alone: decoded and encoded again nothing changes", async () => {
  const root = temporaryFolder();
  makeCorpus(root, 112, 3);
  const files = filesOf(root);
  for (const [path, text] of files) {
    if (!path.endsWith("/item.md")) continue;
    const folder = path.slice(0, -"/item.md".length);
    const stored = {
      id: folder.split("/")[1] ?? "",
      folder,
      files: new Map([["item.md", Buffer.from(text, "latin1")]]),
    };
    const context = { actor: { kind: "person", id: "x" }, at: "2026-01-01T00:00:00Z" } as const;
    const noFolder = {
      path: "",
      entries: () => [],
      kindOf: () => undefined,
      read: () => undefined,
      digest: () => undefined,
      enter: () => undefined,
    };
    expect(layout.encode(layout.decode(stored), stored, { ...context, folder: noFolder })).toBe(stored);
  }
});
