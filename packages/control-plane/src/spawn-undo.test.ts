import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recoverSpawns, spawnAgent } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { startChild } from "./testing/child-process.js";
import { serveBackend } from "./testing/served-tickets.js";
import { running, setting, sleeper, traces } from "./testing/spawn-fixture.js";
import { testSpawnPorts } from "./testing/spawn-ports.js";

const dying = new URL("./testing/spawn-and-die.ts", import.meta.url);

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
    // It was never claimed: who reads its history finds no attempt that was none of its fault.
    expect((await all.stateOf("tk-aaaa")).leaseEpoch).toBe(0);
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
  const steps = ["feature", "worktree", "set-up", "claim", "order", "start"];
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
