import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Git } from "@wiggum/git";
import { type KillPorts, killAgent, type SpawnPorts, spawnAgent } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { listSalvage } from "./salvage.js";
import { restoreSalvage } from "./salvage-restore.js";
import { childMarker } from "./testing/child-runner.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { testSpawnPorts } from "./testing/spawn-ports.js";
import { type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";
import { markedProcesses, stopMarkedProcesses } from "./worktree-processes.js";
import { createAgentWorkspaces } from "./worktrees.js";

const sleeper = ["sh", "-c", "exec sleep 600"];

function setting(command: readonly string[] = sleeper, fixture: WorktreeFixture = worktreeFixture()) {
  mkdirSync(fixture.paths.controlDirectory, { recursive: true });
  fixture.write(".git/info/exclude", "/worktrees/\n/.wiggum/\n");
  const { tickets, put } = memoryTickets();
  const ports: SpawnPorts & KillPorts = testSpawnPorts({
    root: fixture.root,
    tickets,
    command,
    environment: fixture.environment,
  });
  const marker = (agentId: string) => childMarker(fixture.paths.stateRoot, agentId, 1);
  onTestFinished(async () => {
    for (const { agentId } of await ports.registry.list({ includeRetired: true })) {
      await stopMarkedProcesses(marker(agentId), agentId);
    }
    await ports.registry.close();
  });
  const start = async (role = "worker") => {
    await put("tk-aaaa", role === "worker" ? {} : { state: "review" });
    return spawnAgent({ role, ticketId: "tk-aaaa" }, ports);
  };
  return { fixture, tickets, put, ports, start, registry: ports.registry, marker };
}

const branchesOf = (fixture: WorktreeFixture) =>
  fixture.git("branch", "--format=%(refname:short)").trim().split("\n");

describe("kill", () => {
  test("ends the session, removes worktree and branch, and the name is never used again", async () => {
    const { fixture, ports, start, registry, tickets, marker } = setting();
    const { worktree } = await start();
    const killed = await killAgent({ agentId: "worker-0" }, ports);
    expect(killed).toMatchObject({
      agentId: "worker-0",
      stop: { stopped: true },
      released: [],
      warnings: [],
    });
    expect(markedProcesses(marker("worker-0"))).toEqual([]);
    expect(existsSync(worktree)).toBe(false);
    expect(branchesOf(fixture)).toEqual(["feature/tk-aaaa", "main"]);
    expect(await registry.list()).toEqual([]);
    expect((await registry.read("worker-0"))?.session).toMatchObject({ endReason: "killed" });
    // Without --release the ticket still says who had it: the next worker takes over.
    expect((await tickets.show("tk-aaaa")).ticket).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-0",
    });
    await expect(killAgent({ agentId: "worker-0" }, ports)).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
    });
  });

  // P36
  test("the whole process tree goes, also what left its session and ignores TERM; nothing foreign is touched", async () => {
    const fixture = worktreeFixture();
    const program = join(fixture.base, "agent.sh");
    const stubborn = "trap '' TERM; while :; do sleep 1; done";
    writeFileSync(
      program,
      `#!/bin/sh\nsetsid sh -c "${stubborn}" &\nsh -c "${stubborn}" &\nexec sleep 600\n`,
    );
    chmodSync(program, 0o755);
    const { ports, start, marker } = setting([program], fixture);
    const { worktree } = await start();
    // Another project's agent of the same name and number, and a bystander.
    const foreign = spawn("sleep", ["600"], {
      env: { ...process.env, WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "1" },
    });
    onTestFinished(() => void foreign.kill("SIGKILL"));
    expect(markedProcesses(marker("worker-0")).length).toBeGreaterThan(2);
    await killAgent({ agentId: "worker-0" }, ports);
    expect(markedProcesses(marker("worker-0"))).toEqual([]);
    expect(existsSync(worktree)).toBe(false);
    expect([foreign.exitCode, foreign.signalCode]).toEqual([null, null]);
  });

  // P24, P36
  test("what does not end is named, and nothing is removed; with --force a copy of its work is kept first", async () => {
    const { fixture, ports, start, registry } = setting();
    const { worktree } = await start();
    fixture.writeIn(worktree, "half.txt", "half\n");
    const survivors = [{ pid: 4711, command: "stuck" }];
    const runner = { ...ports.runner, stop: async () => ({ stopped: false, survivors, signalled: 1 }) };
    const stuck = { ...ports, runner };
    await expect(killAgent({ agentId: "worker-0" }, stuck)).rejects.toMatchObject({
      code: "AGENT_SURVIVES",
      data: { survivors },
      message: expect.stringContaining("4711"),
    });
    expect(await listSalvage(fixture.repository)).toEqual([]);
    const forced = await failure(killAgent({ agentId: "worker-0", isForced: true }, stuck));
    const [point] = await listSalvage(fixture.repository);
    expect(point?.files).toEqual(["half.txt"]);
    expect(forced).toMatchObject({
      code: "AGENT_SURVIVES",
      data: { survivors, salvaged: point?.name },
      hint: expect.stringContaining(`wiggum salvage restore ${point?.name}`),
    });
    expect(existsSync(join(worktree, "half.txt"))).toBe(true);
    expect((await registry.read("worker-0"))?.isLive).toBe(true);
  });

  // P24, P36
  test("a foreign process in the worktree is named and not touched, and keeps it: that is not all that was asked for", async () => {
    const { fixture, ports, start, registry } = setting();
    const { worktree } = await start();
    fixture.writeIn(worktree, "half.txt", "half\n");
    const bystander = spawn("sleep", ["600"], { cwd: worktree, env: fixture.environment });
    const named = expect.stringContaining(`process ${bystander.pid} (sleep 600) works in it`);
    for (const isForced of [false, true]) {
      const killed = await killAgent({ agentId: "worker-0", isForced }, ports);
      expect(killed).toMatchObject({ keptWorktree: worktree, unfinished: [named], warnings: [named] });
      expect(killed.salvaged === undefined).toBe(!isForced);
      expect(readFileSync(join(worktree, "half.txt"), "utf8")).toBe("half\n");
      expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
      expect((await registry.read("worker-0"))?.retiredAt).toBeDefined();
    }
    const gone = new Promise((resolve) => bystander.once("exit", resolve));
    bystander.kill("SIGKILL");
    await gone;
    expect(await killAgent({ agentId: "worker-0", isForced: true }, ports)).toMatchObject({ unfinished: [] });
    expect(existsSync(worktree)).toBe(false);
  });

  // P24
  test("what a forced kill cannot save stays and is told as not done; work that waits for a person is only a warning", async () => {
    const { fixture, ports, start } = setting();
    const { worktree } = await start();
    fixture.writeIn(worktree, "half.txt", "half\n");
    expect(await killAgent({ agentId: "worker-0" }, ports)).toMatchObject({
      warnings: [expect.stringContaining("half.txt")],
      unfinished: [],
    });
    fixture.inside("worker-0", "init", "-q", "inner");
    const named = expect.stringContaining("inner/ is a repository of its own");
    expect(await killAgent({ agentId: "worker-0", isForced: true }, ports)).toMatchObject({
      keptWorktree: worktree,
      unfinished: [named],
    });
    expect(existsSync(join(worktree, "half.txt"))).toBe(true);
  });

  test("a session of another runner is not this one's to end: nothing is noted or removed", async () => {
    const { ports, start, registry } = setting();
    const { worktree } = await start();
    const runner = { ...ports.runner, name: "tmux" };
    await expect(killAgent({ agentId: "worker-0" }, { ...ports, runner })).rejects.toMatchObject({
      code: "RUNNER_UNSUPPORTED",
    });
    expect(existsSync(worktree)).toBe(true);
    expect((await registry.read("worker-0"))?.isLive).toBe(true);
  });

  test("locks that the agent's git left when it was killed are in nobody's way", async () => {
    const { fixture, ports, start } = setting();
    const { worktree } = await start();
    const own = fixture.inside("worker-0", "rev-parse", "--absolute-git-dir");
    writeFileSync(join(own, "index.lock"), "");
    writeFileSync(join(fixture.root, ".git/refs/heads/worker-0.lock"), "");
    expect(await killAgent({ agentId: "worker-0" }, ports)).toMatchObject({ warnings: [] });
    expect(existsSync(worktree)).toBe(false);
    expect(branchesOf(fixture)).toEqual(["feature/tk-aaaa", "main"]);
  });

  test("--release gives the ticket back: unassigned, first state, the former claim fenced", async () => {
    const { ports, start, tickets } = setting();
    await start();
    const killed = await killAgent({ agentId: "worker-0", isReleased: true }, ports);
    expect(killed.released).toEqual(["tk-aaaa"]);
    const { ticket } = await tickets.show("tk-aaaa");
    expect(ticket).toMatchObject({ state: "ready", leaseEpoch: 2 });
    expect(ticket.assignedAgentId).toBeUndefined();
  });

  test("a reviewer's end does not touch the worker's ticket, with --release as well", async () => {
    const { ports, tickets, put } = setting();
    await put("tk-aaaa", { state: "review", assignedAgentId: "worker-7", leaseEpoch: 3 });
    await spawnAgent({ role: "reviewer", ticketId: "tk-aaaa" }, ports);
    const before = await tickets.show("tk-aaaa");
    await killAgent({ agentId: "reviewer-0", isReleased: true }, ports);
    expect(await tickets.show("tk-aaaa")).toEqual(before);
  });

  // P24
  test("work keeps the worktree; a second call with --force, for an agent that is no longer registered, saves it and cleans up", async () => {
    const { fixture, ports, start, registry } = setting();
    const { worktree } = await start();
    fixture.writeIn(worktree, "half.txt", "half\n");
    const first = await killAgent({ agentId: "worker-0" }, ports);
    expect(first).toMatchObject({ keptWorktree: worktree, keptBranch: "worker-0" });
    expect(await registry.list()).toEqual([]);
    expect(readFileSync(join(worktree, "half.txt"), "utf8")).toBe("half\n");
    const second = await killAgent({ agentId: "worker-0", isForced: true }, ports);
    expect(existsSync(worktree)).toBe(false);
    const folder = join(fixture.base, "back");
    await restoreSalvage(fixture.repository, second.salvaged ?? "", folder);
    expect(readFileSync(join(folder, "half.txt"), "utf8")).toBe("half\n");
    expect(branchesOf(fixture)).toEqual(["feature/tk-aaaa", "main"]);
  });

  test("unknown names", async () => {
    const { ports, fixture } = setting();
    fixture.git("branch", "release-2");
    for (const agentId of ["worker-9", "main", "release-2", "../worker-0", "-rf", "worker-0\u001b[31m"]) {
      const error = await killAgent({ agentId, isForced: true }, ports).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "AGENT_NOT_FOUND" });
      expect((error as Error).message).not.toContain("\u001b");
    }
    expect(branchesOf(fixture)).toEqual(["main", "release-2"]);
  });

  test("an agent that another process is just starting is waited for", async () => {
    const { ports, registry, put } = setting();
    await put("tk-aaaa");
    let letGo = () => {};
    const isHeld = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const order: string[] = [];
    const starting = spawnAgent(
      { role: "worker", ticketId: "tk-aaaa" },
      {
        ...ports,
        registry: {
          ...registry,
          async finishSpawn(spawnId) {
            await isHeld;
            order.push("started");
            await registry.finishSpawn(spawnId);
          },
        },
      },
    );
    while ((await registry.read("worker-0"))?.session?.handle === undefined) await ports.clock.sleep(10);
    const asked = { count: 0 };
    const watching = {
      ...registry,
      isStarting: async (agentId: string) => {
        asked.count++;
        if (asked.count === 3) letGo();
        return registry.isStarting(agentId);
      },
    };
    const killing = killAgent({ agentId: "worker-0" }, { ...ports, registry: watching });
    await Promise.all([starting, killing.then(() => order.push("killed"))]);
    expect(order).toEqual(["started", "killed"]);
    expect(await registry.list()).toEqual([]);
  });
});

