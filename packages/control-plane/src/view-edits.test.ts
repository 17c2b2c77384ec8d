import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OpenProjectOptions } from "./open-project.js";
import type { Project } from "./project.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture();
});

afterEach(() => fixture.remove());

const open = (folder?: string, options?: OpenProjectOptions) => fixture.open(folder, options);
const create = (project: Project, title?: string) => fixture.create(project, title);

const file = (id: string) => join(fixture.paths.ticketView, `${id}.md`);
const edit = (id: string, change: (text: string) => string) =>
  writeFileSync(file(id), change(readFileSync(file(id), "utf8")));

test("a person's edit is submitted with every byte, and merged by field with what others did", async () => {
  const project = await open();
  const id = await create(project);
  edit(id, (text) => text.replace("priority: 2", "priority: 0   # urgent"));
  const other = await open(fixture.repository.root, { isSupervisor: true });
  await other.tickets.update(id, (ticket) => ({ ...ticket, labels: ["theirs"] }), other.writeContext());
  const report = await project.syncView({ direction: "both" });
  expect(report).toMatchObject({ submitted: [{ id }], refused: [], waiting: [] });
  const { ticket, text } = await project.tickets.show(id);
  expect(ticket).toMatchObject({ priority: 0, labels: ["theirs"] });
  expect(text).toContain("priority: 0   # urgent\n");
  expect(readFileSync(file(id), "utf8")).toBe(text);
  expect(await project.syncView({ direction: "both" })).toMatchObject({
    submitted: [],
    refused: [],
    waiting: [],
  });
});

