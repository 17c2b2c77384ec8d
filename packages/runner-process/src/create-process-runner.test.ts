import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentHandle, AgentRunner } from "@wiggum/workflow";
import { beforeAll, describe, expect, test } from "vitest";
import { createProcessRunner } from "./create-process-runner.js";
import { createSessionRunner } from "./create-session-runner.js";
import { createLinuxProcesses } from "./linux-processes.js";
import { createPsProcesses } from "./ps-processes.js";
import { readKeeper } from "./session-files.js";
import { spawnKeeper } from "./spawn-keeper.js";
import { shareCompiledPrograms, starterCommand } from "./testing/kit-runner.js";
import { sourceProgram } from "./testing/source-programs.js";
import { carrying, createWorld, environmentOf, isAlive, until, type World } from "./testing/world.js";

beforeAll(shareCompiledPrograms);

const waits = { terminateWaitMs: 300, killWaitMs: 1_000 };
/** Writes its pid into `pid` and stays. */
const agent = ["sh", "-c", "echo $$ > pid; exec sleep 120"];
/** The same with a child in a session of its own, whose pid is in `child`. */
const agentWithChild = [
  "sh",
  "-c",
  `setsid sh -c 'echo $$ > child; exec sleep 120' & echo $$ > pid; exec sleep 120`,
];

describe("ends that nobody wrote down", () => {
  // P26
  test("everything killed with SIGKILL is lost, not exited, not alive", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(
      world.order(["sh", "-c", "echo working; echo $$ > pid; exec sleep 120"]),
    );
    await world.written("pid");
    for (const pid of carrying(world.root)) process.kill(pid, "SIGKILL");
    expect(await settled(runner, handle)).toEqual({ kind: "lost" });

    expect(await runner.output(handle, 5)).toBe("working");
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([]);
    expect(await runner.send(handle, { id: "m", from: "p", text: "t" })).toMatchObject({ status: "refused" });
    expect(await runner.stop(handle)).toEqual({ stopped: true, survivors: [], signalled: 0 });
  });

  // P13
  test("records that were deleted (git clean): what runs is still discovered, running and stoppable", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(world.order(agentWithChild));
    const pids = [Number(await world.written("pid")), Number(await world.written("child"))];
    await rm(world.stateRoot, { recursive: true });

    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
    expect(await runner.discover({ stateRoot: `${world.stateRoot}-of-another-project` })).toEqual([]);
    expect(await runner.observe(handle)).toMatchObject([{ fact: { kind: "running" } }]);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(pids.map(isAlive)).toEqual([false, false]);
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([]);
  });

  test("a killed keeper leaves its agent running, known, discovered and stoppable", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(world.order(agentWithChild));
    const pids = [Number(await world.written("pid")), Number(await world.written("child"))];
    const keeper =
      (await readKeeper({ runner: "process", stateDirectory: world.order(agent).stateDirectory })) ?? 0;
    process.kill(keeper, "SIGKILL");
    await until("the keeper is gone", async () => !isAlive(keeper));

    const [life] = await runner.observe(handle);
    expect(life).toMatchObject({
      fact: { kind: "running" },
      detail: expect.stringContaining("its keeper is gone"),
    });
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
    expect(await runner.stop(handle)).toEqual({ stopped: true, survivors: [], signalled: 2 });
    expect(pids.filter(isAlive)).toEqual([]);
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "lost" });
  });

  test("log and exit status outlive the worktree", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const order = world.order(["sh", "-c", "echo done; exit 7"]);
    const handle = await runner.start(order);
    expect(await settled(runner, handle)).toEqual({ kind: "exited", code: 7 });
    await rm(order.cwd, { recursive: true });
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "exited", code: 7 });
    expect(await runner.output(handle, 1)).toBe("done");
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, exitCode: 7 });
  });

  test("a status over 128 is told as the signal that it stands for", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(world.order(["sh", "-c", "exit 143"]));
    expect(await settled(runner, handle)).toEqual({ kind: "exited", code: 143, signal: "SIGTERM" });
  });

  test("an agent that signals its whole group takes its keeper not along", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(
      world.order(["sh", "-c", "trap 'exit 9' TERM; kill -TERM 0; sleep 60"]),
    );
    expect(await settled(runner, handle)).toEqual({ kind: "exited", code: 9 });
  });
});

