import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtinTypes, createJudge, createMemoryBackend, type Ticket } from "@wiggum/ticket-core";
import { type AgentRegistry, killAgent, recoverSpawns, type SpawnResult, spawnAgent } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { listSalvage } from "./salvage.js";
import { startChild } from "./testing/child-process.js";
import { childMarker } from "./testing/child-runner.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { serveBackend } from "./testing/served-tickets.js";
import { type TestSpawnOptions, testSpawnPorts } from "./testing/spawn-ports.js";
import { type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";
import { markedProcesses, stopMarkedProcesses } from "./worktree-processes.js";

const dying = new URL("./testing/spawn-and-die.ts", import.meta.url);
const sleeper = ["sh", "-c", "echo started; exec sleep 600"];

type Extra = Partial<Pick<TestSpawnOptions, "command" | "maxAgents" | "worktree">> & {
  readonly fixture?: WorktreeFixture;
  readonly environment?: Readonly<Record<string, string>>;
};

function setting(extra: Extra = {}) {
  const fixture = extra.fixture ?? worktreeFixture();
  fixture.write(".git/info/exclude", "/worktrees/\n/.wiggum/\n");
  mkdirSync(fixture.paths.controlDirectory, { recursive: true });
  const backend = createMemoryBackend({ judge: createJudge(builtinTypes) });
  const { tickets, put } = memoryTickets(backend);
  const ports = testSpawnPorts({
    root: fixture.root,
    tickets,
    command: extra.command ?? sleeper,
    environment: { ...fixture.environment, ...extra.environment },
    ...(extra.maxAgents === undefined ? {} : { maxAgents: extra.maxAgents }),
    ...(extra.worktree === undefined ? {} : { worktree: extra.worktree }),
  });
  onTestFinished(async () => {
    await stopAll(fixture, ports.registry);
    await ports.registry.close();
  });
  const spawnFor = (role: string, ticketId?: string) =>
    spawnAgent({ role, ...(ticketId === undefined ? {} : { ticketId }) }, ports);
  const stateOf = async (id: string) => (await tickets.show(id)).ticket;
  return { fixture, backend, tickets, put, ports, spawnFor, stateOf, registry: ports.registry };
}

const running = ({ paths }: WorktreeFixture, agentId: string, generation: number) =>
  markedProcesses(childMarker(paths.stateRoot, agentId, generation));
const stop = ({ paths }: WorktreeFixture, agentId: string, generation: number) =>
  stopMarkedProcesses(childMarker(paths.stateRoot, agentId, generation), agentId);

async function stopAll(fixture: WorktreeFixture, registry: AgentRegistry): Promise<void> {
  for (const { agentId, session } of await registry.list({ includeRetired: true })) {
    for (let generation = 1; generation <= (session?.generation ?? 0); generation++) {
      await stop(fixture, agentId, generation);
    }
  }
}

/** Everything that a spawn may leave in code, registry and tickets. */
async function traces({ fixture, registry, tickets }: ReturnType<typeof setting>) {
  return {
    refs: fixture.git("for-each-ref", "--format=%(refname)").trim().split("\n"),
    worktrees: fixture
      .git("worktree", "list", "--porcelain")
      .split("\n")
      .filter((line) => line.startsWith("worktree ")),
    live: (await registry.list()).map(({ agentId }) => agentId),
    tickets: (await tickets.list()).tickets.map(({ ticket }) => [
      ticket.id,
      ticket.state,
      ticket.assignedAgentId,
    ]),
  };
}

const environmentOf = (fixture: WorktreeFixture, spawned: SpawnResult) => {
  const [pid] = running(fixture, spawned.agentId, spawned.generation);
  const text = readFileSync(`/proc/${pid}/environ`, "utf8");
  return Object.fromEntries(
    text.split("\0").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]),
  );
};

