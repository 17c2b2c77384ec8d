import { mkdirSync } from "node:fs";
import { type AgentRunner, spawnAgent, WorkflowError } from "@wiggum/workflow";
import { expect, onTestFinished, test } from "vitest";
import { agentStatus, agentStatuses } from "./agent-statuses.js";
import { childMarker } from "./testing/child-runner.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { testSpawnPorts } from "./testing/spawn-ports.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";
import { stopMarkedProcesses } from "./worktree-processes.js";

// P23
test("states come from evidence: running, lost, ended; a look that fails makes nobody dead", async () => {
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
  const marker = childMarker(paths.stateRoot, "worker-0", 1);
  onTestFinished(async () => {
    await stopMarkedProcesses(marker, "worker-0");
    await ports.registry.close();
  });
  await put("tk-aaaa");
  await spawnAgent({ role: "worker", ticketId: "tk-aaaa" }, ports);
  const [status] = await agentStatuses(ports);
  expect(status).toMatchObject({
    facts: { agentId: "worker-0" },
    state: "running",
    ticketId: "tk-aaaa",
    ticketState: "in-progress",
    usesSlot: true,
    handle: { agentId: "worker-0", generation: 1 },
  });
  expect(status?.why).toContain("protocol");
  expect(status?.uptimeMs).toBeGreaterThanOrEqual(0);

  const blind: AgentRunner = {
    ...ports.runner,
    observe: () => Promise.reject(new WorkflowError("RUNNER_FAILED", "no /proc", { runner: "child" })),
  };
  expect((await agentStatuses({ ...ports, runner: blind }))[0]).toMatchObject({
    state: "unknown",
    why: expect.stringContaining("no /proc"),
    usesSlot: true,
  });
  const other: AgentRunner = { ...ports.runner, name: "tmux" };
  expect((await agentStatuses({ ...ports, runner: other }))[0]).toMatchObject({ state: "unknown" });

  await stopMarkedProcesses(marker, "worker-0");
  expect((await agentStatuses(ports))[0]).toMatchObject({ state: "lost" });
  await ports.registry.recordEnd("worker-0", 1, { reason: "exited", exitCode: 3 });
  await ports.registry.retire("worker-0");
  expect(await agentStatuses(ports)).toEqual([]);
  expect(await agentStatus(ports, "worker-0")).toMatchObject({
    state: "exited",
    why: expect.stringContaining("exit code 3"),
    usesSlot: false,
  });
  expect(await agentStatus(ports, "worker-9")).toBeUndefined();
});