describe("starting", () => {
  // P29
  test("a starter killed at any point: the next start gives exactly one agent", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const order = world.order(["sh", "-c", `echo $$ >> runs-${attempt}; exec sleep 120`], {
        agentId: `tester-${attempt}`,
      });
      const request = join(world.root, `request-${attempt}.json`);
      await writeFile(request, JSON.stringify({ order }));
      const [program = "", ...words] = starterCommand();
      const starter = spawn(program, [...words, request], { stdio: ["ignore", "pipe", "inherit"] });
      const gone = new Promise((resolve) => starter.once("close", resolve));
      await new Promise((resolve) => starter.stdout.once("data", resolve));
      await sleep(attempt * 2);
      starter.kill("SIGKILL");
      await gone;
      const handle = await runner.start(order);
      await world.written(`runs-${attempt}`);
      expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
      await runner.stop(handle);
      expect((await world.written(`runs-${attempt}`)).trim().split("\n")).toHaveLength(1);
    }
  });

  test("what no system call takes is refused in words, and the generation can still be started", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const refusal = (changes: Parameters<World["order"]>[1]) => runner.start(world.order(agent, changes));
    const environment = { ...environmentOf(world.root), HUGE: "x".repeat(4 * 1024 * 1024) };
    await expect(refusal({ environment })).rejects.toMatchObject({
      code: "RUNNER_FAILED",
      message: expect.stringContaining("too long"),
    });
    await expect(refusal({ command: ["sh", "a\0b"] })).rejects.toMatchObject({ code: "RUNNER_FAILED" });
    await expect(refusal({ cwd: join(world.root, "gone") })).rejects.toThrow("is not there");
    await expect(refusal({ cwd: "relative" })).rejects.toThrow('"relative" is no absolute path');
    expect(carrying(world.root)).toEqual([]);
    await runner.start(world.order(agent));
    await world.written("pid");
  });

  test("a keeper that does not get to work in time is undone", async () => {
    const world = await createWorld();
    const shell = join(world.root, "slow-shell");
    await writeFile(shell, "#!/bin/sh\nexec sleep 120\n", { mode: 0o755 });
    const runner = createProcessRunner({ ...waits, shell });
    await expect(runner.start(world.order(agent, { startTimeoutMs: 300 }))).rejects.toMatchObject({
      code: "RUNNER_FAILED",
      message: expect.stringContaining("within 300 ms"),
    });
    expect(carrying(world.root)).toEqual([]);
  });

  test("a keeper that ends at once is reported", async () => {
    const world = await createWorld();
    const runner = createProcessRunner({ ...waits, shell: "/bin/false" });
    await expect(runner.start(world.order(agent))).rejects.toThrow("its keeper ended at once");
    await expect(
      createProcessRunner({ ...waits, shell: join(world.root, "none") }).start(world.order(agent)),
    ).rejects.toMatchObject({ code: "RUNNER_FAILED" });
  });

  test("a damaged record, and one of somebody else, is named and not overwritten", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const { stateDirectory } = world.order(agent);
    const record = join(stateDirectory, "session.json");
    await mkdir(stateDirectory, { recursive: true });
    await writeFile(record, "{ half");
    await expect(runner.start(world.order(agent))).rejects.toThrow(`${record} is no session record`);
    expect(await readFile(record, "utf8")).toBe("{ half");
    await rm(record);
    await runner.start(world.order(agent));
    await expect(runner.start(world.order(agent, { agentId: "tester-1", stateDirectory }))).rejects.toThrow(
      "belongs to tester-0, generation 1, not to tester-1, generation 1",
    );
  });

  test("the state directory is closed to other users", async () => {
    const world = await createWorld();
    const order = world.order(agent);
    await createProcessRunner(waits).start(order);
    expect((await stat(order.stateDirectory)).mode & 0o777).toBe(0o700);
    for (const name of ["session.json", "output.log"]) {
      expect((await stat(join(order.stateDirectory, name))).mode & 0o077).toBe(0);
    }
    expect(await readdir(order.stateDirectory)).toEqual(["output.log", "session.json", "started"]);
  });

  test("any POSIX shell can keep: bash adds nothing to the environment, either", async () => {
    const world = await createWorld();
    // By that name bash behaves as on systems where it is `/bin/sh`.
    const shell = join(world.root, "sh");
    await symlink("/bin/bash", shell);
    const runner = createProcessRunner({ ...waits, shell });
    const report = `require("fs").writeFileSync("environment", JSON.stringify(process.env) + "\\n"); process.exit(3)`;
    const order = world.order([process.execPath, "-e", report]);
    const handle = await runner.start(order);
    expect(await settled(runner, handle)).toEqual({ kind: "exited", code: 3 });
    expect(JSON.parse(await world.written("environment"))).toEqual({
      ...order.environment,
      WIGGUM_AGENT_ID: "tester-0",
      WIGGUM_GENERATION: "1",
      WIGGUM_SESSION_TOKEN: handle.data["token"],
      WIGGUM_SESSION_DIRECTORY: order.stateDirectory,
      WIGGUM_SESSION_RUNNER: "process",
      WIGGUM_INBOX: order.inboxFile,
    });
  });
});

