// The registry of agents in memory, under the contract that the one of the control plane has: one change at a time, lives beyond supervisors.
import { admit } from "../../admission.js";
import type { BudgetAmounts, BudgetEntry } from "../../budgets.js";
import { WorkflowError } from "../../errors.js";
import { nextPause, type PoolPause } from "../../pool-pause.js";
import type {
  AgentFacts,
  AgentRegistry,
  FailedSpawn,
  SessionFacts,
  SpawnStepRecord,
} from "../../registry.js";
import { dayOf, type World, wallMs } from "./world.js";

export interface SimulatedRegistry {
  /** As a process of that name sees it; spawns that it begins are its own. */
  open(owner: string): AgentRegistry;
  /** Its spawns are to be recovered from now on. */
  die(owner: string): void;
  /** Does this generation hold its place? */
  isCurrent(agentId: string, generation: number): boolean;
  live(): readonly AgentFacts[];
  entries(): readonly BudgetEntry[];
  /** Forgets who runs: what a supervisor would do that takes everything for failed. */
  forgetLive(): void;
}

type Session = { -readonly [Key in keyof SessionFacts]: SessionFacts[Key] } & {
  readonly agentId: string;
  readonly role: string;
};
interface Agent {
  readonly facts: Omit<AgentFacts, "session" | "isLive" | "retiredAt" | "worktree">;
  ticketId: string | undefined;
  retiredAt: string | undefined;
  isLive: boolean;
  worktree: string | undefined;
  readonly sessions: Session[];
}
interface Spawn {
  readonly spawnId: string;
  readonly agentId: string;
  readonly generation: number;
  readonly isNew: boolean;
  owner: string | undefined;
  readonly steps: SpawnStepRecord[];
}

