// Many processes at one instant: each writes once, through Wiggum and on the plain path; and processes that write on and on.
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atBarrier } from "./barrier.mjs";
import { bin } from "./figure-project.mjs";
import { readJournals } from "./journal.mjs";
import { median } from "./samples.mjs";

const loopWorker = fileURLToPath(new URL("fault-worker.mjs", import.meta.url));

const summary = (times) => {
  const spanMs =
    Math.max(...times.map(({ endedMs }) => endedMs)) - Math.min(...times.map(({ startedMs }) => startedMs));
  return {
    landed: times.length,
    perSecond: (times.length * 1000) / spanMs,
    slowestMs: Math.max(...times.map(({ startedMs, endedMs }) => endedMs - startedMs)),
  };
};

/**
 * Each of `count` processes of the whole command comments on a ticket of its own.
 * @param tickets at least `count` ids
 * @returns `outcomes` for the judge, and of those that landed how many, how many per second, and the slowest
 */
export async function wiggumHerd(root, tickets, count, name) {
  const jobs = Array.from({ length: count }, (_, index) => ({
    args: ["ticket", "comment", tickets[index], "herd", `${name} ${index}`],
    effect: { kind: "comment", ticket: tickets[index], author: "herd", text: `${name} ${index}` },
  }));
  const outcomes = await atBarrier(root, jobs, { random: () => 0, program: [process.execPath, bin] });
  return { outcomes, ...summary(outcomes.filter(({ status }) => status === "acknowledged")) };
}

/** Each of `count` processes pulls, commits and pushes, until it is in. */
export async function plainHerd(plain, count) {
  const waiting = Array.from({ length: count }, (_, index) => {
    const words = plain.words(`herd-${index}`, index);
    const child = spawn("/bin/sh", ["-c", 'read -r _ && exec "$@"', "sh", ...words], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    const ended = new Promise((resolve) =>
      child.once("close", (code) => resolve({ code, endedMs: performance.now() })),
    );
    return { child, ended };
  });
  const startedMs = performance.now();
  for (const { child } of waiting) child.stdin.end("go\n");
  const ends = await Promise.all(waiting.map(({ ended }) => ended));
  return summary(ends.filter(({ code }) => code === 0).map(({ endedMs }) => ({ startedMs, endedMs })));
}

/** `count` live processes write to tickets of their own for some seconds. Answers attempts for the judge, and what each got done. */
export async function loopers(folder, store, tickets, { count = 16, seconds = 5 } = {}) {
  mkdirSync(folder, { recursive: true });
  const workers = Array.from({ length: count }, (_, index) => {
    const journal = join(folder, `looper-${index}`);
    const order = { root: store, journal, name: `looper-${index}`, seed: index, waits: true };
    const more = { tickets: [tickets[index]], onlyComments: true, untilMs: seconds * 1000 };
    const child = spawn(process.execPath, [loopWorker, JSON.stringify({ ...order, ...more })], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ready = new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.resume();
    return { child, journal, ready, ended: new Promise((resolve) => child.once("close", resolve)) };
  });
  await Promise.all(workers.map(({ ready, ended }) => Promise.race([ready, ended])));
  for (const { child } of workers) child.stdin.end("go\n");
  await Promise.all(workers.map(({ ended }) => ended));
  const byWorker = workers.map(({ journal }) => readJournals([journal]).attempts);
  const done = byWorker.map((attempts) => attempts.filter(({ status }) => status === "acknowledged"));
  const latencies = done.flat().map(({ beginUs, endUs }) => (endUs - beginUs) / 1000);
  return {
    attempts: byWorker.flat(),
    counts: done.map(({ length }) => length),
    perSecond: done.flat().length / seconds,
    medianMs: median(latencies),
    mostMs: Math.max(...latencies),
  };
}
