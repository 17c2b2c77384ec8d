// What goes wrong in one schedule, and when. All of it is drawn from the seed.
import type { SimulatedAgents } from "./agents.js";
import { minute, type World } from "./world.js";

const kinds = [
  "crash",
  "hang",
  "sleep-of-one",
  "cut",
  "loss",
  "suspend",
  "clock",
  "limit",
  "lost-hook",
  "lost-start",
  "late-start",
  "busy-store",
  "rival",
  "kill",
] as const;
export type FaultKind = (typeof kinds)[number];

export interface FaultTargets {
  readonly world: World;
  readonly agents: SimulatedAgents;
  /** The whole host of the supervisor sleeps at its next wait. */
  suspend(forMs: number): void;
  /** The supervisor dies after so many of its calls. */
  killAfter(calls: number): void;
}

/** Plans the faults; answers their kinds in order of time. */
export function planFaults(
  { world, agents, suspend, killAfter }: FaultTargets,
  count: number,
): readonly FaultKind[] {
  const { random, time, network, wall, limit } = world;
  const planned = Array.from({ length: count }, () => ({
    kind: random.pick(kinds),
    atMs: random.draw(150) * minute + random.draw(minute),
  })).sort((left, right) => left.atMs - right.atMs);

  const someone = () => {
    const alive = [...agents.processes.values()].filter(({ isAlive, isHung }) => isAlive && !isHung);
    return alive.length === 0 ? undefined : random.pick(alive);
  };
  const strike: Readonly<Record<FaultKind, () => void>> = {
    crash() {
      const victim = someone();
      if (victim !== undefined) agents.end(victim, 137, "killed");
    },
    hang() {
      const victim = someone();
      if (victim !== undefined) agents.hang(victim, Number.POSITIVE_INFINITY);
    },
    "sleep-of-one"() {
      const victim = someone();
      if (victim !== undefined) agents.hang(victim, random.between(2, 90) * minute);
    },
    cut() {
      network.isCut = true;
      time.after(random.between(2, 90) * minute, () => {
        network.isCut = false;
        world.touch();
      });
    },
    loss() {
      network.lossPercent = random.between(20, 70);
      time.after(random.between(5, 40) * minute, () => {
        network.lossPercent = 1;
      });
    },
    suspend: () => suspend(random.between(5, 240) * minute),
    clock() {
      wall.jumpMs += random.between(-180, 180) * minute;
      wall.lastJumpAtMs = time.nowMs();
    },
    limit() {
      limit.untilMs = time.nowMs() + random.between(10, 180) * minute;
      limit.notedAtMs = undefined;
    },
    "lost-hook"() {
      network.lostHooks += 1;
    },
    rival() {
      network.rivals += random.between(1, 3);
    },
    "lost-start"() {
      network.lostStarts += 1;
    },
    "late-start"() {
      network.lateStarts += 1;
    },
    "busy-store"() {
      network.busyLooks += random.between(1, 5);
    },
    kill: () => killAfter(random.between(1, 60)),
  };
  for (const { kind, atMs } of planned) time.after(atMs, strike[kind]);
  return planned.map(({ kind }) => kind);
}
