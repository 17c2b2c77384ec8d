// What tests see of the built command, held against the rows of docs/contract.md that name them: a row is not kept by words alone that stand in its
// test, but by a run that ended so and printed that.
import { basename } from "node:path";
import { afterAll, afterEach, expect } from "vitest";
import { contractRows, type ObservedRun, unseenRows } from "../testing/contract-rows.js";

/** By name of the test; those of hooks stand under the empty name and belong to every test of the file. */
const runs = new Map<string, ObservedRun[]>();
const passed = new Set<string>();

/** Called for every run, at its end. */
export function observe(run: ObservedRun): void {
  const name = expect.getState().currentTestName ?? "";
  runs.set(name, [...(runs.get(name) ?? []), run]);
}

/** What the command left behind where it was looked at: commits in the store, messages in an inbox. No run ended with it. */
export function observeText(output: string): void {
  observe({ typed: [], exitCode: Number.NaN, output });
}

afterEach(({ task }) => {
  if (task.result?.state !== "fail") passed.add(task.name);
});

afterAll(() => {
  const file = basename(expect.getState().testPath ?? "");
  const rows = contractRows();
  const titles = new Set(
    ["Exit codes", "Exit codes of commands", "Texts and tables"]
      .flatMap(rows)
      .flatMap((row) => (row.file === file ? [row.title] : [])),
  );
  const unseen = [...titles].flatMap((title) => {
    const isOf = nameTest(title);
    if (![...passed].some(isOf)) return [];
    const own = [...runs].flatMap(([name, list]) => (name === "" || isOf(lastOf(name)) ? list : []));
    return unseenRows(rows, own, (row) => row.file === file && row.title === title);
  });
  expect(unseen, "rows of docs/contract.md that their test saw nothing of").toEqual([]);
});

/** Without the groups that it stands in. */
function lastOf(name: string): string {
  return name.slice(name.lastIndexOf(" > ") + 1).replace(/^> /, "");
}

/** `%s` and `$name` are filled in where a test runs for each of several. */
function nameTest(title: string): (name: string) => boolean {
  const pattern = title.replace(/[()*+.?[\\\]^{|}]/g, "\\$&").replace(/%[sdifjo]|\$\w+/g, ".*");
  const whole = new RegExp(`^${pattern}$`, "s");
  return (name) => whole.test(name);
}
