import { writeFileSync } from "node:fs";
import { relative } from "node:path";

/**
 * A reporter of vitest that writes what `test-all.mjs` counts as JSON into the file that WIGGUM_TOTALS names: `tests` (file, full name, state),
 * `broken` (files that could not be loaded), `strange` (errors that belong to no test).
 */
export default class TotalsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = [];
    const broken = [];
    const strange = unhandledErrors.map(({ message }) => `an error that nobody caught: ${message}`);
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      const all = [...module.children.allTests()];
      for (const test of all) tests.push({ file, name: test.fullName, state: test.result().state });
      const errors = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
      // Without a test, nothing else would tell of it.
      if (all.length === 0) broken.push(file);
      else strange.push(...errors.map(({ message }) => `${file}: ${message}`));
    }
    writeFileSync(process.env["WIGGUM_TOTALS"] ?? "totals.json", JSON.stringify({ tests, broken, strange }));
  }
}
