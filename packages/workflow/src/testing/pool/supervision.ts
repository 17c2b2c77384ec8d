// The ports of one life of a supervisor over the simulated world: spawning, recovering, leases, budgets and limits are the real code.
import { isTicketError } from "@wiggum/ticket-core";
import { isWorkflowError } from "../../errors.js";
import { type LeaseWatch, silentLease } from "../../leases.js";
import { recoverSpawns } from "../../recover-spawns.js";
import type { AgentRegistry } from "../../registry.js";
import { spawnAgent } from "../../run-spawn.js";
import type { AgentOrder } from "../../runner.js";
import { settleAgents } from "../../settle-agents.js";
import type { SpawnPorts } from "../../spawn-ports.js";
import { stopProved } from "../../stop-agent.js";
import type { ActionOutcome, SupervisorPorts } from "../../supervisor.js";
import type { SimulatedAgents } from "./agents.js";
import { Killed, type Life, mortal } from "./life.js";
import { budgetNow, factsOf } from "./look.js";
import { checkBackOff, checkPriority, checkSilence } from "./moment-checks.js";
import type { SimulatedRegistry } from "./registry.js";
import type { SimulatedStore } from "./store.js";
import { type World, wallMs } from "./world.js";

export interface Supervision {
  readonly world: World;
  readonly store: SimulatedStore;
  readonly registry: SimulatedRegistry;
  readonly agents: SimulatedAgents;
  /** How long the host sleeps at the next wait. */
  readonly sleep: { forMs: number };
  /** Told of each look. */
  look(): void;
}

class BusyStore extends Error {}

/** Refusals that pass by themselves. */
const passing = [
  "NO_CAPACITY",
  "POOL_PAUSED",
  "BUDGET_RESERVED",
  "AGENT_LIVE",
  "TICKET_HELD",
  "TICKET_CONFLICT",
];
const passes = (error: unknown) =>
  (isWorkflowError(error) || isTicketError(error)) && passing.includes(error.code);

export function supervisionPorts(supervision: Supervision, life: Life): SupervisorPorts {
  const { world, store, agents, sleep } = supervision;
  const { time, network } = world;
  const registry = mortal(supervision.registry.open(life.name), life);
  const spawnPorts = portsOfSpawn(supervision, registry, life);
  const watches = new Map<string, LeaseWatch | undefined>();
  let asked: string[] = [];

  async function attempt(action: () => Promise<unknown>): Promise<ActionOutcome> {
    try {
      await action();
      return { status: "done" };
    } catch (error) {
      if (!isWorkflowError(error) && !isTicketError(error)) throw error;
      return { status: passes(error) ? "postponed" : "failed", reason: error.message };
    }
  }

  /** A start that comes to nothing is a failed attempt, where no session tells of it. */
  async function start(role: string, ticketId: string): Promise<void> {
    const sessions = async () => (await registry.sessionsOf(ticketId)).length;
    const before = await sessions();
    try {
      await spawnAgent({ role, ticketId, isSupervised: true }, spawnPorts);
    } catch (error) {
      if (!(error instanceof Killed) && !passes(error) && (await sessions()) === before)
        store.noteFailure(ticketId, role);
      throw error;
    }
  }

  const port: SupervisorPorts = {
    clock: spawnPorts.clock,
    report: () => undefined,
    passing: (error) => (error instanceof BusyStore ? error.message : undefined),
    async recover() {
      await recoverSpawns(spawnPorts);
      await settleAgents(spawnPorts);
      for (const { agentId, session } of await registry.list()) {
        if (session?.runner !== "far" || session.endedAt !== undefined || network.isCut) continue;
        const process = agents.processOf(agentId, session.generation);
        if (process?.isAlive === false)
          await registry.recordEnd(agentId, session.generation, {
            reason: "exited",
            exitCode: process.exitCode,
          });
      }
      return [];
    },
    async drainHooks() {
      const left: typeof world.hooks = [];
      const due = world.hooks;
      let ran = 0;
      for (const [index, hook] of due.entries()) {
        if (store.stored(hook.ticketId).ticket.state !== "review") continue;
        const { status } = await attempt(() => start(hook.role, hook.ticketId)).catch((error: unknown) => {
          world.hooks = [...left, ...due.slice(index)];
          throw error;
        });
        if (status === "postponed") left.push(hook);
        else ran += 1;
      }
      // What came while these ran is there, too.
      world.hooks = [...left, ...world.hooks.slice(due.length)];
      return { ran, waiting: left.length };
    },
    async facts() {
      supervision.look();
      if (network.busyLooks > 0) {
        network.busyLooks -= 1;
        throw new BusyStore("the store is busy");
      }
      asked = [];
      return factsOf(supervision, registry, watches);
    },
    spawn(role, ticketId) {
      checkPriority(supervision, ticketId, asked);
      checkBackOff(supervision, role, ticketId);
      asked.push(ticketId);
      return attempt(() => start(role, ticketId));
    },
    retire: (agentId) =>
      attempt(async () => {
        const session = (await registry.read(agentId))?.session;
        if (session?.handle?.runner === "near") await stopProved(agents.runner, session.handle);
        await registry.retire(agentId);
      }),
    expire: (agentId, reason) =>
      attempt(async () => {
        const session = (await registry.read(agentId))?.session;
        if (session === undefined || session.endedAt !== undefined) return;
        const process = agents.processOf(agentId, session.generation);
        if (process !== undefined && reason === silentLease) checkSilence(supervision, process);
        if (session.handle?.runner === "near") await stopProved(agents.runner, session.handle);
        else if (process !== undefined && !network.isCut) agents.end(process, 143);
        await registry.recordEnd(agentId, session.generation, { reason });
      }),
    escalate: (ticketId, reason) => attempt(async () => store.requireAction(ticketId, reason)),
    merge: async () => ({ status: "done" }),
    mergeBatch: async () => ({ status: "done" }),
    async changed(timeoutMs) {
      if (sleep.forMs > 0) {
        const forMs = sleep.forMs;
        sleep.forMs = 0;
        time.postpone(forMs, (owner) => owner?.startsWith("near:") === true);
        for (const process of agents.processes.values()) if (!process.isFar) process.lastOutputMs += forMs;
        time.advance(forMs);
        return;
      }
      let isTouched = false;
      supervision.world.onTouch = () => {
        isTouched = true;
      };
      time.advance(timeoutMs, () => isTouched);
      supervision.world.onTouch = undefined;
      time.advance(500);
    },
  };
  // What answers at once is no call of a port: nothing is done in it.
  return {
    ...boundTo(mortal(port, life)),
    clock: port.clock,
    report: port.report,
    passing: (error) => port.passing?.(error),
  };
}