describe("stopping", () => {
  // P36
  test("leaves alone what has the agent's id and generation but another session's token", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(world.order(agent));
    const foreign = spawn("sleep", ["120"], {
      detached: true,
      stdio: "ignore",
      env: {
        ...environmentOf(world.root),
        WIGGUM_AGENT_ID: "tester-0",
        WIGGUM_GENERATION: "1",
        WIGGUM_SESSION_TOKEN: "0".repeat(32),
      },
    });
    expect((await runner.stop(handle)).stopped).toBe(true);
    expect(carrying(world.root)).toEqual([foreign.pid]);
    expect(foreign.signalCode).toBeNull();
  });

  // P36
  test("a pid that was given to another process since we looked is not signalled", async () => {
    const world = await createWorld();
    const stranger = spawn("sleep", ["120"], { stdio: "ignore", env: environmentOf(world.root) });
    const handle = await createProcessRunner(waits).start(world.order(agent));
    await world.written("pid");
    const real = createLinuxProcesses();
    const former = {
      pid: stranger.pid ?? 0,
      parentPid: 1,
      groupId: 1,
      startedAt: "1",
      command: "ended long ago",
      token: String(handle.data["token"]),
      isOfHook: false,
    };
    const runner = createProcessRunner({
      ...waits,
      processes: { list: async () => [...(await real.list()), former], read: real.read },
    });
    const report = await runner.stop(handle);
    expect(report).toMatchObject({
      stopped: false,
      survivors: [{ pid: former.pid, command: former.command }],
    });
    expect(isAlive(former.pid)).toBe(true);
    expect(carrying(world.root)).toEqual([former.pid]);
  });

  test("ends children in the session whose environment was emptied", async () => {
    const world = await createWorld();
    const runner = createProcessRunner(waits);
    const handle = await runner.start(
      world.order(["sh", "-c", `env -i /bin/sh -c 'echo $$ > bare; sleep 120; true' & exec sleep 120`]),
    );
    const bare = Number(await world.written("bare"));
    const alive = async () => (await createLinuxProcesses().read(bare)) !== undefined;
    expect(await alive()).toBe(true);
    expect((await runner.stop(handle)).stopped).toBe(true);
    expect(await alive()).toBe(false);
  });

  test("an agent that floods its output and starts children all the time is ended; its output stays bounded", async () => {
    const world = await createWorld();
    const runner = createProcessRunner({ ...waits, killWaitMs: 20_000 });
    const handle = await runner.start(
      world.order(["sh", "-c", "trap '' TERM; while true; do echo flood; sleep 0.01 & done"]),
    );
    await until("it floods", async () => (await runner.output(handle, 50)).split("\n").length === 50);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toEqual([]);
    expect((await runner.output(handle, 10_000_000)).length).toBeLessThanOrEqual(1024 * 1024);
  });

  test("a stopped (SIGSTOP) agent is ended, too", async () => {
    const world = await createWorld();
    const runner = createProcessRunner({ terminateWaitMs: 20_000 });
    const handle = await runner.start(world.order(agent));
    process.kill(Number(await world.written("pid")), "SIGSTOP");
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, exitCode: 143 });
  });

  test("an agent that stops itself ends all but the caller, and says so", async () => {
    const world = await createWorld();
    const order = world.order([
      "sh",
      "-c",
      `setsid sh -c 'echo $$ > child; exec sleep 120' & exec "$@"`,
      "sh",
      ...sourceProgram("stop-from-inside.ts"),
    ]);
    const runner = createProcessRunner(waits);
    const handle = await runner.start(order);
    const child = Number(await world.written("child"));
    await writeFile(join(order.cwd, "handle.json"), JSON.stringify(handle));
    const report = JSON.parse(await world.written("report.json"));
    expect(report).toMatchObject({ stopped: false, survivors: [{ pid: report.pid }] });
    expect(isAlive(child)).toBe(false);
    expect(await settled(runner, handle)).toMatchObject({ kind: "exited", code: 0 });
  });

  test("works by ps where there is no /proc", async () => {
    const world = await createWorld();
    const runner = createProcessRunner({ ...waits, processes: createPsProcesses("linux") });
    const handle = await runner.start(world.order(agentWithChild));
    await world.written("pid");
    await world.written("child");
    expect((await runner.observe(handle))[0]?.fact).toEqual({ kind: "running" });
    expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
    expect(await runner.stop(handle)).toMatchObject({ stopped: true, survivors: [] });
    expect(carrying(world.root)).toEqual([]);
  });
});

