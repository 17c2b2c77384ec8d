import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnAgent } from "@wiggum/workflow";
import { expect, onTestFinished, test } from "vitest";
import { createAgentRegistry } from "./registry.js";
import { rebuildRegistry } from "./registry-rebuild.js";
import { childMarker } from "./testing/child-runner.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { testSpawnPorts } from "./testing/spawn-ports.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";
import { stopMarkedProcesses } from "./worktree-processes.js";

// P13
test("a damaged registry is made anew from what is there: agents go on, no number is given twice, the old file stays", async () => {
  const fixture = worktreeFixture();
  const { paths } = fixture;
  mkdirSync(paths.controlDirectory, { recursive: true });
  const { tickets, put } = memoryTickets();
  const options = {
    root: fixture.root,
    tickets,
    command: ["sh", "-c", "exec sleep 600"],
    environment: fixture.environment,
  };
  const ports = testSpawnPorts(options);
  onTestFinished(async () => {
    for (const agentId of ["worker-0", "worker-1"]) {
      await stopMarkedProcesses(childMarker(paths.stateRoot, agentId, 1), agentId);
    }
  });
  await put("tk-aaaa");
  await put("tk-bbbb");
  await spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, ports);
  await spawnAgent({ role: "worker", ticketId: "tk-bbbb" }, ports);
  await stopMarkedProcesses(childMarker(paths.stateRoot, "worker-1", 1), "worker-1");
  await ports.registry.close();
  await put("tk-cccc", { state: "in-progress", assignedAgentId: "worker-11" });
  fixture.git("branch", "reviewer-5");
  const damaged = "not a database, but long enough to be read as one ".repeat(50);
  writeFileSync(paths.agentsDatabase, damaged);

  const rebuilt = await rebuildRegistry({ paths, git: fixture.repository, tickets, runner: ports.runner });
  expect([...rebuilt.adopted].sort()).toEqual(["worker-0", "worker-1"]);
  expect(readFileSync(rebuilt.movedTo ?? "", "utf8")).toBe(damaged);

  const registry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
  });
  onTestFinished(() => registry.close());
  expect(await registry.read("worker-0")).toMatchObject({
    isLive: true,
    ticketId: "tk-aaaa",
    branch: "worker-0",
    session: { generation: 1, handle: { agentId: "worker-0" } },
  });
  expect(await registry.read("worker-1")).toMatchObject({ isLive: false, session: { endReason: "lost" } });
  expect(await registry.hasSession()).toBe(true);
  const request = { usesSlot: () => false, isTaken: () => false, isSupervised: false };
  expect((await registry.reserve({ ...request, role: "worker", ticketId: "tk-x" })).agentId).toBe(
    "worker-12",
  );
  expect((await registry.reserve({ ...request, role: "reviewer", ticketId: "tk-x" })).agentId).toBe(
    "reviewer-6",
  );
  // The place of the one that runs is taken.
  await expect(registry.reserve({ ...request, role: "worker", ticketId: "tk-aaaa" })).rejects.toMatchObject({
    code: "AGENT_LIVE",
  });
  expect(readdirSync(join(fixture.root, "worktrees")).sort()).toEqual(["worker-0", "worker-1"]);
});
