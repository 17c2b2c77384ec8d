import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AgentRegistry, ReservationRequest } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FoundAgents } from "./find-agents.js";
import { createAgentRegistry } from "./registry.js";
import { startChild } from "./testing/child-process.js";

const reserver = new URL("./testing/reserve-once.ts", import.meta.url);

let folder = "";
const opened: AgentRegistry[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wiggum-registry-"));
});
afterEach(async () => {
  for (const registry of opened.splice(0)) await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: { readonly whatIsThere?: () => Promise<FoundAgents> } = {}): AgentRegistry {
  const registry = createAgentRegistry({
    database: join(folder, "agents.db"),
    panelsFile: join(folder, "panels.json"),
    ownersDirectory: join(folder, "owners"),
    ...options,
  });
  opened.push(registry);
  return registry;
}

function request(
  role: string,
  ticketId?: string,
  extra: Partial<ReservationRequest> = {},
): ReservationRequest {
  return { role, ticketId, usesSlot: () => true, isTaken: () => false, isSupervised: false, ...extra };
}

const handle = (agentId: string, generation: number) => ({
  runner: "test",
  agentId,
  generation,
  data: { pid: 1 },
});

async function startOne(registry: AgentRegistry, role: string, ticketId?: string) {
  const place = await registry.reserve(request(role, ticketId));
  await registry.recordStart(place.spawnId, {
    runner: "test",
    handle: handle(place.agentId, place.generation),
    epoch: 1,
  });
  await registry.finishSpawn(place.spawnId);
  return place;
}

/** Starts processes, lets them go at one instant, and gives back what each reports. */
async function race(count: number, args: (index: number) => readonly string[]) {
  const children = Array.from({ length: count }, (_, index) =>
    startChild(reserver, [folder, ...args(index)]),
  );
  for (const child of children) await child.line();
  writeFileSync(join(folder, "go"), "");
  const results = await Promise.all(children.map(async (child) => JSON.parse(await child.line())));
  await Promise.all(children.map((child) => child.ended()));
  return results as { agentId?: string; code?: string; data?: { agentId?: string } }[];
}

describe("reservation", () => {
  // P29
  test("50 processes ask for 4 slots: 4 get one, with different numbers; the others are told why not", async () => {
    const results = await race(50, (index) => ["worker", `tk-${index}`, "4"]);
    const winners = results.filter(({ agentId }) => agentId !== undefined);
    expect(winners.map(({ agentId }) => agentId).sort()).toEqual([
      "worker-0",
      "worker-1",
      "worker-2",
      "worker-3",
    ]);
    expect(results.filter(({ code }) => code === "NO_CAPACITY")).toHaveLength(46);
    expect((await open().list()).filter(({ isLive }) => isLive)).toHaveLength(4);
  }, 180_000);

  // P29
  test("50 processes ask for the reviewer of one ticket: one gets it, the others are told who", async () => {
    const results = await race(50, () => ["reviewer", "tk-1", "-"]);
    expect(results.filter(({ agentId }) => agentId !== undefined)).toHaveLength(1);
    const refused = results.filter(({ code }) => code === "AGENT_LIVE");
    expect(refused).toHaveLength(49);
    expect(new Set(refused.map(({ data }) => data?.agentId))).toEqual(new Set(["reviewer-0"]));
  }, 180_000);

  test("a number is never given twice, whatever became of the agent; names that exist are passed over", async () => {
    const registry = open();
    const first = await startOne(registry, "worker", "tk-1");
    await registry.recordEnd(first.agentId, 1, { reason: "exited", exitCode: 0 });
    await registry.retire(first.agentId);
    const failed = await registry.reserve(request("worker", "tk-1"));
    await registry.abandonSpawn(failed.spawnId, "spawn failed");
    const next = await registry.reserve(request("worker", "tk-1", { isTaken: (id) => id === "worker-2" }));
    expect([first.agentId, failed.agentId, next.agentId]).toEqual(["worker-0", "worker-1", "worker-3"]);
    // What was passed over was never given: it is when it is free.
    expect((await registry.reserve(request("worker", "tk-2"))).agentId).toBe("worker-2");
    expect((await registry.reserve(request("worker", "tk-3"))).agentId).toBe("worker-4");
    await registry.retire("worker-3");
    expect((await registry.reserve(request("worker", "tk-4"))).agentId).toBe("worker-5");
    expect((await registry.reserve(request("qa", "tk-2"))).agentId).toBe("qa-0");
  });

  test("a refused one leaves nothing behind", async () => {
    const registry = open();
    await startOne(registry, "worker", "tk-1");
    await expect(registry.reserve(request("worker", "tk-2", { maxAgents: 1 }))).rejects.toMatchObject({
      code: "NO_CAPACITY",
      data: { used: 1, maxAgents: 1 },
    });
    await expect(registry.reserve(request("worker", "tk-1"))).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "worker-0" },
    });
    expect((await registry.list({ includeRetired: true })).map(({ agentId }) => agentId)).toEqual([
      "worker-0",
    ]);
    expect((await registry.reserve(request("worker", "tk-2"))).agentId).toBe("worker-1");
  });

  test("only agents that use a slot are counted; several without a ticket may live", async () => {
    const registry = open();
    await startOne(registry, "supervisor");
    await startOne(registry, "supervisor");
    await startOne(registry, "worker", "tk-1");
    const usesSlot: ReservationRequest["usesSlot"] = ({ role }) => role === "qa";
    const place = await registry.reserve(request("worker", "tk-2", { maxAgents: 1, usesSlot }));
    expect(place.agentId).toBe("worker-1");
  });

  test("an agent goes on with the next generation, unless it lives or was ended", async () => {
    const registry = open();
    const { agentId } = await startOne(registry, "worker", "tk-1");
    await expect(registry.reserve(request("worker", "tk-1", { resume: agentId }))).rejects.toMatchObject({
      code: "AGENT_LIVE",
    });
    await registry.recordEnd(agentId, 1, { reason: "lost" });
    const again = await registry.reserve(request("worker", "tk-1", { resume: agentId }));
    expect(again).toMatchObject({ agentId, generation: 2 });
    // The end of the former session, noticed late, is not the end of this one.
    await registry.recordEnd(agentId, 1, { reason: "exited" });
    expect((await registry.read(agentId))?.isLive).toBe(true);
    await registry.abandonSpawn(again.spawnId, "spawn failed");
    expect(await registry.read(agentId)).toMatchObject({
      isLive: false,
      session: { endReason: "spawn failed" },
    });
    expect((await registry.read(agentId))?.retiredAt).toBeUndefined();
    await registry.retire(agentId);
    await expect(registry.reserve(request("worker", "tk-1", { resume: agentId }))).rejects.toMatchObject({
      code: "AGENT_NOT_FOUND",
    });
  });

  // P34
  test("two live agents never hold the same port; it comes back with the end of the session", async () => {
    const registry = open();
    await startOne(registry, "worker", "tk-1");
    await startOne(registry, "worker", "tk-2");
    const first = await registry.leasePort("worker-0", 1, []);
    const second = await registry.leasePort("worker-1", 1, []);
    expect(first).not.toBe(second);
    expect(await registry.leasePort("worker-0", 1, [])).toBe(first);
    const third = await registry.leasePort("worker-1", 1, [second]);
    expect([first, second]).not.toContain(third);
    await registry.recordEnd("worker-0", 1, { reason: "exited" });
    await startOne(registry, "worker", "tk-3");
    expect(await registry.leasePort("worker-2", 1, [])).toBe(first);
  });
});