/** `onEnd` is told of each session that ends, once. */
export function createRegistry(
  world: World,
  onEnd: (
    session: SessionFacts & { readonly agentId: string; readonly role: string },
    ticketId: string | undefined,
  ) => void,
): SimulatedRegistry {
  const agents = new Map<string, Agent>();
  const spawns = new Map<string, Spawn>();
  const numbers = new Map<string, number>();
  const entries: { -readonly [Key in keyof BudgetEntry]: BudgetEntry[Key] }[] = [];
  const dead = new Set<string>();
  let failed: FailedSpawn[] = [];
  let pause: PoolPause | undefined;
  let ids = 0;

  const now = () => new Date(wallMs(world)).toISOString();
  const agentOf = (agentId: string) => {
    const agent = agents.get(agentId);
    if (agent === undefined) throw new WorkflowError("AGENT_NOT_FOUND", `no ${agentId}`, { agentId });
    return agent;
  };
  const factsOf = (agent: Agent): AgentFacts => ({
    ...agent.facts,
    ticketId: agent.ticketId,
    retiredAt: agent.retiredAt,
    worktree: agent.worktree,
    isLive: agent.isLive,
    session: agent.sessions.at(-1),
  });
  const live = () => [...agents.values()].filter(({ isLive }) => isLive).map(factsOf);
  const spawnOf = (spawnId: string) => {
    const spawn = spawns.get(spawnId);
    if (spawn === undefined) throw new Error(`There is no open spawn ${spawnId}.`);
    return spawn;
  };
  function end(agentId: string, generation: number, reason: string, exitCode?: number): void {
    const agent = agentOf(agentId);
    const session = agent.sessions.at(-1);
    if (session === undefined || session.generation !== generation) return;
    if (session.endedAt === undefined) {
      session.endedAt = now();
      session.endReason = reason;
      session.exitCode = exitCode;
      onEnd(session, agent.ticketId);
    }
    agent.isLive = false;
    const entry = entries.find((one) => one.agentId === agentId && one.generation === generation);
    if (entry !== undefined) entry.isOpen = false;
    world.touch();
  }

  return {
    live,
    entries: () => entries,
    isCurrent(agentId, generation) {
      const agent = agents.get(agentId);
      return agent?.isLive === true && agent.sessions.at(-1)?.generation === generation;
    },
    die: (owner) => void dead.add(owner),
    forgetLive() {
      for (const { agentId, session } of live()) end(agentId, session?.generation ?? 0, "failed");
    },
    open: (owner) => ({
      list: async ({ includeRetired = false } = {}) =>
        [...agents.values()]
          .filter(({ retiredAt }) => includeRetired || retiredAt === undefined)
          .map(factsOf),
      async read(agentId) {
        const agent = agents.get(agentId);
        return agent === undefined ? undefined : factsOf(agent);
      },
      sessionsOf: async (ticketId) =>
        [...agents.values()]
          .filter((agent) => agent.ticketId === ticketId)
          .flatMap(({ sessions }) => sessions),
      async recordFailedSpawn(spawn) {
        failed = [
          ...failed.filter((one) => one.ticketId !== spawn.ticketId || one.enteredAtMs === spawn.enteredAtMs),
          spawn,
        ];
      },
      failedSpawns: async (ticketId) =>
        failed.filter((one) => ticketId === undefined || one.ticketId === ticketId),
      async forgetFailedSpawns(ticketId, role) {
        failed = failed.filter((one) => one.ticketId !== ticketId || one.role !== role);
      },
      hasSession: async () => agents.size > 0,
      async reserve(request) {
        const { role, ticketId, resume } = request;
        const places = live();
        const holder = places.find((agent) => agent.ticketId === ticketId && agent.role === role);
        if (holder !== undefined && !world.isDropped("place"))
          throw new WorkflowError("AGENT_LIVE", "live", { agentId: holder.agentId, role, ticketId });
        const isFree = world.isDropped("budget-reservation");
        const known = isFree ? entries.map((entry) => ({ ...entry, reserved: {} })) : entries;
        const asked = world.isDropped("pause") ? { ...request, nowMs: undefined } : request;
        const { reserve } = admit(asked, { live: places, entries: known, pause });
        const number = numbers.get(role) ?? 0;
        const agentId = resume ?? `${role}-${number}`;
        if (resume === undefined) {
          numbers.set(role, number + 1);
          const facts = { agentId, role, number, createdAt: now(), isSupervised: true, branch: agentId };
          agents.set(agentId, {
            facts,
            ticketId,
            retiredAt: undefined,
            isLive: true,
            worktree: undefined,
            sessions: [],
          });
        }
        const agent = agentOf(agentId);
        const generation = agent.sessions.length + 1;
        agent.isLive = true;
        agent.ticketId = ticketId;
        agent.sessions.push({ agentId, role, generation, runner: request.runner ?? "", startedAt: now() });
        const spawnId = `s-${ids++}`;
        spawns.set(spawnId, { spawnId, agentId, generation, isNew: resume === undefined, owner, steps: [] });
        if (request.budget !== undefined) {
          const { runId } = request.budget;
          const estimate = world.budget?.estimate ?? {};
          const reserved = isFree || world.isDropped("budget") ? estimate : reserve;
          const entry = {
            agentId,
            generation,
            ticketId,
            runId,
            day: dayOf(world),
            reserved,
            spent: {},
            isOpen: true,
          };
          entries.push(entry);
          world.onReserve?.(entry);
        }
        return { agentId, generation, spawnId };
      },
      async recordStep(spawnId, step) {
        spawnOf(spawnId).steps.push(step);
      },
      async recordWorktree(agentId, worktree) {
        agentOf(agentId).worktree = worktree;
      },
      async recordStart(spawnId, session) {
        const { agentId, generation } = spawnOf(spawnId);
        const stored = agentOf(agentId).sessions.find((one) => one.generation === generation);
        if (stored !== undefined)
          Object.assign(stored, {
            runner: session.runner,
            handle: session.handle,
            epoch: session.epoch,
            startedAt: now(),
          });
      },
      async finishSpawn(spawnId) {
        spawns.delete(spawnId);
      },
      async abandonSpawn(spawnId, reason) {
        const { agentId, generation, isNew } = spawnOf(spawnId);
        end(agentId, generation, reason);
        if (isNew) agentOf(agentId).retiredAt = now();
        spawns.delete(spawnId);
      },
      async unfinishedSpawns() {
        if (world.isDropped("recover-spawns")) return [];
        const left = [...spawns.values()].filter(
          (spawn) => spawn.owner === undefined || dead.has(spawn.owner),
        );
        for (const spawn of left) spawn.owner = owner;
        return left.map(({ spawnId, agentId, generation, steps }) => ({
          spawnId,
          agentId,
          generation,
          steps: [...steps],
        }));
      },
      async leaveSpawn(spawnId) {
        spawnOf(spawnId).owner = undefined;
      },
      isStarting: async () => false,
      leasePort: async () => 24_000,
      recordEnd: async (agentId, generation, { reason, exitCode }) =>
        end(agentId, generation, reason, exitCode),
      async retire(agentId) {
        const agent = agentOf(agentId);
        end(agentId, agent.sessions.length, "killed");
        agent.isLive = false;
        agent.retiredAt ??= now();
      },
      pause: async () => pause,
      async recordLimit(limit, nowMs, jitterMs) {
        pause = nextPause(pause, limit, nowMs, jitterMs);
        return pause;
      },
      async liftPause(seen) {
        if (pause === seen) pause = undefined;
      },
      budgetEntries: async () => entries,
      async recordUse(agentId: string, generation: number, spent: BudgetAmounts) {
        const entry = entries.find((one) => one.agentId === agentId && one.generation === generation);
        if (entry !== undefined) entry.spent = spent;
      },
      async close() {},
    }),
  };
}
