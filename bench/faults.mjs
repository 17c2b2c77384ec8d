// `pnpm bench --faults`: what may go wrong goes wrong, then the history is judged. Ends with 1 on any finding, also of the checker itself.
import { spawnSync } from "node:child_process";
import { loadavg, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { environment } from "./barrier.mjs";
import {
  clockJumps,
  gcBesideWriters,
  killSweep,
  pushesBesideWriters,
  randomKills,
  relayoutsBesideWriters,
} from "./faults-kills.mjs";
import { filePoints, stepPoints, syncOrder, systemCallPoints } from "./faults-points.mjs";
import { judgeIsomorphicWriters, judgeUnionMerge } from "./known-bad.mjs";
import { runRace } from "./race.mjs";

const fullDiskProgram = fileURLToPath(new URL("full-disk.mjs", import.meta.url));

/** A small disk in a mount namespace of its own. */
function fullDisk({ pages }) {
  const run = spawnSync("unshare", ["-rm", process.execPath, fullDiskProgram, ...pages.map(String)], {
    encoding: "utf8",
    env: environment,
    maxBuffer: 2 ** 26,
  });
  const last = run.stdout.trim().split("\n").at(-1) ?? "";
  if (run.status !== 0 || !last.startsWith("{"))
    return { findings: [`it ended with ${run.status}: ${run.stderr}`], counts: {} };
  return JSON.parse(last);
}

/** The race of the built command, in which some of the processes are killed: the views that they write are looked at, too. */
async function wholeCommands(options) {
  const { runs, findings, cleanUp } = await runRace(options);
  await cleanUp();
  const sum = (pick) => runs.reduce((total, run) => total + pick(run), 0);
  return {
    findings,
    counts: {
      tried: sum(({ outcomes }) => outcomes.length),
      acknowledged: sum(({ done }) => done),
      refused: sum(({ refused }) => refused),
      killed: sum(({ killed }) => killed),
    },
  };
}

/** A known-bad store that is acquitted is the finding. */
const condemning = (judge) => async () => {
  const found = await judge();
  return {
    findings: found.length > 0 ? [] : ["was acquitted: the checker is worth nothing"],
    counts: { condemned: found.length },
  };
};

const canRun = (words) =>
  spawnSync(words[0], words.slice(1), { stdio: "ignore", env: environment }).status === 0;
const needsStrace = () =>
  canRun(["strace", "-qq", "-o", "/dev/null", "-e", "trace=link", "true"])
    ? undefined
    : "strace does not run here";
const needsNamespace = () =>
  canRun(["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "probe", tmpdir()])
    ? undefined
    : "no mount namespace of its own for an ordinary user here";

const upTo = (count) => Array.from({ length: count }, (_, index) => index);

/**
 * The parts, by name. `run` takes the minutes of random kills and whether the form is short; `lacks` says what is missing here.
 * A short form has the same parts with fewer points and less time.
 */
export const parts = {
  "isomorphic-git writers": { run: condemning(judgeIsomorphicWriters) },
  "union merge": { run: condemning(judgeUnionMerge) },
  "kill sweep": { run: ({ isShort }) => killSweep({ seconds: isShort ? 3 : 30, workers: isShort ? 4 : 6 }) },
  steps: { run: ({ isShort }) => stepPoints(isShort ? { durabilities: ["process"] } : {}) },
  "system calls": {
    lacks: needsStrace,
    run: ({ isShort }) =>
      systemCallPoints(isShort ? { most: 2, calls: ["link", "rename", "fdatasync"] } : { most: 8 }),
  },
  "file calls": {
    run: ({ isShort }) =>
      filePoints(
        isShort ? { most: 1, calls: ["writeSync", "linkSync", "renameSync", "rmSync"] } : { most: 8 },
      ),
  },
  "sync order": { lacks: needsStrace, run: ({ isShort }) => syncOrder({ rounds: isShort ? 1 : 5 }) },
  "full disk": {
    lacks: needsNamespace,
    run: ({ isShort }) => fullDisk({ pages: isShort ? [0, 2, 6, 13] : upTo(14) }),
  },
  "gc beside writers": { run: ({ isShort }) => gcBesideWriters({ seconds: isShort ? 2 : 20 }) },
  "relayouts beside writers": { run: ({ isShort }) => relayoutsBesideWriters({ seconds: isShort ? 3 : 20 }) },
  "clock jumps": { run: ({ isShort }) => clockJumps({ seconds: isShort ? 2 : 10 }) },
  "pushes beside writers": { run: ({ isShort }) => pushesBesideWriters({ seconds: isShort ? 2 : 20 }) },
  "whole commands": { run: ({ isShort, seed }) => wholeCommands({ processes: isShort ? 8 : 32, seed }) },
  "random kills": {
    run: ({ minutes, seed, onRound }) => randomKills({ seconds: minutes * 60, seed, onRound }),
  },
};

/**
 * @param names parts to run; default: all
 * @param minutes of random kills
 * @param onPart told each result when it is there
 * @returns a list of `{ part, seconds, counts, findings }`, with `skipped` instead of counts where something is missing on this machine
 */
export async function runFaults({
  names = Object.keys(parts),
  minutes = 10,
  isShort = false,
  seed = 1,
  onPart = (_result) => {},
} = {}) {
  const results = [];
  for (const part of names) {
    const { lacks, run } = parts[part];
    const start = performance.now();
    const skipped = lacks?.();
    const result =
      skipped === undefined
        ? await outcomeOf(() => run({ minutes, isShort, seed }))
        : { skipped, findings: [] };
    const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
    results.push({ part, seconds, ...result });
    onPart(results.at(-1));
  }
  return results;
}

/** A part that falls over is a finding, and the others go on. */
async function outcomeOf(run) {
  try {
    return await run();
  } catch (error) {
    return { findings: [`the part fell over: ${error.stack ?? error}`], counts: {} };
  }
}

const columns = [
  "points",
  "tried",
  "acknowledged",
  "refused",
  "unknown",
  "killed",
  "landed",
  "pushes",
  "reads",
  "condemned",
];

export function printHead(print = console.log) {
  print(
    `${"PART".padEnd(24)}${"SECONDS".padStart(8)}  ${columns.map((name) => name.toUpperCase()).join("  ")}  FINDINGS`,
  );
}

export function printPart({ part, seconds, counts, findings, skipped, note }, print = console.log) {
  const cells = columns.map((name) => String(counts?.[name] ?? "").padStart(name.length));
  const verdict = skipped === undefined ? String(findings.length).padStart(8) : " SKIPPED";
  print(`${part.padEnd(24)}${seconds.toFixed(1).padStart(8)}  ${cells.join("  ")}  ${verdict}`);
  if (note !== undefined) print(`  ${note}`);
  for (const finding of findings.slice(0, 20)) print(`  - ${finding}`);
  if (findings.length > 20) print(`  - and ${findings.length - 20} more`);
}

export function printTotals(results, print = console.log) {
  const skipped = results.filter((result) => result.skipped !== undefined);
  const findings = results.reduce((sum, result) => sum + result.findings.length, 0);
  print(
    `${results.length - skipped.length} parts ran, ${skipped.length} skipped, ${findings} findings, load ${loadavg()[0].toFixed(1)}`,
  );
  for (const { part, skipped: why } of skipped) print(`  skipped: ${part}: ${why}`);
}
