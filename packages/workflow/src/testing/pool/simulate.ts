// One seeded schedule: tickets, agents, faults, supervisors that die and come back, and what must hold at every moment and at the end.
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { type BudgetEntry, chargeOf } from "../../budgets.js";
import { rateLimitIn } from "../../limit-messages.js";
import { cutOff } from "../../recover-spawns.js";
import { supervise } from "../../supervisor.js";
import { createAgents, expectedTokens, type Process } from "./agents.js";
import { type FaultKind, planFaults } from "./faults.js";
import { Killed, type Life } from "./life.js";
import { createRandom } from "./random.js";
import { createRegistry, type SimulatedRegistry } from "./registry.js";
import { createStore, type SimulatedStore } from "./store.js";
import { spawnByHand, supervisionPorts } from "./supervision.js";
import { createVirtualTime } from "./virtual-time.js";
import {
  dayOf,
  maxAttempts,
  minute,
  type Nature,
  type Rule,
  type StoredTicket,
  type World,
  wallMs,
} from "./world.js";

/** Which schedule, and what it has to do without. */
export interface ScheduleOptions {
  readonly seed: number;
  /** Default: none. */
  readonly without?: Rule | undefined;
  /** Default: 20 to 24. */
  readonly tickets?: number | undefined;
}

/** What became of a schedule. */
export interface ScheduleReport {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly faults: readonly FaultKind[];
  readonly tickets: number;
  readonly done: number;
  readonly escalated: number;
  readonly sessions: number;
  readonly lives: number;
  readonly looks: number;
  /** Virtual time, milliseconds. */
  readonly durationMs: number;
}

const longestMs = 30 * 24 * 60 * minute;
const mostLooks = 4_000;

export async function simulateSchedule({
  seed,
  without,
  tickets: count,
}: ScheduleOptions): Promise<ScheduleReport> {
  const random = createRandom(seed);
  const time = createVirtualTime();
  const violations: string[] = [];
  const world: World = {
    random,
    time,
    tickets: makeTickets(random, count ?? 20 + random.draw(5)),
    maxAgents: 4,
    maxWorkers: random.between(2, 4),
    budget: drawBudget(random),
    isDropped: (rule) => rule === without,
    violate(what) {
      if (violations.length < 20) violations.push(`${Math.round(time.nowMs() / 1_000)} s: ${what}`);
    },
    touch: () => world.onTouch?.(),
    network: {
      isCut: false,
      lossPercent: 1,
      lostStarts: 0,
      lateStarts: 0,
      lostHooks: 0,
      rivals: 0,
      busyLooks: 0,
    },
    wall: { jumpMs: 0, lastJumpAtMs: Number.NEGATIVE_INFINITY },
    limit: { untilMs: 0, notedAtMs: undefined },
    hooks: [],
  };
  const store = createStore(world);
  const registry: SimulatedRegistry = createRegistry(world, (session, ticketId) => {
    if (ticketId === undefined) return;
    const process = agents.processOf(session.agentId, session.generation);
    const reason = session.endReason ?? "";
    const limit = process === undefined ? undefined : rateLimitIn(process.said, wallMs(world));
    if (limit !== undefined) {
      // What it said is of a limit that may have been followed by another since.
      if (process?.limitedUntilMs === world.limit.untilMs) world.limit.notedAtMs ??= time.nowMs();
      void observer.recordLimit(limit, wallMs(world), 0);
      return;
    }
    const isNobodys = reason === cutOff || reason === "killed" || reason.includes("budget");
    if (!isNobodys && process?.hasMoved !== true) store.noteFailure(ticketId, session.role);
  });
  const observer = registry.open("observer");
  world.onReserve = (entry) => checkBudgets(world, registry.entries(), entry);
  const agents = createAgents(world, store, registry, (process) =>
    checkStart(world, store, registry, process),
  );
  const sleep = { forMs: 0 };
  let life: Life = { name: "run-0", isDead: false, callsLeft: Number.POSITIVE_INFINITY, diesBefore: false };
  const faults = planFaults(
    {
      world,
      agents,
      suspend(forMs) {
        sleep.forMs += forMs;
      },
      killAfter(calls) {
        life.callsLeft = calls;
        life.diesBefore = random.chance(50);
      },
    },
    random.between(5, 14),
  );

  let lives = 0;
  let looks = 0;
  const giveUp = new AbortController();
  const look = () => {
    looks += 1;
    if (looks < mostLooks && time.nowMs() < longestMs) return;
    world.violate("it never ends");
    giveUp.abort();
  };
  const supervision = { world, store, registry, agents, sleep, look };
  world.onRival = (ticketId, role) => void spawnByHand(supervision, role, ticketId);
  for (;;) {
    life = { ...life, name: `run-${lives++}`, isDead: false, callsLeft: Number.POSITIVE_INFINITY };
    try {
      const options = { mode: "until-done", pollIntervalMs: 2 * minute, signal: giveUp.signal } as const;
      const result = await supervise(supervisionPorts(supervision, life), options);
      if (!result.isFinished || giveUp.signal.aborted) break;
      // Nothing more is done, and no message is left that would do something.
      time.advance(2 * 60 * minute);
      break;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      registry.die(life.name);
      if (world.isDropped("adopt")) registry.forgetLive();
      time.advance(random.between(1, 15) * minute);
    }
  }
  const entries = [...world.tickets.values()];
  const isSpent = violations.length === 0 && (await isRunSpent(world, observer));
  if (!isSpent) for (const entry of entries) checkEnd(world, entry);
  return {
    seed,
    violations,
    faults,
    tickets: entries.length,
    done: entries.filter(({ ticket }) => ticket.state === "done").length,
    escalated: entries.filter(({ ticket }) => ticket.actionRequired !== undefined).length,
    sessions: agents.processes.size,
    lives,
    looks,
    durationMs: time.nowMs(),
  };
}

