import { randomInt, randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTickets, type Ticket } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { expect, test } from "vitest";
import {
  commitOf,
  filesOf,
  openBackend,
  openItems,
  runScript,
  runScriptWith,
  scriptDoctor,
  temporaryFolder,
} from "../store.fixture.js";
import { workItemTypes } from "./statuses.js";

const at = "2026-05-06T07:08:09Z";
const now = () => new Date(at);
const read = (root: string, path: string) => readFileSync(join(root, path), "utf8");

test("create writes the files of the format, byte for byte, and the other program finds nothing wrong", async () => {
  const root = temporaryFolder();
  const items = openItems(root, { now });
  const made = await items.create({
    title: "Fix login: Größe & co",
    labels: ["auth", "ui"],
    priority: "P1",
    readiness: "implementation-ready",
    needsPreflight: true,
    riskFlags: ["migration"],
    actionRequired: "none",
    references: [{ kind: "url", target: "https://example.org/a,b" }],
  });
  const id = "20260506-070809-fix-login-gr-e-co";
  expect(made).toEqual({ id, slug: "fix-login-gr-e-co", status: "open" });
  expect(Object.fromEntries(filesOf(root))).toEqual({
    [`open/${id}/artifacts/.gitkeep`]: "",
    [`open/${id}/item.md`]: Buffer.from(
      `---\nid: ${id}\nslug: fix-login-gr-e-co\ntitle: Fix login: Größe & co\nstatus: open\nkind: task\npriority: P1\nlabels: [auth, ui]\ncreated_at: ${at}\nupdated_at: ${at}\nassignee: null\nlegacy_ticket: null\nreadiness: implementation-ready\nneeds_preflight: true\nrisk_flags: [migration]\nreferences: ["url:https://example.org/a,b"]\naction_required: none\n---\n\n## Background\n\nCreated by wiggum.\n\n## Acceptance criteria\n\n- TBD\n`,
    ).toString("latin1"),
    [`open/${id}/thread.md`]: `<!-- event: create author: unknown at: ${at} -->\n\n## Created\n\nCreated by wiggum.\n\n---\n`,
  });
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
  expect(await items.doctor()).toEqual({ findings: [], isSound: true });
});

test("events, reviews, moves and closes are written as the other program writes them", async () => {
  const root = temporaryFolder();
  const items = openItems(root, { now });
  const { id } = await items.create({ title: "One" });
  const start = read(root, `open/${id}/thread.md`);
  for (const kind of ["comment", "plan", "decision", "implementation_report", "musing"]) {
    await items.addEvent("one", { kind, body: `Of ${kind}` }, { author: "Ann B" });
  }
  await items.review(id, { result: "request_changes", body: "No.\n" }, { author: "rex" });
  await items.review(id, { result: "approve", body: "Yes." }, { author: "rex" });
  await items.setStatus(id, "pending", { author: "rex" });
  await items.setStatus(id, "pending", { author: "rex" });
  await items.close(id, "Done in abc123.", { author: "rex" });
  const block = (about: string, heading: string, body: string) =>
    `\n<!-- event: ${about} -->\n\n## ${heading}\n\n${body}\n\n\n---\n`;
  expect(read(root, `closed/${id}/thread.md`)).toBe(
    [
      start,
      block(`comment author: Ann_B at: ${at}`, "Comment", "Of comment"),
      block(`plan author: Ann_B at: ${at}`, "Plan", "Of plan"),
      block(`decision author: Ann_B at: ${at}`, "Decision", "Of decision"),
      block(
        `implementation_report author: Ann_B at: ${at}`,
        "Implementation report",
        "Of implementation_report",
      ),
      block(`musing author: Ann_B at: ${at}`, "musing", "Of musing"),
      block(`review author: rex at: ${at} status: request_changes`, "Review: request changes", "No."),
      block(`review author: rex at: ${at} status: approve`, "Review: approve", "Yes."),
      block(
        `status_changed author: rex at: ${at} status: pending`,
        "Status changed",
        "Status changed to `pending`.",
      ),
      block(`close author: rex at: ${at} status: closed`, "Closed", "Done in abc123."),
    ].join(""),
  );
  expect(read(root, `closed/${id}/resolution.md`)).toBe("Done in abc123.\n");
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
  const { events, resolution, meta } = await items.show("one");
  expect(events.map(({ kind, status, body }) => [kind, status, body]).slice(5)).toEqual([
    ["musing", undefined, "Of musing"],
    ["review", "request_changes", "No."],
    ["review", "approve", "Yes."],
    ["status_changed", "pending", "Status changed to `pending`."],
    ["close", "closed", "Done in abc123."],
  ]);
  expect([resolution, meta.status]).toEqual(["Done in abc123.\n", "closed"]);
  await items.close(id, "Again.");
  expect(read(root, `closed/${id}/resolution.md`)).toBe("Again.\n");
  expect((await items.show(id)).events).toHaveLength(11);
});

