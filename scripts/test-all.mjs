// Runs every test of the workspace once and ends with the true totals on a line of their own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "wiggum-totals-"));
const report = join(folder, "report.json");
const run = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    // Most tests wait for git, agents and timers rather than compute. Here, since vitest takes the number of a file of projects for none of them.
    `--maxWorkers=${availableParallelism() + 1}`,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);
let totals;
try {
  totals = JSON.parse(readFileSync(report, "utf8"));
} catch {
  console.error("[error] the test runner ended without a report");
  process.exit(run.status || 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const passed = totals.numPassedTests;
const failed = totals.numFailedTests;
const skipped = totals.numPendingTests + totals.numTodoTests;
// A test file that fails to load has no tests, so it is in no total: it still fails the run.
const brokenFiles = totals.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
);
for (const file of brokenFiles) console.error(`[error] could not be loaded: ${file.name}`);
console.log(`${passed} passed, ${failed + brokenFiles.length} failed, ${skipped} skipped`);
process.exit(run.status !== 0 || passed === 0 ? run.status || 1 : 0);