function makeTickets(random: World["random"], count: number): World["tickets"] {
  const tickets: World["tickets"] = new Map();
  const natures: readonly Nature[] = ["poison", "unclear", "stubborn", "greedy"];
  for (let index = 0; index < count; index++) {
    const id = `tk-${index.toString(16).padStart(4, "0")}`;
    const dependsOn = [...tickets.keys()].slice(-6).filter(() => random.chance(12));
    const entry: StoredTicket = {
      ticket: sampleTicket(id, { state: "ready", priority: random.draw(5), dependsOn }),
      revision: 1,
      nature: random.chance(15) ? random.pick(natures) : "plain",
      steps: random.between(2, 4),
      done: 0,
      enteredAtMs: 0,
      rounds: [],
      commits: 0,
      failed: { counts: {} },
      beforeClaim: { counts: {} },
    };
    tickets.set(id, entry);
  }
  return tickets;
}

function drawBudget(random: World["random"]): World["budget"] {
  if (random.chance(40)) return undefined;
  const tokens = (sessions: number) => ({ tokens: sessions * expectedTokens });
  return {
    limits: {
      ticket: random.chance(60) ? tokens(random.between(6, 12)) : undefined,
      day: random.chance(60) ? tokens(random.between(3, 30)) : undefined,
      run: random.chance(15) ? tokens(random.between(10, 60)) : undefined,
    },
    estimate: tokens(1),
    runId: "run",
    day: "",
    dayEndsAtMs: 0,
    isHard: random.chance(50),
  };
}

/** What must hold whenever an agent starts. */
function checkStart(
  world: World,
  store: SimulatedStore,
  registry: SimulatedRegistry,
  process: Process,
): void {
  const { time, wall, limit } = world;
  const { agentId, role, ticketId } = process;
  const atWork = registry.live().filter(({ ticketId: id, role: held }) => {
    const state = id === undefined ? "" : store.stored(id).ticket.state;
    return held === "worker" ? state === "in-progress" || state === "ready" : state === "review";
  });
  if (atWork.length > world.maxAgents)
    world.violate(`${atWork.length} agents work in ${world.maxAgents} places`);
  const workers = atWork.filter((agent) => agent.role === "worker").length;
  if (role === "worker" && workers > world.maxWorkers)
    world.violate(`${workers} workers work in ${world.maxWorkers} places`);
  const { counts } = store.stored(ticketId).failed;
  const failures = counts[role] ?? 0;
  if (failures >= maxAttempts)
    world.violate(`${agentId} is attempt ${failures + 1} of a ${role} at ${ticketId}`);
  const { notedAtMs, untilMs } = limit;
  if (notedAtMs !== undefined && notedAtMs > wall.lastJumpAtMs && time.nowMs() < untilMs - 2_000)
    world.violate(`${agentId} was started while the provider lets nobody work`);
}

/** Whenever a place is taken: what is reserved and used is within every budget. What a session uses later is the turn in progress. */
function checkBudgets(
  world: World,
  entries: readonly BudgetEntry[],
  { agentId, ticketId }: BudgetEntry,
): void {
  const { budget } = world;
  if (budget === undefined) return;
  const used = (concerned: typeof entries) =>
    concerned.reduce((sum, entry) => sum + chargeOf(entry, "tokens"), 0);
  const scopes = [
    [budget.limits.ticket, entries.filter((entry) => entry.ticketId === ticketId)],
    [budget.limits.run, entries],
    [budget.limits.day, entries.filter((entry) => entry.day === dayOf(world))],
  ] as const;
  for (const [amounts, concerned] of scopes) {
    if (amounts?.tokens === undefined || used(concerned) <= amounts.tokens) continue;
    world.violate(`${agentId} takes ${used(concerned)} tokens of ${amounts.tokens}`);
  }
}

function checkEnd(world: World, { ticket }: StoredTicket): void {
  if (ticket.state === "done" || ticket.actionRequired !== undefined) return;
  const waits = ticket.dependsOn.some((id) => world.tickets.get(id)?.ticket.state !== "done");
  if (ticket.state === "ready" && waits) return;
  world.violate(`${ticket.id} was left in ${ticket.state}, and nobody was told`);
}

async function isRunSpent(
  { budget }: World,
  observer: ReturnType<SimulatedRegistry["open"]>,
): Promise<boolean> {
  const limit = budget?.limits.run?.tokens;
  if (limit === undefined) return false;
  const used = (await observer.budgetEntries()).reduce((sum, entry) => sum + chargeOf(entry, "tokens"), 0);
  return used + expectedTokens > limit;
}