/** Somebody types `wiggum spawn` at about the moment at which the supervisor does the same: the place goes to one of them. */
export async function spawnByHand(supervision: Supervision, role: string, ticketId: string): Promise<void> {
  const life: Life = {
    name: "person",
    isDead: false,
    callsLeft: Number.POSITIVE_INFINITY,
    diesBefore: false,
  };
  const ports = portsOfSpawn(supervision, supervision.registry.open(life.name), life);
  for (let turns = supervision.world.random.draw(60); turns > 0; turns--) await Promise.resolve();
  try {
    await spawnAgent({ role, ticketId }, ports);
  } catch (error) {
    if (!isWorkflowError(error) && !isTicketError(error)) throw error;
  }
}

/** The methods as plain members, so that some can be replaced. */
function boundTo(port: SupervisorPorts): SupervisorPorts {
  const { recover, drainHooks, facts, spawn, retire, expire, escalate, changed, clock, report } = port;
  const { merge, mergeBatch } = port;
  return {
    recover,
    drainHooks,
    facts,
    spawn,
    retire,
    expire,
    escalate,
    merge,
    mergeBatch,
    changed,
    clock,
    report,
  };
}

function portsOfSpawn(
  { world, store, agents }: Supervision,
  registry: AgentRegistry,
  life: Life,
): SpawnPorts {
  const { time, budget } = world;
  let operations = 0;
  const place = (agentId: string) => ({ worktree: `/w/${agentId}`, branch: agentId });
  return {
    tickets: mortal(store.tickets, life),
    registry,
    runner: mortal(agents.runner, life),
    clock: {
      now: () => new Date(wallMs(world)),
      monotonicMs: () => time.nowMs(),
      sleep: async (durationMs) => time.advance(durationMs),
    },
    newId: () => `${life.name}-${operations++}`,
    workspaces: {
      look: async (_ticket, holder) => ({
        baseBranch: "main",
        hasCommits: true,
        feature: { branch: "feature", exists: true },
        unmergedDependencies: [],
        ...(holder === undefined
          ? {}
          : { holder: { branch: holder.agentId, containsFeature: true, worktree: `/w/${holder.agentId}` } }),
      }),
      takenNames: async () => () => false,
      place,
      combine: async () => "c",
      createFeature: async () => undefined,
      removeFeature: async () => undefined,
      startCommit: async () => "c",
      create: async () => undefined,
      discard: async () => ({ warnings: [], unfinished: [] }),
      salvage: async () => ({ warnings: [] }),
      hasNewCommits: async () => false,
      remains: async () => ({}),
      clear: async () => ({ warnings: [], unfinished: [] }),
    },
    orders: {
      stateRoot: "/s",
      isRole: () => true,
      command: async () => ({ word: "agent" }),
      setUp: async () => undefined,
      stopSetUp: async () => undefined,
      write: async ({ agentId, generation, role, record, epoch }) => ({
        warnings: [],
        order: {
          agentId,
          generation,
          role,
          ticketId: record?.ticket.id,
          environment: { EPOCH: String(epoch) },
        } as unknown as AgentOrder,
      }),
    },
    claim: mortal({ claim: store.claim }, life).claim,
    writeContext: () => ({ actor: { kind: "supervisor", id: "wiggum" } }),
    settings: {
      maxAgents: world.isDropped("capacity") ? 1_000 : world.maxAgents,
      maxAgentsByRole: world.isDropped("role-capacity") ? undefined : { worker: world.maxWorkers },
      budget: () => budget && budgetNow(world, budget),
      startTimeoutMs: 60_000,
      settleMs: 1,
    },
  };
}
