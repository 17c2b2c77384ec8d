import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { judge, runDemo } from "./run.mjs";
import { git } from "./verify.mjs";

const options = { seed: 3, agents: 3, keep: true, crash: true };

// P26 P35 P41: real tickets, real git, real processes, the built command; a worker is killed on the way.
describe("the demo", () => {
  let demo: Awaited<ReturnType<typeof runDemo>>;
  beforeAll(async () => {
    demo = await runDemo(options);
  });
  afterAll(() => rmSync(demo.folder, { recursive: true, force: true }));

  test("in another order of tickets it ends with every change merged and nothing wrong", () => {
    expect(demo.problems).toEqual([]);
  });

  test.each(["slugify", "snakeCase", "truncate", "titleCase", "camelCase", "release"])(
    "without the change of %s it fails",
    (key) => {
      const { project, filed, run } = demo;
      const tip = git(project, "rev-parse", "main").trim();
      const files = key === "release" ? ["package.json", "CHANGELOG.md"] : [join("src", `${key}.js`)];
      const first = git(project, "rev-list", "--max-parents=0", "main").trim();
      try {
        for (const file of files) takeBack(project, first, file);
        git(project, "commit", "-q", "-m", `Take ${key} back`);
        const problems = judge(project, options, filed, run);
        expect(problems.some((problem: string) => problem.startsWith(`on main: ${key}`))).toBe(true);
      } finally {
        git(project, "update-ref", "refs/heads/main", tip);
        git(project, "checkout", "-q", "-f", "main", "--", ".");
      }
      expect(judge(project, options, filed, run)).toEqual([]);
    },
  );
});

test("with one agent at a time it still finishes", async () => {
  const { problems } = await runDemo({ seed: 0, agents: 1, keep: false, crash: false });
  expect(problems).toEqual([]);
});

/** The file as it was before any ticket, or not at all. */
function takeBack(project: string, first: string, file: string) {
  const before = git(project, "ls-tree", "--name-only", first, "--", file).trim();
  if (before !== "") git(project, "checkout", first, "--", file);
  else if (existsSync(join(project, file))) git(project, "rm", "-q", "--", file);
}