describe("spawn", () => {
  test("a worker: claimed, on a branch of its own from the feature branch, with prompt, agent file and a clean environment", async () => {
    const poison = {
      TICKETS_DIR: "/elsewhere",
      WIGGUM_DIR: "/elsewhere",
      WIGGUM_AGENT_ID: "reviewer-9",
      WIGGUM_GENERATION: "7",
      WIGGUM_PREV_STATE: "ready",
      WIGGUM_ON_CHANGE: "none",
      EXIT_SUCCESS: "0",
      GIT_DIR: "/elsewhere",
      GIT_INDEX_FILE: "/elsewhere",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "Hook",
      KEPT_BY_THE_AGENT: "yes",
    };
    const { fixture, put, spawnFor, stateOf } = setting({ environment: poison });
    await put("tk-aaaa", { body: "\n## Description\n\nDo {TICKET_ID} and $(rm -rf /)\n" });
    fixture.write(".claude/settings.json", "{}\n");
    fixture.write(".wiggum/prompts/worker.md", "For {TICKET_ID} ({UNKNOWN}):\n{TICKET_CONTENT}\n");
    const spawned = await spawnFor("worker", "aaa");
    expect(spawned).toMatchObject({
      agentId: "worker-0",
      generation: 1,
      branch: "worker-0",
      isResumed: false,
    });
    expect(spawned.warnings).toEqual([expect.stringContaining("{UNKNOWN}")]);
    expect(await stateOf("tk-aaaa")).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-0",
      leaseEpoch: 1,
    });
    const { worktree } = spawned;
    expect(worktree).toBe(join(fixture.root, "worktrees", "worker-0"));
    expect(fixture.inside("worker-0", "symbolic-ref", "HEAD")).toBe("refs/heads/worker-0");
    expect(fixture.git("rev-parse", "feature/tk-aaaa")).toBe(fixture.git("rev-parse", "main"));
    const prompt = readFileSync(join(worktree, ".wiggum/current_prompt.md"), "utf8");
    expect(prompt).toContain("For tk-aaaa ({UNKNOWN}):\n---\nid: tk-aaaa");
    expect(prompt).toContain("Do {TICKET_ID} and $(rm -rf /)");
    const identity = { agentId: "worker-0", role: "worker", generation: 1, ticketId: "tk-aaaa", epoch: 1 };
    expect(JSON.parse(readFileSync(join(worktree, ".wiggum/agent.json"), "utf8"))).toMatchObject(identity);
    expect(lstatSync(join(worktree, ".claude")).isSymbolicLink()).toBe(true);
    expect(fixture.inside("worker-0", "status", "--porcelain", "--untracked-files=all")).toBe("");
    const environment = environmentOf(fixture, spawned);
    expect(environment).toMatchObject({
      WIGGUM_AGENT_ID: "worker-0",
      WIGGUM_GENERATION: "1",
      WIGGUM_TICKET_ID: "tk-aaaa",
      WIGGUM_EPOCH: "1",
      WIGGUM_BIN: join(fixture.root, "bin", "wiggum"),
      WIGGUM_PORT: expect.stringMatching(/^2\d{4}$/),
      KEPT_BY_THE_AGENT: "yes",
    });
    const gone = Object.keys(poison).filter((name) => !["KEPT_BY_THE_AGENT"].includes(name));
    for (const name of gone) expect(environment[name] ?? "").not.toBe(poison[name as keyof typeof poison]);
  });

  test("a reviewer sees the holder's branch, changes nothing on the ticket, and carries its present epoch", async () => {
    const { fixture, put, spawnFor, stateOf, registry } = setting();
    await put("tk-aaaa", { state: "review", assignedAgentId: "worker-0", leaseEpoch: 5 });
    fixture.addWorktree("worker-0");
    fixture.writeIn(join(fixture.root, "worktrees/worker-0"), "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "Work");
    const before = await stateOf("tk-aaaa");
    const spawned = await spawnFor("reviewer", "tk-aaaa");
    expect(await stateOf("tk-aaaa")).toEqual(before);
    expect(readFileSync(join(spawned.worktree, "a.txt"), "utf8")).toBe("a\n");
    expect(environmentOf(fixture, spawned)).toMatchObject({ WIGGUM_EPOCH: "5" });
    expect((await registry.read("reviewer-0"))?.session?.epoch).toBe(5);
  });

  test("a supervisor needs no ticket and uses no slot", async () => {
    const { put, spawnFor } = setting({ maxAgents: 1 });
    await put("tk-aaaa");
    expect((await spawnFor("supervisor")).agentId).toBe("supervisor-0");
    expect((await spawnFor("worker", "tk-aaaa")).agentId).toBe("worker-0");
  });

  test("a dependant starts from its dependencies' work", async () => {
    const { fixture, put, spawnFor } = setting();
    await put("tk-bbbb", { state: "done" });
    await put("tk-cccc", { state: "done" });
    for (const id of ["bbbb", "cccc"]) {
      fixture.addWorktree(`old-${id === "bbbb" ? 0 : 1}`, "main");
      const name = `old-${id === "bbbb" ? 0 : 1}`;
      fixture.writeIn(join(fixture.root, "worktrees", name), `${id}.txt`, "x\n");
      fixture.inside(name, "add", "-A");
      fixture.inside(name, "commit", "-q", "-m", id);
      fixture.git("branch", `feature/tk-${id}`, name);
    }
    await put("tk-aaaa", { dependsOn: ["tk-bbbb", "tk-cccc"] });
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(existsSync(join(worktree, "bbbb.txt")) && existsSync(join(worktree, "cccc.txt"))).toBe(true);
    expect(fixture.git("ls-tree", "--name-only", "main").trim()).toBe("README.md");
  });

  test("a repository without any commit", async () => {
    const { fixture, put, spawnFor } = setting({ fixture: worktreeFixture({ isEmpty: true }) });
    await put("tk-aaaa");
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(fixture.inside("worker-0", "symbolic-ref", "HEAD")).toBe("refs/heads/worker-0");
    fixture.writeIn(worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "First");
    expect(fixture.inside("worker-0", "ls-files")).toBe("a.txt");
  });

  // P33
  test("declared files are copied and linked, the set-up program runs there, and nothing of it can be committed by mistake", async () => {
    const { fixture, put, spawnFor } = setting({
      worktree: {
        copy: [".env", "config/*.local"],
        link: ["node_modules"],
        setUp: ["sh", "-c", 'echo "$WIGGUM_AGENT_ID $PWD" > set-up.log'],
      },
    });
    fixture.write(".env", "SECRET=1\n");
    fixture.write("config/a.local", "a\n");
    fixture.write("node_modules/x/index.js", "x\n");
    await put("tk-aaaa");
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(readFileSync(join(worktree, ".env"), "utf8")).toBe("SECRET=1\n");
    expect(readFileSync(join(worktree, "config/a.local"), "utf8")).toBe("a\n");
    expect(readFileSync(join(worktree, "node_modules/x/index.js"), "utf8")).toBe("x\n");
    expect(readFileSync(join(worktree, "set-up.log"), "utf8")).toBe(`worker-0 ${worktree}\n`);
    fixture.inside("worker-0", "add", "-A");
    expect(fixture.inside("worker-0", "diff", "--cached", "--name-only")).toBe("set-up.log");
  });
});