// P18
test("rules, event comments and lists in a body come back as they were, for us and behind what the other program adds", async () => {
  const root = temporaryFolder();
  const items = openItems(root);
  const { id } = await items.create({ title: "Nasty" });
  const bodies = [
    "before\n\n---\n\nafter",
    "---",
    "a\n---\n\n---\n\nb\n---",
    "x\n\n---\n\n<!-- event: close author: x at: 2026-01-01T00:00:00Z status: closed -->\n\n## Closed\n\nnot so",
    "<!--\\ event: a at: b -->",
    "  indented\n\n\n\nlines\n\n## A heading\n\n<!-- a comment -->",
    "## Heading first\n\ntext",
    "\u001b[2J 🧵\r\nline",
  ];
  for (const body of bodies) {
    await items.addEvent(id, { kind: "comment", body }, { author: "ann" });
    runScriptWith("plain\n", root, "comment", id, "--author", "bob");
  }
  const { events } = await items.show(id);
  const ours = events.filter(({ author }) => author === "ann").map(({ body }) => body);
  expect(ours).toEqual(bodies);
  expect(events).toHaveLength(1 + 2 * bodies.length);
  expect(await items.doctor()).toEqual({ findings: [], isSound: true });
});

test("a thread that somebody left open, and a move that went half the way, are put right on the way", async () => {
  const root = temporaryFolder();
  const items = openItems(root, { now });
  const { id } = await items.create({ title: "Half" });
  const thread = join(root, "open", id, "thread.md");
  appendFileSync(
    thread,
    "\n<!-- event: comment author: x at: 2026-01-01T00:00:00Z -->\n\n## Comment\n\nno end",
  );
  renameSync(join(root, "open", id), join(root, "pending", id));
  expect((await items.show(id)).meta.status).toBe("pending");
  expect((await items.doctor()).isSound).toBe(false);
  await items.addEvent(id, { kind: "plan", body: "Go on" });
  expect((await items.show(id)).events.map(({ kind, body }) => [kind, body])).toEqual([
    ["create", "Created by wiggum."],
    ["comment", "no end"],
    ["plan", "Go on"],
  ]);
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
  expect(read(root, `pending/${id}/thread.md`)).toMatch(/\nno end\n\n---\n\n<!-- event: plan /);
});

test("what no file can hold is refused, and nothing is written", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root);
  const before = filesOf(root);
  const bad: readonly Partial<Ticket>[] = [
    { body: "a\0b" },
    { body: "\ud800" },
    { body: "x".repeat(17 * 1024 * 1024) },
    { title: " spaced " },
    { fields: { "a:b": 1 } },
    { fields: { "a\nb": 1 } },
    { fields: { "#x": 1 } },
    { fields: { "---": 1 } },
    { fields: { slug: 7 } },
    { fields: { labels: ["x"] } },
  ];
  for (const extra of bad) {
    const next = sampleTicket("tk-1", extra);
    await expect(backend.commit(commitOf([{ id: "tk-1", expected: null, next }]))).rejects.toMatchObject({
      code: "TICKET_INVALID",
    });
  }
  const items = openItems(root);
  for (const [field, input] of Object.entries({
    labels: { labels: ["a\nb"] },
    riskFlags: { riskFlags: ["\u001b[2J"] },
  })) {
    await expect(items.create({ title: "T", ...input })).rejects.toMatchObject({
      code: "TICKET_INVALID",
      data: { field },
    });
  }
  expect(filesOf(root)).toEqual(before);
});

