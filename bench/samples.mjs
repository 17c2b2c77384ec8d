// Numbers out of samples. Machines are noisy: what counts is a ratio of medians out of one interleaved run.

import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

/** The value below which this share of the samples lies. */
export function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

/**
 * `ratio` of the medians, the quarter points (`low`, `high`) of the ratios round by round, and the ratio of the `fastest` samples, which a busy
 * machine spoils least.
 */
export function ratioOf(values, bases) {
  const byRound = values.map((value, round) => value / (bases[round] ?? median(bases)));
  return {
    ratio: median(values) / median(bases),
    low: quantile(byRound, 0.25),
    high: quantile(byRound, 0.75),
    fastest: Math.min(...values) / Math.min(...bases),
  };
}

/** 1 = all got the same, 1/n = one got everything. */
export function jainOf(counts) {
  const sum = counts.reduce((total, count) => total + count, 0);
  const squares = counts.reduce((total, count) => total + count * count, 0);
  return squares === 0 ? 0 : (sum * sum) / (counts.length * squares);
}

/** Runs each of `measured` in turn, round after round; one that has used up its time is left out of later rounds. Milliseconds by name. */
export async function interleave(measured, { samples, mostSeconds, fewest = 3 }) {
  const times = Object.fromEntries(Object.keys(measured).map((name) => [name, []]));
  for (let round = 0; round < samples; round += 1) {
    for (const [name, run] of Object.entries(measured)) {
      const spent = times[name].reduce((sum, ms) => sum + ms, 0);
      if (round >= fewest && spent > mostSeconds * 1000) continue;
      times[name].push(await run(round));
    }
  }
  return times;
}

/** Milliseconds of a small write that the disk has to confirm, in this folder. */
export function fdatasyncTimes(folder, samples = 21) {
  const path = join(folder, "fdatasync-probe");
  const descriptor = openSync(path, "w");
  try {
    return Array.from({ length: samples }, () => {
      writeSync(descriptor, Buffer.alloc(512, 1), 0, 512, 0);
      const start = performance.now();
      fdatasyncSync(descriptor);
      return performance.now() - start;
    });
  } finally {
    closeSync(descriptor);
    rmSync(path);
  }
}

/** What the figures were taken on. */
export function machine(folder) {
  const git = spawnSync("git", ["--version"], { encoding: "utf8" }).stdout.trim();
  return {
    node: process.version,
    git,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown",
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${arch()}`,
    fileSystemType: `0x${statfsSync(folder).type.toString(16)}`,
    load: loadavg(),
  };
}
