import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;

beforeEach(async () => {
  fixture = await projectFixture();
});

afterEach(() => fixture.remove());

// P5, P13
test("what a plain push broke is found, planned, put back, and the second look is clean", async () => {
  const project = await fixture.open();
  const deleted = await fixture.create(project, "Deleted by a push");
  const moved = await fixture.create(project, "Moved by a push");
  const clone = join(fixture.repository.base, "clone");
  fixture.repository.git("clone", "-q", fixture.paths.ticketStore, clone);
  const inClone = (...args: string[]) =>
    fixture.repository.git("-C", clone, "-c", "user.name=Pat", "-c", "user.email=pat@example.org", ...args);
  rmSync(join(clone, `${deleted}.md`));
  const text = readFileSync(join(clone, `${moved}.md`), "utf8");
  writeFileSync(join(clone, `${moved}.md`), text.replace("state: ready", "state: qa"));
  rmSync(join(clone, ".gitattributes"));
  inClone("commit", "-qam", "By hand");
  inClone("push", "-q", "origin", "HEAD:main");

  const findings = await (await fixture.open()).doctor();
  const pushed = findings.filter(({ area }) => area === "tickets");
  expect(pushed.map(({ code }) => code).sort()).toEqual(["STORE_FAULT", "TICKET_ILLEGAL", "TICKET_ILLEGAL"]);
  const [fix, ...others] = pushed.flatMap((finding) => finding.fix ?? []);
  expect(others).toEqual([]);
  for (const name of [`${deleted}.md`, `${moved}.md`, ".gitattributes"]) expect(fix?.plan).toContain(name);
  const before = (await project.tickets.list()).asOf;
  expect(before).toBe(inClone("rev-parse", "HEAD").trim());
  await fix?.apply();
  expect((await (await fixture.open()).doctor()).filter(({ area }) => area === "tickets")).toEqual([]);
  expect((await project.tickets.list()).tickets.map(({ ticket }) => ticket.state)).toEqual([
    "ready",
    "ready",
  ]);
});

test("files that belong to nobody here are named with the step, taken out by it, and stay in the history", async () => {
  const project = await fixture.open();
  const id = await fixture.create(project);
  const clone = join(fixture.repository.base, "clone");
  fixture.repository.git("clone", "-q", fixture.paths.ticketStore, clone);
  const inClone = (...args: string[]) =>
    fixture.repository.git("-C", clone, "-c", "user.name=Pat", "-c", "user.email=pat@example.org", ...args);
  mkdirSync(join(clone, "folder"));
  for (const name of ["notes.txt", "folder/inside"]) writeFileSync(join(clone, name), "foreign\n");
  inClone("add", ".");
  inClone("commit", "-qm", "By hand");
  inClone("push", "-q", "origin", "HEAD:main");
  const pushed = inClone("rev-parse", "HEAD").trim();

  const { problems } = await project.tickets.list();
  expect(
    problems.map(({ path, message }) => [path, message.includes("'wiggum doctor --fix' takes it out")]),
  ).toEqual([
    ["folder", true],
    ["notes.txt", true],
  ]);
  const fixes = (await (await fixture.open()).doctor()).flatMap(({ fix }) => fix ?? []);
  expect(fixes.map(({ plan }) => plan)).toEqual([
    "Take out what does not belong to the store: folder, notes.txt; the history keeps it",
  ]);
  for (const fix of fixes) await fix.apply();
  const again = await fixture.open();
  expect((await again.tickets.list()).problems).toEqual([]);
  expect((await again.doctor()).filter(({ severity }) => severity !== "note")).toEqual([]);
  expect((await again.tickets.show(id)).ticket.id).toBe(id);
  expect(
    fixture.repository.git("-C", fixture.paths.ticketStore, "show", `${pushed}:folder/inside`),
  ).toContain("foreign");
});

test("the write that undoes a push says which, and why", async () => {
  const told: string[] = [];
  const project = await fixture.open(undefined, { notify: (line) => void told.push(line) });
  const id = await fixture.create(project);
  const clone = join(fixture.repository.base, "clone");
  fixture.repository.git("clone", "-q", fixture.paths.ticketStore, clone);
  const text = readFileSync(join(clone, `${id}.md`), "utf8");
  writeFileSync(join(clone, `${id}.md`), text.replace("state: ready", "state: done"));
  const inClone = (...args: string[]) =>
    fixture.repository.git("-C", clone, "-c", "user.name=Pat", "-c", "user.email=pat@example.org", ...args);
  inClone("commit", "-qam", "By hand");
  inClone("push", "-q", "origin", "HEAD:main");
  const isUndoing = (line: string) => line.startsWith("Reject push ");
  await fixture.create(project, "Another");
  expect(told.filter(isUndoing)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Reject push [0-9a-f]{12} on ${id}: Cannot transition .+\\. It was undone; the history of the store keeps it$`,
      ),
    ),
  ]);
  await fixture.create(project, "A third");
  expect(told.filter(isUndoing)).toHaveLength(1);
});