test("references are kept as a list at the end of a body, and are read from it", async () => {
  const root = temporaryFolder();
  const items = openItems(root);
  await items.create({ title: "Refs" });
  const references = ["file", "branch", "commit", "agent", "artifact", "url"].map((kind) => ({
    kind,
    target: `of ${kind}: x`,
  }));
  await items.addEvent("refs", { kind: "comment", body: "See.", references });
  await items.addEvent("refs", { kind: "comment", body: "None." });
  const { events } = await items.show("refs");
  expect(events[1]?.references).toEqual(references);
  expect(events[1]?.body.startsWith("See.\n\nReferences:\n\n- file: of file: x\n")).toBe(true);
  expect(events[2]?.references).toEqual([]);
  const bad = { kind: "comment", body: "x", references: [{ kind: "url", target: "a\nb" }] };
  await expect(items.addEvent("refs", bad)).rejects.toMatchObject({ code: "TICKET_INVALID" });
});

test("mixed use in any order keeps both sides right", async () => {
  const root = temporaryFolder();
  const [items, backend] = [openItems(root), openBackend(root)];
  const theirs = runScript(root, "create", "--title", "Made by the script").trim();
  await items.review(theirs, { result: "approve", body: "Fine." }, { author: "ann" });
  runScript(root, "status", theirs, "pending");
  await items.addEvent("made-by-the-script", { kind: "plan", body: "A plan" });
  runScript(root, "close", theirs, "--resolution", "Closed by the script.");
  const ours = await items.create({ title: "Made by us" });
  runScriptWith("A comment\n", root, "comment", "made-by-us", "--author", "bob");
  await items.setStatus(ours.id, "pending");
  runScriptWith("Hm.\n", root, "review", ours.id, "--author", "bob", "--request-changes");
  runScript(root, "status", ours.id, "open");
  await items.close(ours.slug);
  runScript(root, "status", ours.id, "open");
  expect(runScript(root, "list", "--status", "open").split("\n")[1]?.split("\t").slice(0, 4)).toEqual([
    "open",
    ours.id,
    ours.slug,
    "Made by us",
  ]);
  expect(runScript(root, "show", ours.id)).toContain("# Made by us\n");
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
  expect(await items.doctor()).toEqual({ findings: [], isSound: true });
  const kinds = (await items.show(theirs)).events.map(({ kind }) => kind);
  expect(kinds).toEqual(["create", "review", "plan", "close"]);
  const states = (await backend.list()).tickets.map(({ ticket }) => [ticket.title, ticket.state]);
  expect(states.sort()).toEqual([
    ["Made by the script", "closed"],
    ["Made by us", "open"],
  ]);
});

test("an item is found by its whole id or slug, and by nothing less; slugs stay apart", async () => {
  const root = temporaryFolder();
  const items = openItems(root, { now });
  const [one, two] = [await items.create({ title: "Same" }), await items.create({ title: "Same" })];
  expect([one.slug, two.slug]).toEqual(["same", "same-2"]);
  await expect(items.create({ title: "x", slug: "same" })).rejects.toMatchObject({ code: "TICKET_INVALID" });
  await expect(items.create({ title: "x", slug: "../x" })).rejects.toMatchObject({ code: "TICKET_INVALID" });
  await expect(items.create({ title: "a\nb" })).rejects.toMatchObject({ code: "TICKET_INVALID" });
  await expect(items.create({ title: " " })).rejects.toMatchObject({ code: "TICKET_INVALID" });
  for (const part of ["sam", one.id.slice(0, -1), "", "..", "open/x", "a\0b"]) {
    await expect(items.show(part)).rejects.toMatchObject({ code: "TICKET_NOT_FOUND" });
  }
  const path = join(root, "open", two.id, "item.md");
  writeFileSync(path, readFileSync(path, "utf8").replace("slug: same-2", "slug: same"));
  await expect(items.show("same")).rejects.toMatchObject({
    code: "TICKET_AMBIGUOUS",
    data: { candidates: [one.id, two.id] },
  });
  expect((await items.show(two.id)).meta.slug).toBe("same");
  await expect(items.setStatus(one.id, "done" as "open")).rejects.toMatchObject({ code: "STATE_UNKNOWN" });
});