describe("a kill that is killed", () => {
  // P24
  test("at any git call: the next one goes on, and no byte of work is lost", async () => {
    const { fixture, ports, start, registry } = setting();
    fixture.write(".gitignore", ".env\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Ignore");
    const { worktree } = await start();
    fixture.writeIn(worktree, "committed.txt", "committed\n");
    fixture.inside("worker-0", "add", "committed.txt");
    fixture.inside("worker-0", "commit", "-q", "-m", "Own commit");
    const own = fixture.inside("worker-0", "rev-parse", "HEAD");
    fixture.writeIn(worktree, "half.txt", "half\n");
    fixture.writeIn(worktree, ".env", "SECRET=1\n");
    let crashes = 0;
    for (let allowed = 1; ; allowed++) {
      const workspaces = createAgentWorkspaces({
        git: breaking(fixture.repository, allowed),
        paths: fixture.paths,
        tickets: ports.tickets,
        snapshot: { regenerable: [] },
        roles: async () => ["worker"],
      });
      try {
        await killAgent({ agentId: "worker-0", isForced: true }, { ...ports, workspaces });
        break;
      } catch (error) {
        expect((error as Error).message).toBe("killed here");
        crashes++;
      }
    }
    expect(crashes).toBeGreaterThan(10);
    expect(existsSync(worktree)).toBe(false);
    expect(branchesOf(fixture)).toEqual(["feature/tk-aaaa", "main"]);
    expect((await registry.read("worker-0"))?.retiredAt).toBeDefined();
    const points = await listSalvage(fixture.repository);
    const whole = points.find(({ files }) => files.includes("half.txt") && files.includes(".env"));
    expect(whole).toBeDefined();
    expect(fixture.git("merge-base", "--is-ancestor", own, whole?.ref ?? "")).toBe("");
  }, 120_000);

  test.each(["recordEnd", "retire"] as const)("before %s is noted: the next one finishes", async (method) => {
    const { ports, start, registry, tickets } = setting();
    const { worktree } = await start();
    const dying = { ...registry, [method]: () => Promise.reject(new Error("killed here")) };
    const request = { agentId: "worker-0", isReleased: true };
    await expect(killAgent(request, { ...ports, registry: dying })).rejects.toThrow("killed here");
    await killAgent(request, ports);
    expect(existsSync(worktree)).toBe(false);
    expect(await registry.list()).toEqual([]);
    expect((await tickets.show("tk-aaaa")).ticket.state).toBe("ready");
  });
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** git that fails from the given call on, as if the process were gone. */
function breaking(git: Git, allowed: number): Git {
  let left = allowed;
  const wrap = (inner: Git): Git => ({
    ...inner,
    async run(args, options) {
      if (left-- <= 0) throw new Error("killed here");
      return inner.run(args, options);
    },
    with: (options) => wrap(inner.with(options)),
  });
  return wrap(git);
}
