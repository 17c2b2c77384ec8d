// The pool under simulated schedules: crashes, delays, lost messages, killed supervisors, clocks that jump. Each has a seed; what goes wrong is
// printed with it. Workers share the seeds, so that ten thousand take less than a minute on two cores.
//   node bench/simulate.mjs [--schedules N] [--seed N] [--workers N]
import { availableParallelism } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const simulation = new URL("../packages/workflow/dist/simulation/index.js", import.meta.url);
const program = fileURLToPath(import.meta.url);

const nothingYet = () => ({
  schedules: 0,
  tickets: 0,
  done: 0,
  escalated: 0,
  sessions: 0,
  lives: 0,
  faults: 0,
  hours: 0,
});

/**
 * Runs `schedules` schedules, seeds from `firstSeed` on. Answers the totals and every violation with its seed.
 */
export async function runSchedules({ schedules, firstSeed = 1, workers = availableParallelism() }) {
  const startedAt = performance.now();
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, index) => runWorker({ schedules, firstSeed, index, workers })),
  );
  const totals = nothingYet();
  const violations = [];
  for (const part of parts) {
    for (const name of Object.keys(totals)) totals[name] += part.totals[name];
    violations.push(...part.violations);
  }
  violations.sort((left, right) => left.seed - right.seed);
  return { ...totals, violations, seconds: (performance.now() - startedAt) / 1000, workers };
}

export function printSchedules(result) {
  const {
    schedules,
    tickets,
    done,
    escalated,
    sessions,
    lives,
    faults,
    hours,
    seconds,
    workers,
    violations,
  } = result;
  console.log(`${schedules} schedules in ${seconds.toFixed(1)} s with ${workers} workers`);
  console.log(
    `  ${tickets} tickets: ${done} done, ${escalated} escalated, ${tickets - done - escalated} behind one of these or out of budget`,
  );
  console.log(
    `  ${sessions} sessions, ${faults} faults, ${lives} lives of supervisors, ${Math.round(hours)} hours of virtual time`,
  );
  for (const { seed, violation } of violations) console.log(`  seed ${seed}: ${violation}`);
  console.log(`  ${violations.length} violations`);
}

function runWorker(data) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function work({ schedules, firstSeed, index, workers }) {
  const { simulateSchedule } = await import(simulation.href);
  const totals = nothingYet();
  const violations = [];
  for (let offset = index; offset < schedules; offset += workers) {
    const report = await simulateSchedule({ seed: firstSeed + offset });
    totals.schedules += 1;
    totals.faults += report.faults.length;
    totals.hours += report.durationMs / 3_600_000;
    for (const name of ["tickets", "done", "escalated", "sessions", "lives"]) totals[name] += report[name];
    for (const violation of report.violations) violations.push({ seed: report.seed, violation });
  }
  return { totals, violations };
}

if (!isMainThread && workerData?.schedules !== undefined) {
  parentPort?.postMessage(await work(workerData));
} else if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { schedules: { type: "string" }, seed: { type: "string" }, workers: { type: "string" } },
  });
  const isOne = values.seed !== undefined && values.schedules === undefined;
  const result = await runSchedules({
    schedules: isOne ? 1 : Number(values.schedules ?? 10_000),
    firstSeed: Number(values.seed ?? 1),
    workers: values.workers === undefined ? (isOne ? 1 : availableParallelism()) : Number(values.workers),
  });
  printSchedules(result);
  process.exitCode = result.violations.length > 0 ? 1 : 0;
}