test("tickets of other types lie beside work items: their folder is what their state comes down to, and a move by others counts", async () => {
  const root = temporaryFolder();
  const [items, backend] = [openItems(root), openBackend(root)];
  const states = { ready: "open", qa: "open", done: "closed", closed: "closed" };
  for (const [state, status] of Object.entries(states)) {
    const id = `tk-${state}`;
    await backend.commit(commitOf([{ id, expected: null, next: sampleTicket(id) }]));
    const { record } = await backend.read(id);
    const next = { ...sampleTicket(id), state };
    if (record === undefined) throw new Error("It was made");
    if (state !== "ready") {
      await backend.commit(commitOf([{ id, expected: record.revision, next }], { override: "recovery" }));
    }
    expect((await items.show(id)).meta.status).toBe(status);
    expect((await items.show(id)).meta.raw["status"]).toBe(status);
  }
  const stateOf = async (id: string) => (await backend.read(id)).record?.ticket.state;
  runScript(root, "status", "tk-qa", "pending");
  expect(await stateOf("tk-qa")).toBe("qa");
  runScript(root, "close", "tk-qa", "--resolution", "Merged and shipped.");
  expect(await stateOf("tk-qa")).toBe("done");
  expect(await stateOf("tk-closed")).toBe("closed");
  runScript(root, "status", "tk-done", "open");
  expect(await stateOf("tk-done")).toBe("ready");
  await items.setStatus("tk-closed", "pending");
  expect(await stateOf("tk-closed")).toBe("ready");
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
});

test("a ticket that is made through the core gets a slug, and any of the three statuses leads to any other", async () => {
  const root = temporaryFolder();
  const backend = openBackend(root);
  const ports = { now: () => new Date(at), newId: randomUUID, random: randomInt };
  const tickets = createTickets({ backend, types: workItemTypes, ...ports });
  const by = { actor: { kind: "person", id: "ann" } } as const;
  const { ticket } = await tickets.create({ title: "Through the core" }, by);
  expect([ticket.type, ticket.state, ticket.fields]).toEqual([
    "work-item",
    "open",
    { slug: "through-the-core", kind: "task" },
  ]);
  for (const state of ["closed", "pending", "open", "pending", "closed", "open"]) {
    await tickets.transition(ticket.id, state, by);
    expect(runScript(root, "list", "--status", state)).toContain(
      `${state}\t${ticket.id}\tthrough-the-core\t`,
    );
  }
  expect(scriptDoctor(root)).toBe("doctor: ok\n");
});

test("an operation that is repeated has one effect", async () => {
  const root = temporaryFolder();
  const items = openItems(root);
  const made = [
    await items.create({ title: "Once" }, { operationId: "a" }),
    await items.create({ title: "Once" }, { operationId: "a" }),
  ];
  expect(made[0]).toEqual(made[1]);
  for (let time = 0; time < 3; time++) {
    await items.addEvent("once", { kind: "comment", body: "Hello" }, { operationId: "b" });
  }
  expect((await items.list()).items).toHaveLength(1);
  expect((await items.show("once")).events).toHaveLength(2);
});