describe("refused before anything is made", () => {
  test.each([
    ["a role without a ticket", "worker", undefined, {}, "ROLE_NEEDS_TICKET"],
    ["an unknown ticket", "worker", "tk-ffff", {}, "TICKET_NOT_FOUND"],
    ["a role that is no name", "../up", "tk-aaaa", {}, "AGENT_NAME_INVALID"],
    [
      "a command that is not there",
      "worker",
      "tk-aaaa",
      { command: ["no-such-program", "--yes"] },
      "AGENT_COMMAND_MISSING",
    ],
    ["no slot", "worker", "tk-aaaa", { maxAgents: 0 }, "NO_CAPACITY"],
    ["a blocked ticket", "worker", "tk-bbbb", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that needs a person", "reviewer", "tk-cccc", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that is over", "worker", "tk-dddd", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that a person works on", "worker", "tk-eeee", {}, "TICKET_HELD"],
  ] as const)("%s", async (_, role, ticketId, extra, code) => {
    const all = setting(extra as Extra);
    const { put, spawnFor } = all;
    await put("tk-aaaa");
    await put("tk-bbbb", { dependsOn: ["tk-aaaa"] });
    await put("tk-cccc", { state: "review", actionRequired: { reason: "Which one?" } });
    await put("tk-dddd", { state: "done" });
    await put("tk-eeee", { state: "in-progress", assignedAgentId: "alice", leaseEpoch: 1 });
    const before = await traces(all);
    await expect(spawnFor(role, ticketId)).rejects.toMatchObject({ code });
    expect(await traces(all)).toEqual(before);
    expect(await all.registry.list({ includeRetired: true })).toEqual([]);
  });

  // P29
  test("a second one of any role on the ticket, while the first lives, names it", async () => {
    const { put, spawnFor } = setting();
    await put("tk-aaaa");
    await spawnFor("worker", "tk-aaaa");
    await expect(spawnFor("worker", "tk-aaaa")).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "worker-0" },
    });
    await spawnFor("qa", "tk-aaaa");
    await expect(spawnFor("qa", "tk-aaaa")).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "qa-0" },
    });
  });
});

