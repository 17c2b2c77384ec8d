// Parts of the fault bench in which one write dies or fails at a chosen point: a system call, a step of the writer, a call of a file function.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFaultStore } from "./fault-store.mjs";
import { changingCalls } from "./file-faults.mjs";
import { judgeSyncs, tracedCalls } from "./sync-order.mjs";

/** System calls that change a store, in the spellings that programs use. */
const systemCalls = {
  link: ["link", "linkat"],
  rename: ["rename", "renameat", "renameat2"],
  unlink: ["unlink", "unlinkat"],
  fdatasync: ["fdatasync", "fsync"],
  utimensat: ["utimensat"],
  mkdir: ["mkdir", "mkdirat"],
};

/** Runs `hit` at each point and a plain write after it, all on one store, then judges. `hit` answers whether the point was reached. `note` counts by group. */
async function sweep(points, hit) {
  const store = await makeFaultStore({ ticketCount: 2 });
  const findings = [];
  const missed = new Map();
  const reached = new Map(points.map(({ group }) => [group, 0]));
  try {
    for (const [index, point] of points.entries()) {
      // There is no eighth call where there was no fourth and no fifth.
      const series = `${point.group} ${point.what}`;
      if ((missed.get(series) ?? 0) >= 2) continue;
      const effect = {
        kind: "comment",
        ticket: store.tickets[index % 2],
        author: "point",
        text: `at point ${index}`,
      };
      if (!(await hit(store, point, effect))) {
        missed.set(series, (missed.get(series) ?? 0) + 1);
        continue;
      }
      reached.set(point.group, reached.get(point.group) + 1);
      findings.push(...(await store.nextWrite(point.name)));
    }
    const result = await store.judge({ mayComplain: true });
    result.findings.unshift(...findings);
    const counts = [...reached.values()];
    result.counts.points = counts.reduce((sum, count) => sum + count, 0);
    if (result.counts.points === 0) result.findings.push("no point was reached");
    return {
      ...result,
      note: `reached: ${[...reached].map(([group, count]) => `${group} ${count}`).join(", ")}`,
    };
  } finally {
    store.remove();
  }
}

/** @param most up to which call of each kind; `does` as in strace: `signal=KILL` or `error=EIO` */
export function systemCallPoints({
  most = 8,
  calls = Object.keys(systemCalls),
  does = ["signal=KILL", "error=EIO"],
} = {}) {
  const points = calls.flatMap((call) =>
    does.flatMap((what) =>
      Array.from({ length: most }, (_, index) => ({
        name: `${call} ${index + 1}, ${what}`,
        group: call,
        set: systemCalls[call].join(","),
        what,
        nth: index + 1,
      })),
    ),
  );
  return sweep(points, async (store, { group, set, what, nth }, effect) => {
    const log = join(store.folder, "strace");
    const wrapper = [
      "strace",
      "-f",
      "-qq",
      "-o",
      log,
      "-e",
      `trace=${set}`,
      "-e",
      `inject=${set}:${what}:when=${nth}`,
    ];
    // What is stored already has its time refreshed: a ticket that goes to and fro has the same text again.
    const repeated = {
      effects: Array(8).fill({ kind: "step", ticket: effect.ticket }),
      isClockStopped: true,
    };
    await store.start(group === "utimensat" ? repeated : { effects: [effect] }, wrapper).ended;
    const text = readFileSync(log, "utf8");
    rmSync(log);
    return /\(INJECTED\)|killed by SIGKILL/.test(text);
  });
}

/** Killed at each step that the writer names of itself, both levels of durability. */
export async function stepPoints({ durabilities = ["process", "power"] } = {}) {
  const { steps } = await dryRun();
  const points = durabilities.flatMap((durability) =>
    Object.keys(steps).map((step) => ({ name: `step ${step}`, group: durability, step, durability })),
  );
  return sweep(points, async (store, { step, durability }, effect) => {
    const { signal } = await store.start({ effects: [effect], durability, dieAt: { step, nth: 1 } }).ended;
    return signal === "SIGKILL";
  });
}

/** The N-th call of each file function kills, fails, or writes half. */
export async function filePoints({
  most = 8,
  calls = changingCalls,
  does = ["kill", "kill-after", "EIO", "ENOSPC", "short"],
} = {}) {
  const { calls: counts } = await dryRun();
  const points = calls.flatMap((call) =>
    does
      .filter((what) => what !== "short" || call === "writeSync")
      .flatMap((what) =>
        Array.from({ length: Math.min(most, counts[call] ?? 0) }, (_, index) => ({
          name: `${call} ${index + 1}, ${what}`,
          group: call,
          files: { call, nth: index + 1, does: what },
        })),
      ),
  );
  return sweep(points, async (store, { files }, effect) => {
    await store.start({ effects: [effect], files }).ended;
    return true;
  });
}

/** Which steps and calls one write has. */
async function dryRun() {
  const store = await makeFaultStore({ ticketCount: 1 });
  try {
    const effects = [{ kind: "comment", ticket: store.tickets[0], author: "dry", text: "dry run" }];
    const { lines } = await store.start({ effects, durability: "power" }).ended;
    const told = (word) =>
      JSON.parse(lines.find((line) => line.startsWith(`${word} `))?.slice(word.length) ?? "{}");
    return { steps: told("steps"), calls: told("calls") };
  } finally {
    store.remove();
  }
}

/** What must have reached the disk before the branch moves, and before the answer: for some writes at each level, read from a trace. */
export async function syncOrder({ rounds = 3 } = {}) {
  const store = await makeFaultStore({ ticketCount: 1 });
  try {
    const findings = [];
    let moves = 0;
    for (const durability of ["process", "power"]) {
      const log = join(store.folder, `trace-${durability}`);
      const effects = Array.from({ length: rounds }, (_, index) => ({
        kind: "comment",
        ticket: store.tickets[0],
        author: "traced",
        text: `traced ${durability} ${index}`,
      }));
      const wrapper = ["strace", "-f", "-y", "-qq", "-s", "4096", "-o", log, "-e", `trace=${tracedCalls}`];
      const { journal } = await store.start({ effects, durability }, wrapper).ended;
      const isPowerSafe = durability === "power";
      const judged = judgeSyncs(readFileSync(log, "utf8"), { root: store.root, journal, isPowerSafe });
      moves += judged.moves;
      findings.push(...judged.findings.map((finding) => `level ${durability}: ${finding}`));
    }
    if (moves < 2 * rounds) findings.push(`the trace shows ${moves} moves of main, not ${2 * rounds}`);
    const result = await store.judge();
    result.findings.unshift(...findings);
    result.counts.points = moves;
    return result;
  } finally {
    store.remove();
  }
}