test("each malformed item is told with its path, line and what was expected, and is in nobody's way", async () => {
  const root = temporaryFolder();
  const [items, backend] = [openItems(root), openBackend(root)];
  const { id } = await items.create({ title: "Sound" });
  const sound = read(root, `open/${id}/item.md`);
  const plant = (name: string, text: string | Buffer) => {
    mkdirSync(join(root, "open", name, "artifacts"), { recursive: true });
    writeFileSync(join(root, "open", name, "item.md"), text);
    writeFileSync(join(root, "open", name, "thread.md"), "");
  };
  const of = (name: string) => sound.replaceAll(id, name);
  plant("a-empty", "");
  plant("b-no-opener", `x${of("b-no-opener")}`);
  plant("c-no-closer", of("c-no-closer").replace("\n---\n", "\n"));
  plant("d-no-title", of("d-no-title").replace(/title:.*\n/, ""));
  plant("e-empty-kind", of("e-empty-kind").replace("kind: task", "kind:"));
  plant("f-other-id", sound);
  plant("g-twice", of("g-twice").replace("kind: task", "kind: task\nkind: bug"));
  plant("h-conflict", of("h-conflict").replace("kind: task", "<<<<<<< ours\nkind: task"));
  plant("i-no-key", of("i-no-key").replace("kind: task", "kind: task\njust words"));
  plant("j-latin1", Buffer.from(of("j-latin1").replace("Sound", "S\u00e4und"), "latin1"));
  mkdirSync(join(root, "open", "k-nothing"));
  mkdirSync(join(root, "open", "l with spaces"));
  writeFileSync(join(root, "README.md"), "Left alone\n");
  const { tickets, problems } = await backend.list();
  expect(tickets.map(({ ticket }) => ticket.id)).toEqual([id]);
  const told = problems.map(({ id: name, path, line }) => [name, path, line]);
  expect(told).toEqual([
    [undefined, "open/l with spaces", undefined],
    ["a-empty", "open/a-empty/item.md", 1],
    ["b-no-opener", "open/b-no-opener/item.md", 1],
    ["c-no-closer", "open/c-no-closer/item.md", 20],
    ["d-no-title", "open/d-no-title/item.md", 1],
    ["e-empty-kind", "open/e-empty-kind/item.md", 6],
    ["f-other-id", "open/f-other-id/item.md", 2],
    ["g-twice", "open/g-twice/item.md", 7],
    ["h-conflict", "open/h-conflict/item.md", 6],
    ["i-no-key", "open/i-no-key/item.md", 7],
    ["j-latin1", "open/j-latin1/item.md", undefined],
    ["k-nothing", "open/k-nothing/item.md", undefined],
  ]);
  for (const { message } of problems) expect(message).toMatch(/expected|no UTF-8|twice|merge conflict/);
  expect((await items.list()).problems).toEqual(problems);
  const before = filesOf(root);
  await items.addEvent(id, { kind: "comment", body: "Goes on" });
  for (const [path, text] of before) if (!path.includes(id)) expect(filesOf(root).get(path)).toBe(text);
  const report = (await items.doctor()).findings.map(({ message }) => message).join("\n");
  for (const line of scriptDoctor(root).split("\n")) {
    // Of a file without any front matter one finding says enough.
    const isSaid = /^doctor: (?!.*\/a-empty|\d+ error)/.test(line);
    if (isSaid) expect(report).toContain(line.slice("doctor: ".length));
  }
});

test("doctor finds what the other program's finds, in its words, and what only a typed reader sees", async () => {
  const root = temporaryFolder();
  const items = openItems(root);
  const [one, two] = [await items.create({ title: "One" }), await items.create({ title: "Two" })];
  rmSync(join(root, "pending"), { recursive: true });
  rmSync(join(root, "open", one.id, "artifacts"), { recursive: true });
  rmSync(join(root, "open", two.id, "thread.md"));
  const path = join(root, "open", two.id, "item.md");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace("slug: two", "slug: one").replace("status: open", "status: done"),
  );
  const said = scriptDoctor(root).trim().split("\n").slice(0, -1);
  const found = (await items.doctor()).findings;
  expect(found.map(({ message }) => `doctor: ${message}`).sort()).toEqual(said.sort());
  expect(said).toHaveLength(5);
  appendFileSync(
    join(root, "open", one.id, "thread.md"),
    "\n<!-- event: comment author: x -->\n\n## Comment\n\n---\n",
  );
  const more = (await items.doctor()).findings;
  expect(more.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/thread event missing at: .*thread\.md:9$/),
  );
});