describe("undone", () => {
  // P33
  test("a failed set-up: its output is told, the ticket is unclaimed, nothing is left", async () => {
    const all = setting({
      worktree: { setUp: ["sh", "-c", "echo half > half.txt; echo no database >&2; exit 4"] },
    });
    await all.put("tk-aaaa");
    const before = await traces(all);
    await expect(all.spawnFor("worker", "tk-aaaa")).rejects.toMatchObject({
      code: "SETUP_FAILED",
      data: { exitCode: 4, output: "no database" },
    });
    const after = await traces(all);
    const salvaged = after.refs.filter((ref) => ref.startsWith("refs/wiggum/salvage/worker-0/"));
    expect(salvaged).toHaveLength(1); // What the program had written is work until somebody says otherwise.
    expect({ ...after, refs: after.refs.filter((ref) => !salvaged.includes(ref)) }).toEqual(before);
    expect((await all.stateOf("tk-aaaa")).leaseEpoch).toBe(2);
  });

  test("an agent that ends at once", async () => {
    const all = setting({ command: ["sh", "-c", "echo bad flag; exit 2"] });
    await all.put("tk-aaaa");
    const before = await traces(all);
    await expect(all.spawnFor("worker", "tk-aaaa")).rejects.toMatchObject({
      code: "SPAWN_FAILED",
      data: { agentId: "worker-0", step: "start" },
      message: expect.stringContaining("bad flag"),
    });
    expect(await traces(all)).toEqual(before);
  });

  test("dependencies that do not go together: conflict, the ticket is unclaimed", async () => {
    const all = setting();
    const { fixture, put, spawnFor } = all;
    for (const id of ["tk-bbbb", "tk-cccc"]) {
      await put(id, { state: "done" });
      fixture.git("checkout", "-q", "-b", `feature/${id}`, "main");
      fixture.write("README.md", `${id}\n`);
      fixture.git("commit", "-q", "-a", "-m", id);
    }
    fixture.git("checkout", "-q", "main");
    await put("tk-aaaa", { dependsOn: ["tk-bbbb", "tk-cccc"] });
    const before = await traces(all);
    await expect(spawnFor("worker", "tk-aaaa")).rejects.toMatchObject({ code: "MERGE_CONFLICT" });
    expect(await traces(all)).toEqual(before);
  });

  test("a folder that is in the way: the branch goes, the folder stays as it was", async () => {
    const all = setting();
    await all.put("tk-aaaa");
    const { registry, ports } = all;
    const before = await traces(all);
    const occupied = join(all.fixture.root, "worktrees/worker-0/mine.txt");
    const spawning = spawnAgent(
      { role: "worker", ticketId: "tk-aaaa" },
      {
        ...ports,
        registry: {
          ...registry,
          async recordStep(spawnId, step) {
            await registry.recordStep(spawnId, step);
            if (step.step === "worktree") all.fixture.write("worktrees/worker-0/mine.txt", "mine\n");
          },
        },
      },
    );
    await expect(spawning).rejects.toMatchObject({ code: "SPAWN_FAILED" });
    expect(readFileSync(occupied, "utf8")).toBe("mine\n");
    expect(await traces(all)).toEqual(before);
  });

  test("an agent that is quicker than the look at it is not undone", async () => {
    const { put, spawnFor, registry, stateOf } = setting({ command: ["true"] });
    await put("tk-aaaa");
    const spawned = await spawnFor("worker", "tk-aaaa");
    expect(spawned.warnings.join()).toContain("has ended already");
    expect(await registry.read("worker-0")).toMatchObject({ isLive: false, session: { exitCode: 0 } });
    expect(await stateOf("tk-aaaa")).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0" });
  });

  test("what cannot be undone now is left for the next one, and said", async () => {
    const all = setting({ command: ["sh", "-c", "exit 2"] });
    const { ports, put, registry } = all;
    await put("tk-aaaa");
    const before = await traces(all);
    const failing = { ...ports.workspaces, discard: () => Promise.reject(new Error("disk full")) };
    await expect(
      spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, { ...ports, workspaces: failing }),
    ).rejects.toMatchObject({ code: "SPAWN_FAILED", message: expect.stringContaining("disk full") });
    expect(await registry.unfinishedSpawns()).toHaveLength(1);
    for (const { spawnId } of await registry.unfinishedSpawns()) await registry.leaveSpawn(spawnId);
    const [spawn] = await openAgain(all);
    expect(spawn).toMatchObject({ agentId: "worker-0", status: "undone" });
    expect(await traces(all)).toEqual(before);
  });
});

