// Runs every test of the workspace and ends with the true totals on a line of their own.
//
// Thousands of tests drive real processes and terminals at the same time, against deadlines. What fails then is run a second time, file by
// file with nothing beside it, and named when it passes: it is a finding (a deadline too short, or a race), not a reason to distrust the rest.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";

/** More failures than so many are no accident. */
const mostForSecondRun = 8;

const first = runTests([
  // Most tests wait for git, agents and timers rather than compute. Here, since vitest takes the number of a file of projects for none of them.
  `--maxWorkers=${availableParallelism() + 1}`,
  ...process.argv.slice(2),
]);
// A test file that fails to load has no tests, so it is in no total: it still fails the run.
const broken = first.files.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
);
for (const { name } of broken) console.error(`[error] could not be loaded: ${name}`);
const failed = testsOf(first.files, "failed");
const { failedAgain, passedAlone } = secondRun();
if (passedAlone.length > 0) {
  console.log(`\n${passedAlone.length} failed beside others and passed in a second run, alone:`);
  for (const test of passedAlone) console.log(`  ${test.file} > ${test.name}`);
}
const isFailed = new Set(failedAgain.map(keyOf));
const passed =
  testsOf(first.files, "passed").filter((test) => !isFailed.has(keyOf(test))).length + passedAlone.length;
const failures = failedAgain.length + broken.length;
console.log(`${passed} passed, ${failures} failed, ${first.skipped} skipped`);
// vitest also fails a run for errors that belong to no test; these stay.
const isStrange = first.exitCode !== 0 && failed.length === 0;
process.exit(failures > 0 || isStrange || passed === 0 ? 1 : 0);

function secondRun() {
  if (failed.length === 0 || failed.length > mostForSecondRun || broken.length > 0)
    return { failedAgain: failed, passedAlone: [] };
  console.log(`\n${failed.length} failed; their files are run again, one at a time`);
  const again = runTests(["--maxWorkers=1", ...new Set(failed.map(({ file }) => file))]);
  const failing = testsOf(again.files, "failed");
  // Two tests may have one name.
  const isFailing = new Set(failing.map(keyOf));
  const isPassing = new Set(testsOf(again.files, "passed").map(keyOf));
  const passedAlone = failed.filter((test) => isPassing.has(keyOf(test)) && !isFailing.has(keyOf(test)));
  const isRecovered = new Set(passedAlone.map(keyOf));
  // Also what failed only now: nothing that was seen to fail goes unsaid.
  const seen = new Map([...failed, ...failing].map((test) => [keyOf(test), test]));
  return { failedAgain: [...seen.values()].filter((test) => !isRecovered.has(keyOf(test))), passedAlone };
}

function runTests(words) {
  const folder = mkdtempSync(join(tmpdir(), "wiggum-totals-"));
  const report = join(folder, "report.json");
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...words,
    ],
    { stdio: "inherit" },
  );
  try {
    const totals = JSON.parse(readFileSync(report, "utf8"));
    return {
      exitCode: status,
      files: totals.testResults,
      skipped: totals.numPendingTests + totals.numTodoTests,
    };
  } catch {
    console.error("[error] the test runner ended without a report");
    process.exit(status || 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function testsOf(files, status) {
  return files.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter((test) => test.status === status)
      .map((test) => ({ file: relative(process.cwd(), name), name: test.fullName })),
  );
}

function keyOf({ file, name }) {
  return `${file}\0${name}`;
}
