// Runs every test of the workspace and ends with the true totals on a line of their own.
//
// Thousands of tests drive real processes and terminals at the same time, against deadlines. What fails then is run a second time, file by
// file with nothing beside it, and named when it passes: it is a finding (a deadline too short, or a race), not a reason to distrust the rest.
// What belongs to no test (a clean-up that failed, an error that nobody caught) fails the run whatever else happened.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { testEnvironment } from "./test-environment.mjs";

/** More failures than so many are no accident. */
const mostForSecondRun = 8;

const { variables, remove } = testEnvironment();
process.once("exit", remove);
// Ctrl-C reaches the tests, too; what they leave behind goes first.
process.once("SIGINT", () => process.exit(1));

const first = runTests([
  // Twice as many as processors: these are busy then all the time, though each file waits now and then. Here, since vitest takes the number of a file of
  // projects for none of them.
  `--maxWorkers=${availableParallelism() * 2}`,
  ...process.argv.slice(2),
]);
const failed = inState(first, "failed");
const { failedAgain, passedAlone, strange } = secondRun();
if (passedAlone.length > 0) {
  console.log(`\n${passedAlone.length} failed beside others and passed in a second run, alone:`);
  for (const test of passedAlone) console.log(`  ${test.file} > ${test.name}`);
}
// A test file that fails to load has no tests, so it is in no total: it still fails the run.
for (const file of first.broken) console.error(`[error] could not be loaded, or has no tests: ${file}`);
for (const line of new Set([...first.strange, ...strange])) console.error(`[error] ${line}`);
const isFailed = new Set(failedAgain.map(keyOf));
const passed =
  inState(first, "passed").filter((test) => !isFailed.has(keyOf(test))).length + passedAlone.length;
const failures = failedAgain.length + first.broken.length + first.strange.length + strange.length;
const skipped = inState(first, "skipped").length;
console.log(`${passed} passed, ${failures} failed, ${skipped} skipped`);
// Whatever vitest itself has against the run counts, where it is not what the second run has cleared up.
const isCleared = failed.length > 0 || first.exitCode === 0;
process.exit(failures > 0 || passed === 0 || !isCleared ? 1 : 0);

function secondRun() {
  const isAccident = failed.length <= mostForSecondRun && first.broken.length + first.strange.length === 0;
  if (failed.length === 0 || !isAccident) return { failedAgain: failed, passedAlone: [], strange: [] };
  console.log(`\n${failed.length} failed; their files are run again, one at a time`);
  const again = runTests(["--maxWorkers=1", ...new Set(failed.map(({ file }) => file))]);
  const failing = inState(again, "failed");
  // Two tests may have one name.
  const isFailing = new Set(failing.map(keyOf));
  const isPassing = new Set(inState(again, "passed").map(keyOf));
  const cleared = failed.filter((test) => isPassing.has(keyOf(test)) && !isFailing.has(keyOf(test)));
  const isCleared = new Set(cleared.map(keyOf));
  // Also what failed only now: nothing that was seen to fail goes unsaid.
  const seen = new Map([...failed, ...failing].map((test) => [keyOf(test), test]));
  const failedAgain = [...seen.values()].filter((test) => !isCleared.has(keyOf(test)));
  return { failedAgain, passedAlone: cleared, strange: [...again.strange, ...again.broken] };
}

function runTests(words) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-totals-"));
  const totals = join(folder, "totals.json");
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default"];
  const { status } = spawnSync(
    process.execPath,
    [...vitest, `--reporter=${join(import.meta.dirname, "totals-reporter.mjs")}`, ...words],
    { stdio: "inherit", env: { ...variables, WIGGUM_TOTALS: totals } },
  );
  try {
    return { exitCode: status, ...JSON.parse(readFileSync(totals, "utf8")) };
  } catch {
    console.error("[error] the test runner ended without a report");
    process.exit(status || 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inState({ tests }, state) {
  return tests.filter((test) => test.state === state);
}

function keyOf({ file, name }) {
  return `${file}\0${name}`;
}