describe("spawns", () => {
  test("one whose process is gone is found with its steps, by one finder at a time", async () => {
    const dead = open();
    const place = await dead.reserve(request("worker", "tk-1"));
    await dead.recordStep(place.spawnId, { step: "claim", data: { ticketId: "tk-1" } });
    await dead.recordStep(place.spawnId, { step: "worktree", data: { startAt: null } });
    const finder = open();
    expect(await finder.unfinishedSpawns()).toEqual([]);
    expect(await finder.isStarting("worker-0")).toBe(true);
    await dead.close();
    expect(await finder.isStarting("worker-0")).toBe(false);
    expect(await finder.unfinishedSpawns()).toEqual([
      {
        spawnId: place.spawnId,
        agentId: "worker-0",
        generation: 1,
        steps: [
          { step: "claim", data: { ticketId: "tk-1" } },
          { step: "worktree", data: { startAt: null } },
        ],
      },
    ]);
    const other = open();
    expect(await other.unfinishedSpawns()).toEqual([]);
    await finder.leaveSpawn(place.spawnId);
    expect(await other.unfinishedSpawns()).toHaveLength(1);
    await other.abandonSpawn(place.spawnId, "spawn failed");
    expect(await finder.unfinishedSpawns()).toEqual([]);
    expect(await finder.read("worker-0")).toMatchObject({ isLive: false, retiredAt: expect.any(String) });
  });

  test("all sessions of a ticket are told, oldest first, those that never started included", async () => {
    const registry = open();
    const first = await startOne(registry, "worker", "tk-1");
    await registry.recordEnd(first.agentId, 1, { reason: "exited", exitCode: 3 });
    const second = await registry.reserve(request("worker", "tk-1", { resume: first.agentId }));
    await registry.abandonSpawn(second.spawnId, "spawn failed");
    await startOne(registry, "reviewer", "tk-1");
    await startOne(registry, "worker", "tk-2");
    expect(
      (await registry.sessionsOf("tk-1")).map(({ agentId, generation, endReason }) => [
        agentId,
        generation,
        endReason,
      ]),
    ).toEqual([
      ["worker-0", 1, "exited"],
      ["worker-0", 2, "spawn failed"],
      ["reviewer-0", 1, undefined],
    ]);
  });
});

