import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createProcessRunner } from "@wiggum/runner-process";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { initProject } from "./init.js";
import type { Project } from "./project.js";
import { type ProjectFixture, projectFixture } from "./testing/project-fixture.js";
import { markedProcesses } from "./worktree-processes.js";

let fixture: ProjectFixture;
let project: Project;

beforeEach(async () => {
  fixture = await projectFixture();
  useAgent();
  project = await fixture.open();
}, 60_000);

afterEach(() => fixture.remove(), 60_000);

// An agent gets the line that names its prompt as an argument, which sleep would not take.
const useAgent = () =>
  writeFileSync(fixture.paths.configShell, `WIGGUM_AGENT_CMD="sh -c 'sleep 600 & wait'"\n`);

/** Processes of this project's sessions of that agent: their state directory names both. */
const running = (agentId: string, generation = 1) =>
  markedProcesses(`WIGGUM_SESSION_DIRECTORY=${join(fixture.paths.stateRoot, agentId, String(generation))}`);

const removeRegistry = () => {
  for (const suffix of ["", "-journal", "-wal", "-shm"])
    rmSync(fixture.paths.agentsDatabase + suffix, { force: true });
};

async function reopen(): Promise<Project> {
  await project.close();
  project = await fixture.open();
  return project;
}

/** Waits until whatever commands woke has ended: it would write into the state folder again while that is being removed. */
async function calm(): Promise<void> {
  const agents = running("worker-0");
  await expect
    .poll(
      () => markedProcesses(`TEST_FIXTURE=${fixture.repository.base}`).filter((pid) => !agents.includes(pid)),
      { timeout: 60_000 },
    )
    .toEqual([]);
}

/** What is wrong; a note says only that no profile knows the agent program of these tests. */
const wrong = async () => (await project.doctor()).filter(({ severity }) => severity !== "note");
const codes = async () => (await wrong()).map(({ code }) => code);

/** What takes the registry away, and what a person does next. */
const losses = {
  "'git clean -fdx', then init": async () => {
    await calm();
    fixture.repository.git("clean", "-fdxq");
    expect(existsSync(fixture.paths.stateRoot)).toBe(false);
    await initProject({
      cwd: fixture.repository.root,
      environment: fixture.repository.environment,
      agent: "true",
    });
    useAgent();
  },
  "a deleted agents.db": async () => removeRegistry(),
  "an agents.db that was emptied": async () => writeFileSync(fixture.paths.agentsDatabase, ""),
};

for (const [name, lose] of Object.entries(losses)) {
  // P13 P26
  test(`${name}: the agent that runs keeps its place, no second one is started, kill ends it`, async () => {
    const id = await fixture.create(project);
    await project.spawn("worker", id);
    expect(running("worker-0")).not.toEqual([]);
    await project.close();
    await lose();
    await reopen();

    await expect(project.spawn("worker", id)).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "worker-0" },
    });
    expect(readdirSync(fixture.paths.worktreesDirectory)).toEqual(["worker-0"]);
    expect(await codes()).toEqual([]);
    const outcome = await project.kill("worker-0", { force: true });
    expect(outcome).toMatchObject({ unfinished: [], stop: { stopped: true, survivors: [] } });
    expect(running("worker-0")).toEqual([]);
    expect(existsSync(join(fixture.paths.worktreesDirectory, "worker-0"))).toBe(false);
    // Its number is in the history of the ticket alone by now.
    await project.close();
    await lose();
    await reopen();
    expect((await project.spawn("worker", id)).agentId).toBe("worker-1");
  }, 120_000);
}