/** Recovery by another process. */
async function openAgain({ fixture, tickets, ports }: ReturnType<typeof setting>) {
  await ports.registry.close();
  const other = testSpawnPorts({
    root: fixture.root,
    tickets,
    command: sleeper,
    environment: fixture.environment,
  });
  try {
    return await recoverSpawns(other);
  } finally {
    await other.registry.close();
  }
}

describe("killed in the middle", () => {
  const steps = ["claim", "feature", "worktree", "set-up", "order", "start"];
  const instants = [
    "reserved",
    ...steps.flatMap((step) => [`recorded ${step}`, `done ${step}`]),
    "runner started",
    "start noted",
  ];
  // P24, P26, P28, P36
  test.each(instants)("%s: either the agent runs and holds the ticket, or neither", async (instant) => {
    const all = setting();
    const { fixture, backend, put, ports, registry, stateOf } = all;
    await put("tk-aaaa");
    const before = await traces(all);
    const served = await serveBackend(backend);
    onTestFinished(() => served.close());
    const child = startChild(
      dying,
      [fixture.root, served.url, "worker", "tk-aaaa", instant],
      fixture.environment,
    );
    expect(await child.ended()).toBe("SIGKILL");
    const [recovered] = await recoverSpawns(ports);
    expect(recovered?.agentId).toBe("worker-0");
    const agent = await registry.read("worker-0");
    const processes = running(fixture, "worker-0", 1);
    const ticket = await stateOf("tk-aaaa");
    if (recovered?.status === "completed") {
      expect(processes.length).toBeGreaterThan(0);
      expect(agent).toMatchObject({ isLive: true, session: { handle: { agentId: "worker-0" }, epoch: 1 } });
      expect(ticket).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0" });
    } else {
      expect(recovered?.status).toBe("undone");
      expect(processes).toEqual([]);
      expect(agent?.isLive).toBe(false);
      expect(await traces(all)).toEqual(before);
    }
    expect(recovered?.status).toBe(
      ["runner started", "start noted", "done start"].includes(instant) ? "completed" : "undone",
    );
    expect(await recoverSpawns(ports)).toEqual([]);
    // The next one works, under another number.
    if (recovered?.status === "undone") {
      expect((await spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, ports)).agentId).toBe("worker-1");
    }
  });

  test("whoever recovers may be killed as well: the next one finds it again", async () => {
    const all = setting();
    const { fixture, backend, put, ports } = all;
    await put("tk-aaaa");
    const before = await traces(all);
    const served = await serveBackend(backend);
    onTestFinished(() => served.close());
    const child = startChild(
      dying,
      [fixture.root, served.url, "worker", "tk-aaaa", "done order"],
      fixture.environment,
    );
    await child.ended();
    const broken = { ...ports.workspaces, discard: () => Promise.reject(new Error("killed here")) };
    expect(await recoverSpawns({ ...ports, workspaces: broken })).toMatchObject([{ status: "left" }]);
    expect(await recoverSpawns(ports)).toMatchObject([{ status: "undone" }]);
    expect(await traces(all)).toEqual(before);
  });
});