describe("panels.json", () => {
  test("shows who was started and not ended, keys sorted, without tickets; nothing reads it", async () => {
    const registry = open();
    const path = join(folder, "panels.json");
    await startOne(registry, "worker", "tk-1");
    await startOne(registry, "qa", "tk-1");
    const text = readFileSync(path, "utf8");
    expect(Object.keys(JSON.parse(text))).toEqual(["qa-0", "worker-0"]);
    expect(JSON.parse(text)["worker-0"]).toEqual({
      role: "worker",
      started_at: expect.stringMatching(/^2.*Z$/),
    });
    writeFileSync(path, "{ nonsense");
    expect((await registry.list()).map(({ agentId }) => agentId)).toEqual(["qa-0", "worker-0"]);
    await registry.retire("worker-0");
    expect(Object.keys(JSON.parse(readFileSync(path, "utf8")))).toEqual(["qa-0"]);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("a broken registry", () => {
  test.each([
    [
      "no database",
      (path: string) =>
        writeFileSync(path, "this is not a database, but long enough to be read as one ".repeat(40)),
    ],
    [
      "damaged",
      (path: string) => {
        const text = readFileSync(path);
        text.fill(0xff, 4096, text.length);
        writeFileSync(path, text);
      },
    ],
    [
      "another database",
      (path: string) => {
        rmSync(path);
        const database = new DatabaseSync(path);
        database.exec("CREATE TABLE mine (x)");
        database.close();
      },
    ],
  ])("%s: one sentence with the path and the next step; the file stays", async (_, spoil) => {
    const registry = open();
    await startOne(registry, "worker", "tk-1");
    await registry.close();
    const path = join(folder, "agents.db");
    spoil(path);
    const before = readFileSync(path);
    const error = await open()
      .list()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "REGISTRY_BROKEN", data: { path } });
    expect((error as Error).message).toContain(path);
    expect((error as { hint: string }).hint).toContain("wiggum doctor --fix");
    await expect(open().reserve(request("worker", "tk-2"))).rejects.toMatchObject({
      code: "REGISTRY_BROKEN",
    });
    expect(readFileSync(path)).toEqual(before);
  });

  test("a newer format is refused, not guessed", async () => {
    await open().list();
    const database = new DatabaseSync(join(folder, "agents.db"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    await expect(open().list()).rejects.toMatchObject({ code: "REGISTRY_BROKEN" });
  });

  test("agents that are found are in the view at once", async () => {
    const agents = [{ agentId: "worker-3", handle: handle("worker-3", 1) }];
    await open({ whatIsThere: async () => ({ names: [], agents }) }).list();
    const panels = JSON.parse(readFileSync(join(folder, "panels.json"), "utf8"));
    expect(panels).toMatchObject({ "worker-3": { role: "worker" } });
  });

  test("a file that was moved away is not written any more, and numbers of names on disk stay given", async () => {
    const registry = open({
      whatIsThere: async () => ({ names: ["worker-7", "not an agent", "qa-2"], agents: [] }),
    });
    await startOne(registry, "worker", "tk-1");
    renameSync(join(folder, "agents.db"), join(folder, "aside.db"));
    expect((await registry.reserve(request("worker", "tk-1"))).agentId).toBe("worker-8");
    expect((await registry.reserve(request("qa", "tk-1"))).agentId).toBe("qa-3");
    expect(
      new DatabaseSync(join(folder, "aside.db")).prepare("SELECT agent_id FROM agents").all(),
    ).toHaveLength(1);
  });
});
