import { readFileSync, rmSync, writeFileSync } from "node:fs";
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