test("sessions of another runner are left to it, and count as generations of the agent", async () => {
  const world = await createWorld();
  const elsewhere = createSessionRunner({ ...waits, name: "elsewhere", launchKeeper: spawnKeeper });
  const handle = await elsewhere.start(world.order(agent, { generation: 2 }));
  await world.written("pid");
  const runner = createProcessRunner(waits);
  expect(await runner.discover({ stateRoot: world.stateRoot })).toEqual([]);
  expect(await elsewhere.discover({ stateRoot: world.stateRoot })).toEqual([handle]);
  await expect(runner.start(world.order(agent))).rejects.toMatchObject({ code: "STALE_HANDLE" });
});

describe("the caller's mistakes", () => {
  test("an unknown option and a negative wait are refused", () => {
    expect(() => createProcessRunner({ terminateWait: 5 } as object)).toThrow('no option "terminateWait"');
    expect(() => createProcessRunner({ killWaitMs: -1 })).toThrow("killWaitMs must be a number from 0 on");
  });

  test("another runner's handle is refused", async () => {
    const runner = createProcessRunner();
    const foreign = { runner: "tmux", agentId: "tester-0", generation: 1, data: { pane: "%3" } };
    for (const call of [runner.observe, runner.stop, runner.interrupt]) {
      await expect(call(foreign)).rejects.toMatchObject({ code: "RUNNER_FAILED" });
    }
    await expect(runner.output(foreign, 1)).rejects.toThrow('it names "tmux"');
  });
});

test("evidence and messages carry the time of the clock that was handed in", async () => {
  const world = await createWorld();
  const clock = { now: () => new Date(0), monotonicMs: () => 42 };
  const runner = createProcessRunner({ ...waits, clock });
  const order = world.order(agent);
  const handle = await runner.start(order);
  expect((await runner.observe(handle)).map(({ atMs }) => atMs)).toEqual([42, 42]);
  await runner.send(handle, { id: "m-1", from: "person", text: "hello" });
  expect(JSON.parse(await readFile(order.inboxFile, "utf8")).at).toBe(new Date(0).toISOString());
});

async function settled(runner: AgentRunner, handle: AgentHandle) {
  return until("the session has ended", async () => {
    const fact = (await runner.observe(handle))[0]?.fact;
    return fact?.kind === "exited" || fact?.kind === "lost" ? fact : undefined;
  });
}