// P13
test("doctor names a registry that is gone and makes none; after --fix nothing is found", async () => {
  const id = await fixture.create(project);
  await project.spawn("worker", id);
  await project.close();
  removeRegistry();
  await reopen();
  const findings = await wrong();
  expect(findings).toMatchObject([
    { code: "REGISTRY_MISSING", message: expect.stringContaining("worker-0 (runs)") },
  ]);
  expect(existsSync(fixture.paths.agentsDatabase)).toBe(false);
  for (const { fix } of findings) await fix?.apply();
  await reopen();
  expect(await codes()).toEqual([]);
  expect(await project.registry.read("worker-0")).toMatchObject({ isLive: true, ticketId: id });
}, 60_000);

test("two processes that find no registry at the same moment make one, and one agent", async () => {
  const id = await fixture.create(project);
  await project.close();
  removeRegistry();
  const projects = await Promise.all([fixture.open(), fixture.open(), fixture.open()]);
  const results = await Promise.allSettled(projects.map((one) => one.spawn("worker", id)));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(fixture.paths.worktreesDirectory)).toHaveLength(1);
}, 60_000);

test("the registry goes away under a project that is open: whoever runs is taken in again", async () => {
  const id = await fixture.create(project);
  await project.spawn("worker", id);
  removeRegistry();
  expect((await project.registry.list()).map(({ agentId, isLive }) => [agentId, isLive])).toEqual([
    ["worker-0", true],
  ]);
}, 60_000);

test("an agent that this runner does not know is not started a second time: a refusal with the next step", async () => {
  const id = await fixture.create(project);
  await project.spawn("worker", id);
  await project.close();
  removeRegistry();
  const known = createProcessRunner();
  const stranger = { ...known, name: "another", discover: async () => [] };
  project = await fixture.open(undefined, { runner: stranger });
  await expect(project.spawn("worker", id)).rejects.toMatchObject({
    code: "REGISTRY_BROKEN",
    message: expect.stringContaining(`process ${running("worker-0")[0]}`),
    hint: expect.stringContaining("end these processes"),
  });
  expect(existsSync(fixture.paths.agentsDatabase)).toBe(false);
  await reopen();
  expect((await project.registry.read("worker-0"))?.isLive).toBe(true);
}, 60_000);

test("kill of an agent that the registry does not know ends what runs under its name, and names what does not end", async () => {
  const id = await fixture.create(project);
  await project.spawn("worker", id);
  await project.close();
  const database = new DatabaseSync(fixture.paths.agentsDatabase);
  database.exec("DELETE FROM live; DELETE FROM ports; DELETE FROM sessions; DELETE FROM agents;");
  database.close();
  const known = createProcessRunner();
  const survivors = [{ pid: 4711, command: "an agent" }];
  project = await fixture.open(undefined, {
    runner: { ...known, stop: async () => ({ stopped: false, survivors, signalled: 0 }) },
  });
  await expect(project.kill("worker-0", { force: true })).rejects.toMatchObject({
    code: "AGENT_SURVIVES",
    data: { survivors },
  });
  expect(existsSync(join(fixture.paths.worktreesDirectory, "worker-0"))).toBe(true);
  await reopen();
  expect(await project.kill("worker-0", { force: true })).toMatchObject({ unfinished: [] });
  expect(running("worker-0")).toEqual([]);
}, 60_000);

test("a fix of doctor that could not remove a worktree is no success: the reason is told", async () => {
  const id = await fixture.create(project);
  await project.spawn("worker", id);
  await project.kill("worker-0", { force: true });
  const worktree = join(fixture.paths.worktreesDirectory, "worker-0");
  fixture.repository.git("worktree", "add", "-q", "-b", "worker-0", worktree);
  const shell = spawn("sleep", ["600"], { cwd: worktree, stdio: "ignore" });
  onTestFinished(() => void shell.kill("SIGKILL"));
  await once(shell, "spawn");
  const [finding] = (await project.doctor()).filter(({ code }) => code === "WORKTREE_LEFT");
  await expect(finding?.fix?.apply()).rejects.toMatchObject({
    code: "WORKTREE_UNSAFE",
    message: expect.stringContaining(String(shell.pid)),
  });
}, 60_000);
