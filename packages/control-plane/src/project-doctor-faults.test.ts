import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { OpenProjectOptions } from "./open-project.js";
import type { Project, ProjectFinding } from "./project.js";
import { looking } from "./project-doctor-faults.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";

let fixture: ProjectFixture;
let id = "";

beforeEach(async () => {
  fixture = await projectFixture();
  id = await fixture.create(await fixture.open());
}, 60_000);
afterEach(() => fixture.remove(), 60_000);

const examined = (options: OpenProjectOptions = {}): Promise<Project> =>
  fixture.open(undefined, { isExamined: true, ...options });

async function findings(): Promise<readonly ProjectFinding[]> {
  return (await (await examined()).doctor()).filter(({ severity }) => severity !== "note");
}

const codes = (found: readonly ProjectFinding[]) => found.map(({ code }) => code);

// P13 P39
test("wrong settings are findings, all of them, and everything else is looked at", async () => {
  appendFileSync(fixture.paths.configShell, "WIGGUM_MAX_AGENTS=many\n");
  appendFileSync(fixture.paths.configYaml, "worktree: {\n");
  chmodSync(join(fixture.paths.hooksDirectory, "on-claim"), 0o644);
  rmSync(join(fixture.paths.ticketView, `${id}.md`));
  await expect(fixture.open()).rejects.toMatchObject({ code: "SETTINGS_INVALID" });

  const found = await findings();
  expect(codes(found)).toEqual([
    "SETTINGS_INVALID",
    "SETTINGS_INVALID",
    "HOOK_NOT_EXECUTABLE",
    "FILE_DELETED",
  ]);
  expect(found[0]).toMatchObject({ area: "settings", severity: "error" });
  expect(found[0]?.message).toMatch(/^\.wiggum\/config\.sh:\d+: WIGGUM_MAX_AGENTS must be/);
  expect(found[1]?.message).toMatch(/^\.wiggum\/config\.yaml:\d+: YAML is malformed at column \d+: a /);
});

test("wrong ticket types are findings with their lines; tickets are not judged by other types, and agents are left alone", async () => {
  const text = readFileSync(fixture.paths.ticketTypes, "utf8").replace('"to": "review"', '"to": "nowhere"');
  writeFileSync(fixture.paths.ticketTypes, text);
  mkdirSync(join(fixture.paths.worktreesDirectory, "worker-3"), { recursive: true });
  writeFileSync(join(fixture.paths.worktreesDirectory, "worker-3", "left"), "");
  const found = await findings();
  expect(new Set(codes(found))).toEqual(new Set(["TYPES_INVALID", "WORKTREE_LEFT"]));
  expect(found[0]?.message).toMatch(/^\.wiggum\/ticket_types\.json:\d+: \$\.types/);
  const left = found.find(({ code }) => code === "WORKTREE_LEFT");
  expect(left?.fix).toBeUndefined();
  expect(left?.hint).toContain("Correct the settings first");
});

test("a deleted ticket_types.json is told, and written again with what is in force", async () => {
  const before = (await fixture.open()).types;
  rmSync(fixture.paths.ticketTypes);
  const found = await findings();
  expect(found).toMatchObject([{ code: "TYPES_MISSING", severity: "warning" }]);
  for (const { fix } of found) await fix?.apply();
  expect(await findings()).toEqual([]);
  expect((await fixture.open()).types).toEqual(before);
});

test("a folder or a link in the place of a hook is found, and a dry run does not promise it", async () => {
  const types = JSON.parse(readFileSync(fixture.paths.ticketTypes, "utf8")) as {
    types: { task: { transitions: { to: string; before?: string[] }[] } };
  };
  for (const edge of types.types.task.transitions)
    if (edge.to === "in-progress") edge.before = ["check-folder", "check-link", "check-none"];
  writeFileSync(fixture.paths.ticketTypes, JSON.stringify(types));
  mkdirSync(join(fixture.paths.hooksDirectory, "check-folder"));
  symlinkSync("/nowhere/at/all", join(fixture.paths.hooksDirectory, "check-link"));
  const found = await findings();
  expect(found.map(({ code, message }) => [code, message])).toEqual([
    ["HOOK_NO_FILE", ".wiggum/hooks/check-folder is a folder, so nothing runs for the hook check-folder"],
    [
      "HOOK_NO_FILE",
      ".wiggum/hooks/check-link is a link to nowhere, so nothing runs for the hook check-link",
    ],
  ]);
  const lines = await (await fixture.open()).explainTransition(id, "in-progress", {});
  expect(lines.filter((line) => line.startsWith("before: "))).toEqual([
    "before: nothing runs for check-folder: .wiggum/hooks/check-folder is a folder",
    "before: nothing runs for check-link: .wiggum/hooks/check-link is a link to nowhere",
    "before: nothing runs for check-none: there is no such hook",
  ]);
});

test("what lies in the place of a ticket's file is called what it is", async () => {
  const path = join(fixture.paths.ticketView, `${id}.md`);
  const said = async () => (await findings()).find(({ code }) => code === "FILE_FOREIGN")?.message;
  writeFileSync(path, Buffer.from([0x61, 0x0a, 0x80, 0xff]));
  expect(await said()).toBe(`${path} is no text: it is not UTF-8 from line 2 on; the ticket is as it was`);
  rmSync(path);
  symlinkSync("/etc/hostname", path);
  expect(await said()).toBe(`${path} is a link; the ticket is as it was`);
  rmSync(path);
  mkdirSync(path);
  expect(await said()).toBe(`${path} is a folder; the ticket is as it was`);
});

test("a look that fails is a finding, and a defect stays one", async () => {
  const place = { name: "The files", path: join(fixture.paths.root, "x") };
  const failing = (error: unknown) =>
    looking("views", place, () => {
      throw error;
    });
  const system = (code: string) =>
    Object.assign(new Error(`${code}: said the system`), { code, syscall: "read" });
  expect(await failing(system("EIO"))).toMatchObject([
    { code: "UNREADABLE", severity: "error", area: "views" },
  ]);
  expect(await failing(system("ENOSPC"))).toMatchObject([
    { code: "DISK_FULL", severity: "warning", message: "The files could not be looked at: the disk is full" },
  ]);
  await expect(failing(new TypeError("a defect"))).rejects.toThrow("a defect");
});

test("a folder in the place of a database is named as such; the registry's is moved aside", async () => {
  for (const name of ["agents.db", "outbox.db"]) {
    const path = join(fixture.paths.controlDirectory, name);
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    mkdirSync(path);
    writeFileSync(join(path, "somebody's"), "mine\n");
  }
  const { REGISTRY_BROKEN: registry, OUTBOX_BROKEN: outbox } = Object.fromEntries(
    (await findings()).map((finding) => [finding.code, finding]),
  );
  expect(registry?.message).toContain("a folder stands in its place");
  expect(outbox?.message).toContain("a folder stands in its place");
  expect(outbox?.hint).toContain("Move that folder away");
  await registry?.fix?.apply();
  rmSync(join(fixture.paths.controlDirectory, "outbox.db"), { recursive: true });
  expect(await findings()).toEqual([]);
  const aside = readdirSync(fixture.paths.controlDirectory).find((name) =>
    name.startsWith("agents.db.damaged-"),
  );
  const kept = join(fixture.paths.controlDirectory, aside ?? "none", "somebody's");
  expect(readFileSync(kept, "utf8")).toBe("mine\n");
});
