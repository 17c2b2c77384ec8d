import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { initProject } from "./init.js";
import { planInit } from "./init-plan.js";
import type { InitOptions } from "./init-report.js";
import { openProject } from "./open-project.js";
import { type ProjectPaths, type ProjectRoot, projectPaths } from "./project-paths.js";
import { contentOf, type TemporaryRepository, temporaryRepository } from "./testing/temporary-repository.js";

let repository: TemporaryRepository;
let paths: ProjectPaths;

beforeEach(() => {
  repository = temporaryRepository();
  paths = projectPaths(repository.root as ProjectRoot);
});

afterEach(() => repository.remove());

const init = (options: Partial<InitOptions> = {}) =>
  initProject({ cwd: repository.root, environment: repository.environment, isUpgrade: true, ...options });

const ticket = `---
id: tk-1a2b
type: task
priority: 1
state: ready
assigned_agent_id:
assigned_at:
depends_on: []
blocks: []
created_at: 2026-01-02T03:00:00+01:00
created_by: manual
---

# Old ticket

## Description

kept
`;

function makeShellProject(): void {
  const env = repository.environment;
  mkdirSync(paths.hooksDirectory, { recursive: true });
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", paths.ticketStore], { env });
  writeFileSync(join(paths.ticketStore, "hooks", "post-receive"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  mkdirSync(join(paths.ticketStore, "info"), { recursive: true });
  writeFileSync(join(paths.ticketStore, "info", "attributes"), "*.md merge=union\n");
  execFileSync("git", ["clone", "-q", paths.ticketStore, paths.ticketView], { env, stdio: "ignore" });
  const inView = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@e", ...args], {
      cwd: paths.ticketView,
      env,
      stdio: "ignore",
    });
  writeFileSync(join(paths.ticketView, "tk-1a2b.md"), ticket);
  inView("add", "-A");
  inView("commit", "-q", "-m", "Create ticket: tk-1a2b");
  inView("-c", "core.hooksPath=/dev/null", "push", "-q", "origin", "HEAD:main");
  writeFileSync(paths.configShell, ': "${WIGGUM_MAX_AGENTS:=3}"\nWIGGUM_AGENT_CMD="amp"\n');
  writeFileSync(join(paths.hooksDirectory, "on-claim"), "#!/bin/sh\necho mine\n", { mode: 0o755 });
  writeFileSync(paths.panelsFile, '{"worker-7":{"role":"worker"}}\n');
}

// P12
test("is adopted: tickets, settings and hooks stay, what is replaced is kept aside", async () => {
  makeShellProject();
  const before = contentOf(paths.controlDirectory, (path) => path.startsWith("tickets.git"));
  const report = await init();
  expect(report.kind).toBe("adopted");
  expect(report.agent).toMatchObject({ command: "amp", source: "settings" });
  const after = contentOf(paths.controlDirectory, (path) => path.startsWith("tickets.git"));
  for (const [path, text] of before)
    if (!path.startsWith("tickets/.git/") && path !== "panels.json")
      expect([path, after.get(path)]).toEqual([path, text]);
  expect(after.get("before-adoption/panels.json")).toBe('{"worker-7":{"role":"worker"}}\n');
  const hooks = readdirSync(join(paths.ticketStore, "hooks")).filter((name) => !name.endsWith(".sample"));
  expect(hooks).toEqual([]);
  const stored = execFileSync("git", ["show", "main:tk-1a2b.md"], {
    cwd: paths.ticketStore,
    encoding: "utf8",
  });
  expect(stored).toBe(ticket);
  expect((await init()).kind).toBe("existing");
});

test("an edit in its clone that nobody had pushed is still there, and can be submitted", async () => {
  makeShellProject();
  const path = join(paths.ticketView, "tk-1a2b.md");
  writeFileSync(path, ticket.replace("priority: 1", "priority: 0"));
  await init();
  expect(readFileSync(path, "utf8")).toContain("priority: 0");
  const project = await openProject(repository.root, { environment: repository.environment });
  try {
    expect((await project.tickets.show("1a2b")).ticket).toMatchObject({ priority: 1, title: "Old ticket" });
    expect(await project.syncView({ direction: "both" })).toMatchObject({
      submitted: [{ id: "tk-1a2b" }],
      refused: [],
    });
    expect((await project.tickets.show("1a2b")).ticket.priority).toBe(0);
    // Its agent command is kept as it is, although there is no such program here.
    const told = (await project.doctor()).filter(({ severity }) => severity !== "note");
    expect(told.map(({ code }) => code)).toEqual(["AGENT_COMMAND_MISSING"]);
  } finally {
    await project.close();
  }
});

test("without a yes it is refused, and nothing is made", async () => {
  makeShellProject();
  const before = contentOf(paths.controlDirectory, () => false);
  await expect(init({ isUpgrade: undefined })).rejects.toMatchObject({
    code: "UPGRADE_NOT_CONFIRMED",
    data: { path: repository.root },
  });
  const plan = await planInit({ cwd: repository.root, environment: repository.environment });
  expect(plan.kind).toBe("upgrade");
  expect(plan.steps).toContainEqual({ verb: "keep", path: ".wiggum/hooks/", detail: "on-claim" });
  expect(contentOf(paths.controlDirectory, () => false)).toEqual(before);
});

test("a new and a whole project have a plan, too: what is missing", async () => {
  const options = { cwd: repository.root, environment: repository.environment };
  const fresh = await planInit(options);
  expect(fresh.kind).toBe("set up");
  expect(fresh.steps.map(({ path }) => path)).toContain(".wiggum/tickets.git");
  await init();
  const whole = await planInit(options);
  expect(whole).toEqual({ root: repository.root, kind: "complete", steps: [] });
  rmSync(join(paths.promptsDirectory, "qa.md"));
  expect((await planInit(options)).steps).toEqual([{ verb: "create", path: ".wiggum/prompts/qa.md" }]);
});

test("a store without settings is not adopted", async () => {
  makeShellProject();
  rmSync(paths.configShell);
  await expect(init()).rejects.toMatchObject({ code: "FOREIGN_FOLDER" });
});