test("a change of state goes the guarded way: before-hooks run, a refused one stays and is named", async () => {
  const project = await open();
  const id = await create(project);
  await project.transition(id, "in-progress", { claimFor: "worker-0" });
  writeFileSync(join(fixture.paths.hooksDirectory, "pre-review"), '#!/bin/sh\necho "not yet"\nexit 1\n', {
    mode: 0o755,
  });
  edit(id, (text) => text.replace("state: in-progress", "state: review"));
  const refused = await project.syncView({ direction: "both" });
  expect(refused).toMatchObject({ submitted: [], refused: [{ id, path: file(id), code: "HOOK_BLOCKED" }] });
  expect((await project.tickets.show(id)).ticket.state).toBe("in-progress");
  expect(readFileSync(file(id), "utf8")).toContain("state: review");
  writeFileSync(join(fixture.paths.hooksDirectory, "pre-review"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  expect(await project.syncView({ direction: "push" })).toMatchObject({
    submitted: [{ id, transition: { from: "in-progress", to: "review" } }],
  });
  expect((await project.tickets.show(id)).ticket.state).toBe("review");
});

test("an illegal state, another id and broken front matter are refused one by one; the good one goes through", async () => {
  const project = await open();
  const [illegal = "", renamed = "", broken = "", good = ""] = await Promise.all(
    ["a", "b", "c", "d"].map((title) => create(project, title)),
  );
  edit(illegal, (text) => text.replace("state: ready", "state: done"));
  edit(renamed, (text) => text.replace(renamed, "tk-ffff"));
  edit(broken, (text) => text.replace("priority: 2", "priority: 2\npriority: 3"));
  edit(good, (text) => text.replace("# d", "# better"));
  const report = await project.syncView({ direction: "both" });
  expect(report.submitted).toEqual([{ id: good }]);
  const codes = Object.fromEntries(report.refused.map(({ id, code }) => [id, code]));
  expect(codes).toEqual({
    [illegal]: "TRANSITION_NOT_ALLOWED",
    [renamed]: "TICKET_UNREADABLE",
    [broken]: "TICKET_UNREADABLE",
  });
  for (const id of [illegal, renamed, broken])
    expect((await project.tickets.show(id)).ticket.state).toBe("ready");
  expect(readFileSync(file(broken), "utf8")).toContain("priority: 3");
});

test("two who changed the same field differently: refused with both, nothing lost", async () => {
  const project = await open();
  const id = await create(project);
  edit(id, (text) => text.replace("# A ticket", "# Mine"));
  const other = await open(fixture.repository.root, { isSupervisor: true });
  await other.tickets.update(id, (ticket) => ({ ...ticket, title: "Theirs" }), other.writeContext());
  expect((await project.syncView({ direction: "both" })).refused).toMatchObject([
    {
      id,
      code: "FIELD_CONFLICT",
      fields: [{ name: "title", base: "A ticket", mine: "Mine", theirs: "Theirs" }],
    },
  ]);
  expect(readFileSync(file(id), "utf8")).toContain("# Mine");
  expect((await project.tickets.show(id)).ticket.title).toBe("Theirs");
});

test("pull brings news and leaves edits; dry run writes nothing", async () => {
  const project = await open();
  const [one = "", two = ""] = [await create(project, "one"), await create(project, "two")];
  edit(one, (text) => text.replace("# one", "# edited"));
  const other = await open(fixture.repository.root, { isSupervisor: true });
  await other.tickets.update(two, (ticket) => ({ ...ticket, priority: 1 }), other.writeContext());
  const before = readFileSync(file(two), "utf8");
  expect(await project.syncView({ direction: "both", isDryRun: true })).toMatchObject({
    pulled: [],
    submitted: [],
    waiting: [{ id: one, path: file(one) }],
  });
  expect(readFileSync(file(two), "utf8")).toBe(before);
  expect(await project.syncView({ direction: "pull" })).toMatchObject({
    pulled: [two],
    waiting: [{ id: one }],
  });
  expect((await project.tickets.show(one)).ticket.title).toBe("one");
});

test("--no-sync: only the file changes until sync; a new ticket, too, and one that depends on it", async () => {
  const project = await open();
  const id = await create(project);
  await project.writeViewOnly(id, (ticket) => ({ ...ticket, priority: 1 }));
  const { id: created, path } = await project.createViewOnly({ title: "Made offline" });
  expect(created).toMatch(/^tk-[0-9a-f]{8}$/);
  expect(readFileSync(path, "utf8")).toContain("# Made offline");
  await project.writeViewOnly(created, (ticket) => ({ ...ticket, priority: 3 }));
  expect((await project.tickets.list()).tickets.map(({ ticket }) => [ticket.id, ticket.priority])).toEqual([
    [id, 2],
  ]);
  const report = await project.syncView({ direction: "both" });
  expect(report.refused).toEqual([]);
  const stored = new Map(
    (await project.tickets.list()).tickets.map(({ ticket }) => [ticket.id, ticket.priority]),
  );
  expect(stored).toEqual(
    new Map([
      [id, 1],
      [created, 3],
    ]),
  );
});

test("created and moved before anybody saw it: sync stores it in its first state, then takes the edge with its hooks", async () => {
  const project = await open();
  const { id } = await project.createViewOnly({ title: "Made offline" });
  await project.moveViewOnly(id, "in-progress");
  await project.writeViewOnly(id, (ticket) => ({ ...ticket, assignedAgentId: "worker-4" }));
  expect(await project.syncView({ direction: "both" })).toMatchObject({
    submitted: [{ id, transition: { from: "ready", to: "in-progress" } }],
    refused: [],
    waiting: [],
  });
  const { ticket, text } = await project.tickets.show(id);
  expect(ticket).toMatchObject({ state: "in-progress", assignedAgentId: "worker-4", leaseEpoch: 1 });
  expect(readFileSync(file(id), "utf8")).toBe(text);
  const history = [];
  for await (const { subject } of project.tickets.backend.history?.(id) ?? []) history.push(subject);
  expect(history).toEqual([`Create ticket: ${id}`, `Transition ${id}: ready → in-progress`]);
});

test("a move that is refused leaves the new ticket stored and the move an edit; a sync that was killed in between is gone on with", async () => {
  const project = await open();
  const { id: first } = await project.createViewOnly({ title: "First" });
  const { id } = await project.createViewOnly({ title: "Second", dependsOn: [] });
  edit(id, (text) => text.replace("depends_on: []", `depends_on:\n  - ${first}`));
  await project.moveViewOnly(id, "in-progress");
  expect(await project.syncView({ direction: "both" })).toMatchObject({
    submitted: [{ id: first }],
    refused: [{ id, code: "TICKET_BLOCKED", path: file(id) }],
  });
  expect((await project.tickets.show(id)).ticket).toMatchObject({ state: "ready", dependsOn: [first] });
  expect(readFileSync(file(id), "utf8")).toContain("state: in-progress");
  await project.moveViewOnly(id, "closed");
  expect((await project.syncView({ direction: "both" })).submitted).toEqual([
    { id, transition: { from: "ready", to: "closed" } },
  ]);

  // Stored, and killed before the file knew.
  const { id: killed } = await project.createViewOnly({ title: "Third" });
  const made = readFileSync(file(killed), "utf8");
  await project.moveViewOnly(killed, "closed");
  const other = await open(fixture.repository.root, { isSupervisor: true });
  const { decodeTicket } = await import("@wiggum/ticket-core");
  await other.tickets.merge(undefined, decodeTicket(made), other.writeContext(), { verbatim: made });
  expect(await project.syncView({ direction: "both" })).toMatchObject({
    submitted: [{ id: killed, transition: { from: "ready", to: "closed" } }],
    refused: [],
  });
});

test("a move in the file that sync could never take is refused at once, and the file stays", async () => {
  const project = await open();
  const id = await create(project);
  const before = readFileSync(file(id), "utf8");
  await expect(project.moveViewOnly(id, "qa")).rejects.toMatchObject({
    code: "TRANSITION_NOT_ALLOWED",
    data: { from: "ready", to: "qa" },
  });
  await expect(project.moveViewOnly(id, "nonsense")).rejects.toMatchObject({ code: "STATE_UNKNOWN" });
  await expect(project.moveViewOnly(id, "ready")).rejects.toMatchObject({ code: "TRANSITION_NOT_ALLOWED" });
  expect(readFileSync(file(id), "utf8")).toBe(before);
  await project.moveViewOnly(id, "in-progress");
  await expect(project.moveViewOnly(id, "review")).rejects.toMatchObject({
    code: "TRANSITION_NOT_ALLOWED",
    data: { from: "ready", to: "review", unsubmitted: "in-progress" },
    hint: expect.stringContaining("wiggum ticket sync"),
  });
  // Another edge from what is stored, and back.
  await project.moveViewOnly(id, "closed");
  await project.moveViewOnly(id, "ready");
  expect(readFileSync(file(id), "utf8")).toBe(before);
});

test("an editor works on a copy: what others wrote meanwhile is kept", async () => {
  const project = await open();
  const id = await create(project);
  const { path } = await project.editableFile(id);
  const comment = { kind: "comment", source: "other", text: "meanwhile" } as const;
  await project.write(id, (context) => project.tickets.addEvent(id, comment, context));
  writeFileSync(path, readFileSync(path, "utf8").replace("# A ticket", "# Edited"));
  const report = await project.syncView({ direction: "both", ids: [id], subject: "Ticket update" });
  expect(report).toMatchObject({ submitted: [{ id }], refused: [] });
  const { ticket } = await project.tickets.show(id);
  expect(ticket.title).toBe("Edited");
  expect(ticket.body).toContain("meanwhile");
  expect(existsSync(path)).toBe(false);
});

test("an edit that was refused is opened again as it was left", async () => {
  const project = await open();
  const id = await create(project);
  const { path } = await project.editableFile(id);
  writeFileSync(path, readFileSync(path, "utf8").replace("state: ready", "state: nonsense"));
  expect((await project.syncView({ direction: "both", ids: [id] })).refused).toMatchObject([{ id, path }]);
  const again = await (await open()).editableFile(id);
  expect(readFileSync(again.path, "utf8")).toContain("state: nonsense");
  writeFileSync(again.path, readFileSync(again.path, "utf8").replace("state: nonsense", "state: closed"));
  expect((await project.syncView({ direction: "both", ids: [id] })).submitted).toEqual([
    { id, transition: { from: "ready", to: "closed" } },
  ]);
});

test("an editor that changed nothing submits nothing", async () => {
  const project = await open();
  const id = await create(project);
  const { path } = await project.editableFile(id);
  const { revision } = await project.tickets.show(id);
  expect(await project.syncView({ direction: "both", ids: [id] })).toMatchObject({
    submitted: [],
    refused: [],
  });
  expect((await project.tickets.show(id)).revision).toBe(revision);
  expect(existsSync(path)).toBe(false);
});

test("a link, a folder or bytes that are no text in the place of a ticket's file are refused by name", async () => {
  const project = await open();
  const [linked = "", folder = "", bytes = "", good = ""] = [
    await create(project, "a"),
    await create(project, "b"),
    await create(project, "c"),
    await create(project, "d"),
  ];
  const elsewhere = join(fixture.repository.base, "elsewhere.md");
  renameSync(file(linked), elsewhere);
  symlinkSync(elsewhere, file(linked));
  rmSync(file(folder));
  mkdirSync(file(folder));
  writeFileSync(file(bytes), Buffer.from([0xff, 0xfe, 0x00]));
  edit(good, (text) => text.replace("# d", "# better"));
  const report = await project.syncView({ direction: "both" });
  expect(report.submitted).toEqual([{ id: good }]);
  expect(report.refused.map(({ id, path, code }) => [id, path, code]).sort()).toEqual(
    [linked, folder, bytes].map((id) => [id, file(id), "TICKET_UNREADABLE"]).sort(),
  );
  expect(readFileSync(elsewhere, "utf8")).toContain("# a");
});
