import { expect, test } from "vitest";
import { recoverSpawns } from "./recover-spawns.js";
import type { AgentFacts, SpawnStepRecord } from "./registry.js";
import type { SpawnPorts } from "./spawn-ports.js";
import { anAgent } from "./testing/agent-samples.js";
import { memoryProject, sampleTicket } from "./testing/memory-project.js";

const handle = { runner: "test", agentId: "worker-0", generation: 1, data: {} };
const claim: SpawnStepRecord = {
  step: "claim",
  data: { ticketId: "tk-1", from: "ready", to: "in-progress" },
};
const start: SpawnStepRecord = { step: "start", data: { epoch: 1 } };

/** A spawn whose process died, as the registry, the store and the runner tell of it. */
function left(steps: readonly SpawnStepRecord[], options: { holder?: string; isNoted?: boolean } = {}) {
  const { holder = "worker-0", isNoted = false } = options;
  const { session: stored, ...agent } = anAgent("worker", 0, { ticketId: "tk-1" });
  if (stored === undefined) throw new Error("no session");
  const { handle: _, ...unanswered } = stored;
  const facts: AgentFacts = { ...agent, session: isNoted ? stored : unanswered };
  const project = memoryProject({
    tickets: [sampleTicket("tk-1", { state: "in-progress", assignedAgentId: holder, leaseEpoch: 1 })],
  });
  const did: string[] = [];
  let isRunning = true;
  const note = (what: string) => async () => {
    did.push(what);
  };
  const ports = {
    tickets: project.tickets,
    newId: () => "op-undo",
    writeContext: () => ({ actor: { kind: "person", id: "p" } }),
    orders: { stateRoot: "/state", stopSetUp: note("set-up stopped") },
    registry: {
      read: async () => facts,
      unfinishedSpawns: async () => [{ spawnId: "s-1", agentId: "worker-0", generation: 1, steps }],
      recordStep: async (_spawnId: string, { step }: SpawnStepRecord) => {
        did.push(`step ${step}`);
      },
      recordStart: note("start noted"),
      finishSpawn: note("finished"),
      abandonSpawn: note("abandoned"),
      leaveSpawn: note("left"),
    },
    runner: {
      name: "test",
      discover: async () => (isRunning ? [handle] : []),
      stop: async () => {
        isRunning = false;
        did.push("stopped");
        return { stopped: true, survivors: [] };
      },
    },
  } as unknown as SpawnPorts;
  return { ports, did, ticket: async () => (await project.tickets.show("tk-1")).ticket };
}

test("a session that runs and holds its ticket lacked the note of its start only", async () => {
  const { ports, did, ticket } = left([claim, start]);
  expect(await recoverSpawns(ports)).toEqual([{ agentId: "worker-0", status: "completed", warnings: [] }]);
  expect(did).toEqual(["start noted", "finished"]);
  expect(await ticket()).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0" });
});

test("what was begun to be undone is undone, although the session runs and was noted", async () => {
  for (const isNoted of [false, true]) {
    const { ports, did, ticket } = left([claim, start, { step: "undo", data: {} }], { isNoted });
    expect(await recoverSpawns(ports)).toMatchObject([{ agentId: "worker-0", status: "undone" }]);
    expect(did).toEqual(["stopped", "abandoned"]);
    expect(await ticket()).toMatchObject({ state: "ready", leaseEpoch: 2 });
  }
});

test("a session whose ticket went to another agent is ended, and the ticket stays where it is", async () => {
  const { ports, did, ticket } = left([claim, start], { holder: "worker-7" });
  expect(await recoverSpawns(ports)).toMatchObject([{ agentId: "worker-0", status: "undone" }]);
  expect(did).toEqual(["step undo", "stopped", "abandoned"]);
  expect(await ticket()).toMatchObject({ state: "in-progress", assignedAgentId: "worker-7", leaseEpoch: 1 });
});
