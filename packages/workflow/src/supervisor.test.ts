import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SupervisorPorts, supervise } from "./supervisor.js";
import { backoffMs } from "./supervisor-attempts.js";
import type { SupervisedTicket, SupervisorFacts } from "./supervisor-facts.js";
import { planTick } from "./supervisor-plan.js";
import { SimulatedWorld, type WorldOptions } from "./testing/simulated-world.js";

async function run(world: SimulatedWorld) {
  const signal = AbortSignal.timeout(20_000);
  return supervise(world.ports, { mode: "until-done", pollIntervalMs: 10_000, signal });
}

const faults = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  tickets: fc.integer({ min: 1, max: 24 }),
  maxAgents: fc.integer({ min: 1, max: 5 }),
  crashPercent: fc.integer({ min: 0, max: 40 }),
  rejectPercent: fc.integer({ min: 0, max: 40 }),
  lostHookPercent: fc.integer({ min: 0, max: 100 }),
  spawnFailurePercent: fc.integer({ min: 0, max: 30 }),
  conflictPercent: fc.integer({ min: 0, max: 30 }),
  mergeBatch: fc.constantFrom(1, 4),
}) satisfies fc.Arbitrary<WorldOptions>;

describe("supervise", () => {
  // P29
  test("whatever fails: one agent a place, slots kept, every ticket merged, escalated or waiting for one that was", async () => {
    await fc.assert(
      fc.asyncProperty(faults, async (options) => {
        const world = new SimulatedWorld(options);
        const result = await run(world);
        expect(world.violations).toEqual([]);
        expect(result.isFinished).toBe(true);
        const stuck = new Set(result.stuck.map((entry) => entry.ticketId));
        for (const ticket of world.tickets.values()) {
          const waits = ticket.dependsOn.some((id) => world.tickets.get(id)?.state !== "done");
          // In a batch, what is built on work that was sent back is not merged before that is done again.
          const isHeld = ticket.dependsOn.some((id) => world.tickets.get(id)?.merged === false);
          const isSettled = ticket.state === "done" ? ticket.merged || isHeld : ticket.needsPerson || waits;
          expect(isSettled, `${ticket.id} ${ticket.state}`).toBe(true);
          expect(stuck.has(ticket.id)).toBe(!ticket.merged);
        }
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  test("without faults everything is merged, with one slot, too", async () => {
    const none = {
      crashPercent: 0,
      rejectPercent: 0,
      lostHookPercent: 0,
      spawnFailurePercent: 0,
      conflictPercent: 0,
    };
    for (const maxAgents of [1, 3]) {
      const world = new SimulatedWorld({ seed: 7, tickets: 12, maxAgents, ...none });
      const result = await run(world);
      expect(result.stuck).toEqual([]);
      expect([...world.tickets.values()].every((ticket) => ticket.merged)).toBe(true);
    }
  });

  test("an abort ends the loop at once", async () => {
    const world = new SimulatedWorld({
      seed: 1,
      tickets: 3,
      maxAgents: 1,
      crashPercent: 0,
      rejectPercent: 0,
      lostHookPercent: 0,
      spawnFailurePercent: 0,
      conflictPercent: 0,
    });
    const result = await supervise(world.ports, {
      mode: "forever",
      pollIntervalMs: 1,
      signal: AbortSignal.abort(),
    });
    expect(result.ticks).toBe(0);
    expect(world.agents).toEqual([]);
  });
});

test("an abort in the middle of a round: what is being done is done, nothing else is begun", async () => {
  const none = { crashPercent: 0, rejectPercent: 0, lostHookPercent: 0, spawnFailurePercent: 0 };
  const world = new SimulatedWorld({ seed: 1, tickets: 3, maxAgents: 3, ...none, conflictPercent: 0 });
  const stop = new AbortController();
  const begun: string[] = [];
  const facts = async () => ({
    ...(await world.ports.facts()),
    unmerged: [...world.tickets.keys()],
    isAutoMerge: true,
  });
  const merge: SupervisorPorts["merge"] = async (ticketId) => {
    begun.push(ticketId);
    stop.abort();
    return { status: "done" };
  };
  const ports = { ...world.ports, facts, merge };
  await supervise(ports, { mode: "forever", pollIntervalMs: 1, signal: stop.signal });
  expect([begun.length, world.agents]).toEqual([1, []]);
});

describe("what fails", () => {
  const calm = { crashPercent: 0, rejectPercent: 0, lostHookPercent: 0, conflictPercent: 0 };

  test("failed actions of the last look are counted", async () => {
    for (const spawnFailurePercent of [0, 100]) {
      const world = new SimulatedWorld({ seed: 3, tickets: 1, maxAgents: 1, ...calm, spawnFailurePercent });
      const result = await supervise(world.ports, { mode: "once", pollIntervalMs: 1 });
      expect(result.failedActions).toBe(spawnFailurePercent / 100);
    }
  });

  test("the same refusal is told once, another one again", async () => {
    const world = new SimulatedWorld({ seed: 3, tickets: 1, maxAgents: 1, ...calm, spawnFailurePercent: 0 });
    const stop = new AbortController();
    let tries = 0;
    const spawn: SupervisorPorts["spawn"] = async () => {
      tries += 1;
      if (tries === 40) stop.abort();
      return { status: "postponed", reason: tries < 20 ? "no room" : "somebody was faster" };
    };
    const options = { mode: "forever", pollIntervalMs: 1, signal: stop.signal } as const;
    await supervise({ ...world.ports, spawn }, options);
    const told = world.events.flatMap((event) => (event.kind === "postponed" ? [event.reason] : []));
    expect(told).toEqual(["no room", "somebody was faster"]);
  });

  test("a start that fails is told once: as it happens, or by the run that comes upon it later", async () => {
    const options = { mode: "until-done", pollIntervalMs: 1 } as const;
    const told = (world: SimulatedWorld) =>
      world.events.map(({ kind }) => kind).filter((kind) => kind === "failed" || kind === "delayed");
    const world = new SimulatedWorld({
      seed: 3,
      tickets: 1,
      maxAgents: 1,
      ...calm,
      spawnFailurePercent: 100,
    });
    await supervise(world.ports, { ...options, mode: "once" });
    expect(told(world)).toEqual(["failed"]);
    await supervise(world.ports, options);
    expect(told(world).slice(0, 3)).toEqual(["failed", "delayed", "failed"]);
    expect(told(world).filter((kind) => kind === "delayed")).toHaveLength(1);
  });

  test("what passes by itself does not end a run, and is told once", async () => {
    for (const mode of ["once", "until-done"] as const) {
      const world = new SimulatedWorld({
        seed: 3,
        tickets: 2,
        maxAgents: 1,
        ...calm,
        spawnFailurePercent: 0,
      });
      let looks = 0;
      const facts = async () => {
        looks += 1;
        if (looks > 1 && looks < 5) throw new Error("busy");
        return world.ports.facts();
      };
      const passing = (error: unknown) => (error instanceof Error ? error.message : undefined);
      const ports = { ...world.ports, facts, passing };
      if (mode === "once") looks = 1;
      const running = supervise(ports, { mode, pollIntervalMs: 1 });
      if (mode === "once") await expect(running).rejects.toThrow("busy");
      else {
        expect(await running).toMatchObject({ isFinished: true, stuck: [] });
        expect(world.events.filter(({ kind }) => kind === "disturbed")).toEqual([
          { kind: "disturbed", reason: "busy" },
        ]);
      }
    }
  });

  test("an error ends the run in every mode, when the other spawns are through", async () => {
    for (const mode of ["once", "until-done", "forever"] as const) {
      const world = new SimulatedWorld({
        seed: 3,
        tickets: 4,
        maxAgents: 4,
        ...calm,
        spawnFailurePercent: 0,
      });
      let begun = 0;
      let through = 0;
      const spawn: SupervisorPorts["spawn"] = async () => {
        begun += 1;
        if (begun === 1) throw new Error("no such program");
        for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
        through += 1;
        return { status: "done" };
      };
      const running = supervise({ ...world.ports, spawn }, { mode, pollIntervalMs: 1 });
      await expect(running).rejects.toThrow("no such program");
      expect(begun).toBeGreaterThan(1);
      expect(through).toBe(begun - 1);
    }
  });
});

const ticket = (change: Partial<SupervisedTicket> & { id: string }): SupervisedTicket => ({
  state: "ready",
  priority: 2,
  isFinal: false,
  isWorkable: true,
  needsPerson: false,
  roles: [],
  claimRole: "worker",
  failedSessions: {},
  rounds: 0,
  ...change,
});

const facts = (change: Partial<SupervisorFacts>): SupervisorFacts => ({
  tickets: [],
  agents: [],
  ticketsWithPendingHooks: [],
  unmerged: [],
  maxAgents: 2,
  isAutoMerge: false,
  maxAttempts: 3,
  maxRounds: 8,
  nowMs: 0,
  ...change,
});

describe("planTick", () => {
  test("begun work goes before new work, new work by priority, within the slots", () => {
    const plan = planTick(
      facts({
        tickets: [
          ticket({ id: "tk-1", priority: 0 }),
          ticket({ id: "tk-2", priority: 4, state: "qa", isWorkable: false, roles: ["qa"] }),
          ticket({ id: "tk-3", priority: 1 }),
        ],
      }),
    );
    expect(plan.actions.map((action) => action.kind === "spawn" && [action.role, action.ticketId])).toEqual([
      ["qa", "tk-2"],
      ["worker", "tk-1"],
    ]);
  });

  test("a stage whose hook has not finished is left to the hook, and its slot is kept free", () => {
    const review = ticket({ id: "tk-1", state: "review", isWorkable: false, roles: ["reviewer"] });
    const plan = planTick(
      facts({ tickets: [review, ticket({ id: "tk-2" })], ticketsWithPendingHooks: ["tk-1"], maxAgents: 1 }),
    );
    expect(plan.actions).toEqual([]);
    expect(plan.isFinished).toBe(false);
  });

  test("with free slots, too, a stage whose hook has not finished is left to the hook", () => {
    const review = ticket({ id: "tk-1", state: "review", isWorkable: false, roles: ["reviewer"] });
    const other = ticket({ id: "tk-2", state: "review", isWorkable: false, roles: ["reviewer"] });
    const plan = planTick(
      facts({ tickets: [review, other], ticketsWithPendingHooks: ["tk-1"], maxAgents: 9 }),
    );
    expect(plan.actions.map((action) => action.kind === "spawn" && action.ticketId)).toEqual(["tk-2"]);
  });

  test("after a failure it waits, longer each time, and only then tries again", () => {
    for (const failures of [1, 2]) {
      const failed = ticket({ id: "tk-1", failedSessions: { worker: failures }, lastFailureMs: 50_000 });
      const at = (nowMs: number) => planTick(facts({ tickets: [failed], nowMs }));
      const due = 50_000 + backoffMs(failures);
      expect(at(due - 1)).toMatchObject({ actions: [], isFinished: false });
      expect(at(due).actions.map(({ kind }) => kind)).toEqual(["spawn"]);
    }
    expect([0, 1, 2, 3, 40].map(backoffMs)).toEqual([0, 1_000, 2_000, 4_000, 300_000]);
  });

  test("what it waits for is told: who failed, how often, why, and how long it waits", () => {
    const failed = ticket({
      id: "tk-1",
      failedSessions: { worker: 2 },
      lastFailureMs: 50_000,
      lastFailure: "no such program",
    });
    const at = (nowMs: number) => planTick(facts({ tickets: [failed], nowMs }));
    expect(at(50_500).delayed).toEqual([
      { ticketId: "tk-1", role: "worker", failures: 2, waitMs: 1_500, reason: "no such program" },
    ]);
    expect(at(52_000).delayed).toEqual([]);
  });

  test("a clock that was set back makes nobody wait", () => {
    const failed = ticket({ id: "tk-1", failedSessions: { worker: 2 }, lastFailureMs: 50_000 });
    const plan = planTick(facts({ tickets: [failed], nowMs: 40_000 }));
    expect(plan.actions.map(({ kind }) => kind)).toEqual(["spawn"]);
  });

  test("after the last attempt a person is told why it failed", () => {
    const failed = ticket({
      id: "tk-1",
      failedSessions: { worker: 3 },
      lastFailureMs: 0,
      lastFailure: "exited, exit code 7",
    });
    expect(planTick(facts({ tickets: [failed] })).actions).toEqual([
      {
        kind: "escalate",
        ticketId: "tk-1",
        reason:
          "3 attempts of a worker ended without moving it out of ready; the last one: exited, exit code 7",
      },
    ]);
  });

  test("a ticket that waits for a person is never dispatched", () => {
    const plan = planTick(facts({ tickets: [ticket({ id: "tk-1", needsPerson: true, isWorkable: false })] }));
    expect(plan.actions).toEqual([]);
    expect(plan.isFinished).toBe(true);
    expect(plan.stuck).toEqual([{ ticketId: "tk-1", reason: "a person works on it, or must act" }]);
  });

  // P38
  test("a loop of rejections ends with a person", () => {
    const plan = planTick(
      facts({
        tickets: [
          ticket({ id: "tk-1", state: "in-progress", isWorkable: false, roles: ["worker"], rounds: 8 }),
        ],
      }),
    );
    expect(plan.actions.map((action) => action.kind)).toEqual(["escalate"]);
  });

  test("the same facts give the same plan, in any order of tickets", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        (numbers, maxAgents) => {
          const tickets = numbers.map((number) => ticket({ id: `tk-${number}`, priority: number % 5 }));
          const forwards = planTick(facts({ tickets, maxAgents }));
          expect(planTick(facts({ tickets: [...tickets].reverse(), maxAgents }))).toEqual(forwards);
        },
      ),
    );
  });
});
