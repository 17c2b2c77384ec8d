// What a supervisor sees of the simulated world. A rule that is dropped is one whose facts it does not see.
import { agentTickets, usesSlot } from "../../capacity.js";
import { type LeaseWatch, observeLease } from "../../leases.js";
import { judgePause } from "../../pool-pause.js";
import type { AgentFacts, AgentRegistry } from "../../registry.js";
import { roundsWithoutProgress } from "../../review-progress.js";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "../../supervisor-facts.js";
import type { Supervision } from "./supervision.js";
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

export function budgetNow(world: World, budget: NonNullable<World["budget"]>): NonNullable<World["budget"]> {
  const limits = world.isDropped("budget") ? {} : budget.limits;
  const nowMs = wallMs(world);
  return { ...budget, limits, day: dayOf(world), dayEndsAtMs: (Math.floor(nowMs / dayMs) + 1) * dayMs };
}

export async function factsOf(
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
