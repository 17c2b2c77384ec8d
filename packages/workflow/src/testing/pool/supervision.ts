// The ports of one life of a supervisor over the simulated world: spawning, recovering, leases, budgets and limits are the real code.
import { isTicketError } from "@wiggum/ticket-core";
import { agentTickets, usesSlot } from "../../capacity.js";
import { isWorkflowError } from "../../errors.js";
import { type LeaseWatch, observeLease, silentLease } from "../../leases.js";
import { judgePause } from "../../pool-pause.js";
import { recoverSpawns } from "../../recover-spawns.js";
import type { AgentFacts, AgentRegistry } from "../../registry.js";
import { roundsWithoutProgress } from "../../review-progress.js";
import { spawnAgent } from "../../run-spawn.js";
import type { AgentOrder } from "../../runner.js";
import { settleAgents } from "../../settle-agents.js";
import type { SpawnPorts } from "../../spawn-ports.js";
import { stopProved } from "../../stop-agent.js";
import type { ActionOutcome, SupervisorPorts } from "../../supervisor.js";
import { backoffMs } from "../../supervisor-attempts.js";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "../../supervisor-facts.js";
import type { SimulatedAgents } from "./agents.js";
import { Killed, type Life, mortal } from "./life.js";
import type { SimulatedRegistry } from "./registry.js";
import type { SimulatedStore } from "./store.js";
import {
  dayMs,
  dayOf,
  leaseMs,
  maxAttempts,
  maxIdleRounds,
  maxRounds,
  types,
  type World,
  wallMs,
} from "./world.js";

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
  const { recover, drainHooks, facts, spawn, retire, expire, escalate, merge, changed, clock, report } = port;
  return { recover, drainHooks, facts, spawn, retire, expire, escalate, merge, changed, clock, report };
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

export function budgetNow(world: World, budget: NonNullable<World["budget"]>): NonNullable<World["budget"]> {
  const limits = world.isDropped("budget") ? {} : budget.limits;
  const nowMs = wallMs(world);
  return { ...budget, limits, day: dayOf(world), dayEndsAtMs: (Math.floor(nowMs / dayMs) + 1) * dayMs };
}

async function factsOf(
  supervision: Supervision,
  registry: AgentRegistry,
  watches: Map<string, LeaseWatch | undefined>,
): Promise<SupervisorFacts> {
  const { world, store } = supervision;
  const known = await registry.list();
  const tickets = [...world.tickets.values()];
  const held = agentTickets(tickets.map(({ ticket }) => ticket));
  const agents: SupervisedAgent[] = [];
  for (const facts of known) {
    const agent = describeAgent(supervision, facts, watches);
    agents.push({ ...agent, usesSlot: usesSlot(facts, held, types) });
    const process = supervision.agents.processOf(facts.agentId, facts.session?.generation ?? 0);
    if (world.budget !== undefined && process !== undefined && facts.isLive)
      await registry.recordUse(process.agentId, process.generation, { tokens: process.tokens });
  }
  const nowMs = wallMs(world);
  let pause = world.isDropped("pause") ? undefined : await registry.pause();
  const probing = agents.map((agent) => ({ ...agent, isLimited: false }));
  if (pause !== undefined && judgePause(pause, probing, nowMs) === "open") {
    await registry.liftPause(pause);
    pause = undefined;
  }
  const isBounded = (rule: "attempts" | "back-off" | "idle-rounds") => !world.isDropped(rule);
  return {
    tickets: tickets.map((entry): SupervisedTicket => {
      const { ticket, failed } = entry;
      const isReviewed = ticket.state === "review";
      return {
        id: ticket.id,
        state: ticket.state,
        priority: world.isDropped("priority") ? 2 : ticket.priority,
        isFinal: ticket.state === "done",
        isWorkable: store.isWorkable(entry),
        needsPerson: ticket.actionRequired !== undefined,
        roles:
          ticket.state === "in-progress"
            ? ["worker"]
            : isReviewed && !world.isDropped("stage-rescue")
              ? ["reviewer"]
              : [],
        claimRole: "worker",
        assignedAgentId: ticket.assignedAgentId,
        failedSessions: failed.counts,
        lastFailureMs: isBounded("back-off") ? failed.lastMs : undefined,
        rounds: isBounded("idle-rounds") ? entry.rounds.length : 0,
        idleRounds: isBounded("idle-rounds") ? roundsWithoutProgress(entry.rounds) : 0,
      };
    }),
    agents,
    ticketsWithPendingHooks: world.hooks.map(({ ticketId }) => ticketId),
    unmerged: [],
    maxAgents: world.isDropped("capacity") ? 1_000 : world.maxAgents,
    maxAgentsByRole: world.isDropped("role-capacity") ? undefined : { worker: world.maxWorkers },
    isAutoMerge: false,
    maxAttempts: isBounded("attempts") ? maxAttempts : Number.POSITIVE_INFINITY,
    maxRounds,
    maxIdleRounds,
    pause,
    budget: world.budget && {
      rules: budgetNow(world, world.budget),
      entries: await registry.budgetEntries(),
    },
    nowMs,
  };
}