describe("going on", () => {
  async function ended(all: ReturnType<typeof setting>, values: Partial<Ticket> = {}) {
    const { fixture, put, spawnFor } = all;
    await put("tk-aaaa", values);
    const spawned = await spawnFor("worker", "tk-aaaa");
    await stop(fixture, "worker-0", 1);
    return spawned;
  }

  // P24, P28
  test("the same worker in the same worktree, with a new generation and epoch; its work stays and is saved", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf, tickets, registry } = all;
    const first = await ended(all);
    fixture.writeIn(first.worktree, "half.txt", "half done\n");
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second).toMatchObject({
      agentId: "worker-0",
      generation: 2,
      worktree: first.worktree,
      branch: "worker-0",
      isResumed: true,
    });
    expect(readFileSync(join(first.worktree, "half.txt"), "utf8")).toBe("half done\n");
    expect((await listSalvage(fixture.repository)).map(({ files }) => files)).toEqual([["half.txt"]]);
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-0", leaseEpoch: 2 });
    expect((await registry.read("worker-0"))?.session).toMatchObject({ generation: 2, epoch: 2 });
    // A zombie of the first session writes under its old claim.
    const zombie = { actor: { kind: "agent", id: "worker-0" }, fence: { id: "tk-aaaa", epoch: 1 } } as const;
    await expect(
      tickets.addEvent("tk-aaaa", { kind: "comment", source: "worker-0", text: "still here" }, zombie),
    ).rejects.toMatchObject({ code: "TICKET_FENCED" });
  });

  test("what the former session left running is ended before the new one works in its place", async () => {
    const fixture = worktreeFixture();
    const program = join(fixture.base, "agent.sh");
    writeFileSync(
      program,
      '#!/bin/sh\nsetsid sleep 600 &\nif test "$WIGGUM_GENERATION" = 1; then exit 0; fi\nexec sleep 600\n',
    );
    chmodSync(program, 0o755);
    const { put, spawnFor } = setting({ fixture, command: [program] });
    await put("tk-aaaa");
    await spawnFor("worker", "tk-aaaa");
    expect(running(fixture, "worker-0", 1)).toHaveLength(1);
    await spawnFor("worker", "tk-aaaa");
    expect(running(fixture, "worker-0", 1)).toEqual([]);
  });

  test("a worktree that is gone: another worker takes over, from the first one's branch", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf } = all;
    const first = await ended(all);
    fixture.writeIn(first.worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "Work");
    rmSync(first.worktree, { recursive: true });
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second).toMatchObject({ agentId: "worker-1", isResumed: false });
    expect(readFileSync(join(second.worktree, "a.txt"), "utf8")).toBe("a\n");
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-1", leaseEpoch: 2 });
  });

  test("a worker that was killed: another one takes over", async () => {
    const all = setting();
    const { spawnFor, stateOf, ports } = all;
    await ended(all);
    await killAgent({ agentId: "worker-0" }, ports);
    const second = await spawnFor("worker", "tk-aaaa");
    expect(second.agentId).toBe("worker-1");
    expect(await stateOf("tk-aaaa")).toMatchObject({ assignedAgentId: "worker-1", leaseEpoch: 2 });
  });

  test("a take-over that fails gives the ticket back to whom it belonged", async () => {
    const all = setting();
    const { fixture, spawnFor, stateOf, ports } = all;
    const first = await ended(all);
    rmSync(first.worktree, { recursive: true });
    const orders = { ...ports.orders, write: () => Promise.reject(new Error("disk full")) };
    await expect(
      spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, { ...ports, orders }),
    ).rejects.toMatchObject({ code: "SPAWN_FAILED" });
    expect(await stateOf("tk-aaaa")).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0" });
    expect(fixture.git("branch", "--format=%(refname:short)").trim().split("\n")).not.toContain("worker-1");
    expect((await spawnFor("worker", "tk-aaaa")).agentId).toBe("worker-2");
  });

  test("while its ticket is in review the holder goes on without a new claim: a reviewer's fence stays good", async () => {
    const all = setting();
    const { spawnFor, stateOf, tickets } = all;
    await ended(all);
    await tickets.transition("tk-aaaa", "review", { actor: { kind: "person", id: "p" }, unguarded: true });
    expect(await spawnFor("worker", "tk-aaaa")).toMatchObject({ agentId: "worker-0", generation: 2 });
    expect(await stateOf("tk-aaaa")).toMatchObject({ state: "review", leaseEpoch: 1 });
  });
});

describe("slots", () => {
  test("a worker whose ticket others review uses none; one that is being started does", async () => {
    const { put, spawnFor, tickets } = setting({ maxAgents: 1 });
    await put("tk-aaaa");
    await put("tk-bbbb");
    await spawnFor("worker", "tk-aaaa");
    await expect(spawnFor("worker", "tk-bbbb")).rejects.toMatchObject({
      code: "NO_CAPACITY",
      data: { used: 1 },
    });
    await tickets.transition("tk-aaaa", "review", { actor: { kind: "person", id: "p" }, unguarded: true });
    await spawnFor("reviewer", "tk-aaaa");
    await expect(spawnFor("worker", "tk-bbbb")).rejects.toMatchObject({ code: "NO_CAPACITY" });
    await tickets.transition("tk-aaaa", "qa", { actor: { kind: "person", id: "p" }, unguarded: true });
    expect((await spawnFor("worker", "tk-bbbb")).agentId).toBe("worker-1");
  });

  // P29
  test("spawns for different tickets at one instant never overshoot", async () => {
    const { put, ports } = setting({ maxAgents: 2 });
    const ids = ["tk-1111", "tk-2222", "tk-3333", "tk-4444", "tk-5555", "tk-6666"];
    for (const id of ids) await put(id);
    const results = await Promise.allSettled(
      ids.map((ticketId) => spawnAgent({ role: "worker", ticketId }, ports)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "NO_CAPACITY" });
    }
  });
});
