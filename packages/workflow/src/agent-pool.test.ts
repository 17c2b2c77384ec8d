import { expect, test } from "vitest";
import { createAgentPool } from "./agent-pool.js";
import { poolEvents } from "./pool-events.js";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "./supervisor-facts.js";
import { createTaskScheduler } from "./task-scheduler.js";
import { SimulatedWorld } from "./testing/simulated-world.js";

const calm = {
  crashPercent: 0,
  rejectPercent: 0,
  lostHookPercent: 0,
  conflictPercent: 0,
  spawnFailurePercent: 0,
};
const world = (extra: Partial<ConstructorParameters<typeof SimulatedWorld>[0]> = {}) =>
  new SimulatedWorld({ seed: 5, tickets: 6, maxAgents: 2, ...calm, ...extra });

test("a pool works until it is stopped, tells what happens, and starts no more than it may", async () => {
  const simulated = world();
  let isOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    isOver = resolve;
  });
  const facts = async () => {
    const seen = await simulated.ports.facts();
    if (seen.tickets.every(({ isFinal }) => isFinal)) isOver();
    return seen;
  };
  // The simulated clock never waits, so somebody else must get a turn.
  const changed = async (timeoutMs: number) => {
    await simulated.ports.changed(timeoutMs);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const pool = createAgentPool({ ...simulated.ports, facts, changed }, { pollIntervalMs: 500 });
  const told: string[] = [];
  let most = 0;
  pool.on("agent:started", ({ agent }) => {
    told.push(`started ${agent.agentId}`);
    most = Math.max(most, pool.listActiveAgents().length);
  });
  pool.on("agent:completed", ({ agent, result }) => told.push(`${result.state} ${agent.agentId}`));
  const silenced = pool.on("agent:completed", () => told.push("nobody hears this"));
  silenced();
  await pool.start(1);
  await pool.start();
  await over;
  await pool.stop();
  expect(most).toBe(1);
  expect(told.filter((line) => line.startsWith("started")).length).toBeGreaterThanOrEqual(17);
  expect(told.filter((line) => line.startsWith("review")).length).toBe(6);
  expect(told).not.toContain("nobody hears this");
  expect(pool.listActiveAgents()).toEqual([]);
  await pool.stop();
});

test("what ends the run is told to whoever starts or stops the pool", async () => {
  const simulated = world();
  const facts = async () => {
    throw new Error("no agent command");
  };
  const pool = createAgentPool({ ...simulated.ports, facts }, { pollIntervalMs: 1 });
  await expect(pool.start()).rejects.toThrow("no agent command");
  await expect(pool.stop()).rejects.toThrow("no agent command");
});

const ticket = (extra: Partial<SupervisedTicket> = {}): SupervisedTicket => ({
  id: "tk-1",
  state: "in-progress",
  priority: 2,
  isFinal: false,
  isWorkable: false,
  needsPerson: false,
  roles: ["worker"],
  assignedAgentId: "worker-0",
  failedSessions: {},
  rounds: 0,
  ...extra,
});
const agent = (extra: Partial<SupervisedAgent> = {}): SupervisedAgent => ({
  agentId: "worker-0",
  role: "worker",
  ticketId: "tk-1",
  isLive: true,
  isEnded: false,
  usesSlot: true,
  isLeaseExpired: false,
  generation: 1,
  ...extra,
});
const look = (tickets: readonly SupervisedTicket[], agents: readonly SupervisedAgent[]): SupervisorFacts => ({
  tickets,
  agents,
  ticketsWithPendingHooks: [],
  unmerged: [],
  maxAgents: 2,
  isAutoMerge: false,
  maxAttempts: 3,
  maxRounds: 8,
  nowMs: 0,
});
const names = (before: SupervisorFacts | undefined, after: SupervisorFacts) =>
  poolEvents(before, after).map(({ name, ...event }) => `${name} ${event.agent.agentId}`);

test("events tell sessions apart, and what became of each", () => {
  const empty = look([ticket()], []);
  const working = look([ticket()], [agent()]);
  expect(names(undefined, working)).toEqual([]);
  expect(names(empty, working)).toEqual(["agent:started worker-0"]);
  expect(names(working, working)).toEqual([]);
  const handedIn = look([ticket({ state: "review", roles: ["reviewer"] })], [agent({ isEnded: true })]);
  expect(poolEvents(working, handedIn)).toMatchObject([
    { name: "agent:completed", result: { ticketId: "tk-1", state: "review" } },
  ]);
  const crashed = look([ticket({ lastFailure: "exited, exit code 1" })], [agent({ isEnded: true })]);
  const [failed] = poolEvents(working, crashed);
  expect(failed?.name === "agent:failed" && failed.error.message).toBe("exited, exit code 1");
  expect(names(crashed, look([ticket()], [agent({ generation: 2 })]))).toEqual(["agent:started worker-0"]);
  expect(names(working, look([ticket()], [agent({ generation: 2 })]))).toEqual([
    "agent:started worker-0",
    "agent:failed worker-0",
  ]);
  const asking = look([ticket()], [agent({ asks: "Which one?" })]);
  expect(poolEvents(working, asking)).toMatchObject([{ name: "agent:waiting", reason: "Which one?" }]);
  expect(names(asking, asking)).toEqual([]);
  const escalated = look(
    [ticket({ needsPerson: true, personReason: "unclear" })],
    [agent({ isEnded: true })],
  );
  expect(poolEvents(working, escalated)).toMatchObject([
    { name: "agent:failed" },
    { name: "agent:waiting", reason: "unclear" },
  ]);
});

test("the scheduler answers what the supervisor would do", async () => {
  const ready = (id: string, priority: number) =>
    ticket({
      id,
      priority,
      state: "ready",
      roles: [],
      isWorkable: true,
      claimRole: "worker",
      assignedAgentId: undefined,
    });
  const silent = agent({ isLeaseExpired: true });
  const facts = look([ticket(), ready("tk-2", 3), ready("tk-3", 1), ready("tk-4", 2)], [silent]);
  const ended: string[] = [];
  const scheduler = createTaskScheduler({
    facts: async () => facts,
    async expire(agentId, reason) {
      ended.push(`${agentId}: ${reason}`);
      return { status: "done" };
    },
  });
  expect((await scheduler.getNextTask())?.id).toBe("tk-3");
  expect((await scheduler.getAvailableTasks()).map(({ id }) => id)).toEqual(["tk-3", "tk-4", "tk-2"]);
  const [held, free] = facts.tickets;
  if (held === undefined || free === undefined) throw new Error("no tickets");
  expect([held, free].map((one) => [scheduler.isTaskLocked(one), scheduler.isLockStale(one)])).toEqual([
    [true, true],
    [false, false],
  ]);
  expect((await scheduler.recoverStaleLocks()).map(({ id }) => id)).toEqual(["tk-1"]);
  expect(ended).toEqual(["worker-0: no sign of progress for a whole lease"]);
});