function describeAgent(
  { world, agents }: Supervision,
  facts: AgentFacts,
  watches: Map<string, LeaseWatch | undefined>,
): SupervisedAgent {
  const { agentId, role, ticketId, isLive, session } = facts;
  const process = agents.processOf(agentId, session?.generation ?? 0);
  const isEnded = session === undefined || session.endedAt !== undefined;
  const sign = process && `${process.generation} ${process.isFar ? process.beats : process.outputs}`;
  const isWatched = !isEnded && isLive;
  return {
    agentId,
    role,
    ticketId,
    isLive,
    isEnded,
    usesSlot: false,
    generation: session?.generation,
    startedAtMs: session === undefined ? undefined : Date.parse(session.startedAt),
    isLeaseExpired: isWatched && !world.isDropped("expire") && isExpired(world, agentId, sign, watches),
  };
}

function isExpired(
  world: World,
  agentId: string,
  sign: string | undefined,
  watches: Map<string, LeaseWatch | undefined>,
): boolean {
  const nowMs = world.time.nowMs();
  const waitMs = world.isDropped("whole-lease") ? leaseMs / 10 : leaseMs;
  const before = watches.get(agentId);
  const seen = observeLease(before, sign, nowMs, waitMs);
  watches.set(agentId, seen.watch);
  const hasSlept = before !== undefined && before.sign === sign && nowMs - before.lookedAtMs >= waitMs;
  return seen.status === "expired" || (world.isDropped("sleep-gap") && hasSlept);
}

/** A claim is taken only from who was silent, awake, for about a whole lease. */
function checkSilence(
  { world }: Supervision,
  process: ReturnType<SimulatedAgents["processOf"]> & object,
): void {
  if (!process.isAlive || process.isHung || process.isFar) return;
  const silentMs = world.time.nowMs() - process.lastOutputMs;
  if (silentMs < leaseMs / 2)
    world.violate(`${process.agentId} lost its claim though it worked ${silentMs} ms ago`);
}

/** Who failed a moment ago is not asked again at once; a clock that was set makes nobody wait. */
function checkBackOff({ world, store }: Supervision, role: string, ticketId: string): void {
  const { counts, lastMs } = store.stored(ticketId).failed;
  const failures = counts[role] ?? 0;
  if (failures === 0 || lastMs === undefined) return;
  const passedMs = wallMs(world) - lastMs;
  if (passedMs >= 0 && passedMs < backoffMs(failures))
    world.violate(`a ${role} for ${ticketId} was tried ${passedMs} ms after failure ${failures}`);
}

/** Of two tickets that can both be taken, the more urgent one is asked for first. */
function checkPriority(
  { world, store, registry }: Supervision,
  ticketId: string,
  asked: readonly string[],
): void {
  const { ticket } = store.stored(ticketId);
  if (ticket.state !== "ready" || world.budget !== undefined) return;
  const isTaken = new Set(registry.live().map((agent) => agent.ticketId));
  for (const other of world.tickets.values()) {
    if (other.ticket.priority >= ticket.priority || asked.includes(other.ticket.id)) continue;
    if (!store.isWorkable(other) || isTaken.has(other.ticket.id)) continue;
    if (Object.keys(other.failed.counts).length > 0) continue;
    world.violate(
      `${ticketId} (${ticket.priority}) went before ${other.ticket.id} (${other.ticket.priority})`,
    );
  }
}
