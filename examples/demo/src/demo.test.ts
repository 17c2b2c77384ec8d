import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { conflictsOf } from "./conflicts.mjs";
import { changes } from "./expected.mjs";
import { judge, runDemo } from "./run.mjs";
import { tableLines } from "./table.mjs";
import { inOrder, tickets } from "./tickets.mjs";
import { git, readTickets, summarize } from "./verify.mjs";

const options = { seed: 3, agents: 3, keep: true, crash: true };
const keys = ["slugify", "snakeCase", "truncate", "titleCase", "camelCase", "release"];

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

  test.each(keys)("without the change of %s it fails", (key) => {
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
  });

  test.each(keys)("without the ticket of %s it fails", (key) => {
    const { project, filed, run } = demo;
    const store = join(project, ".wiggum", "tickets.git");
    const tip = git(store, "rev-parse", "main").trim();
    const id = readTickets(project).find(({ title }) => title.startsWith(`${key}: `))?.id;
    const left = git(store, "ls-tree", "main")
      .split("\n")
      .filter((line) => line !== "" && !line.endsWith(`\t${id}.md`));
    const tree = gitWithInput(store, left.join("\n"), "mktree").trim();
    try {
      const commit = gitWithInput(store, "Gone", "commit-tree", tree, "-p", tip).trim();
      git(store, "update-ref", "refs/heads/main", commit);
      expect(judge(project, options, filed, run)).toEqual([
        `${key}: 0 tickets ask for it, not one`,
        "the store holds 5 tickets, not 6",
      ]);
    } finally {
      git(store, "update-ref", "refs/heads/main", tip);
    }
  });

  test("work that is not on main is not merged, whether its feature branch is there or not", () => {
    const { project, filed, run } = demo;
    const tip = git(project, "rev-parse", "main").trim();
    const { id } = filed.find(({ key }: { key: string }) => key === "release") ?? { id: "" };
    const work = git(project, "rev-parse", `feature/${id}`).trim();
    try {
      git(project, "update-ref", "refs/heads/main", `${tip}^1`);
      for (const act of [
        () => undefined,
        () => git(project, "update-ref", "-d", `refs/heads/feature/${id}`),
      ]) {
        act();
        expect(judge(project, options, filed, run)).toContain(`the work of ${id} (release) is not on main`);
      }
      git(project, "update-ref", "refs/heads/main", tip);
      expect(judge(project, options, filed, run)).toEqual([]);
    } finally {
      git(project, "update-ref", "refs/heads/main", tip);
      git(project, "update-ref", `refs/heads/feature/${id}`, work);
    }
  });

  test("the conflict is one of commits: git cannot merge the work as it was first", () => {
    const { project, filed, run } = demo;
    const [conflict] = conflictsOf(project, summarize(project, filed, run.start));
    expect(keys).toContain(conflict?.key);
    const merge = spawnSync("git", ["merge-tree", "--write-tree", conflict.work, conflict.main], {
      cwd: project,
      encoding: "utf8",
    });
    expect(merge.stdout).toContain("CONFLICT");
  });
});

test("what must become of it is not read from what is filed", () => {
  expect(changes.map(({ key }) => key).sort()).toEqual([...keys].sort());
  for (const { calls, contains } of changes) expect(calls.length + contains.length).toBeGreaterThan(1);
  const others = tickets.filter(({ key }) => key !== "slugify");
  expect(() => inOrder(0, others)).toThrow("tickets wait for one that nobody files: slugify");
});

test("what is typed wrong is one sentence before anything begins; an unknown option shows those that there are", () => {
  const program = fileURLToPath(new URL("run.mjs", import.meta.url));
  const demo = (...typed: string[]) => spawnSync(process.execPath, [program, ...typed], { encoding: "utf8" });
  for (const agent of ["no-such-agent", "no-such-agent --fast", "/nowhere/agent", "./agent", ""]) {
    const run = demo("--agent", agent);
    expect(run).toMatchObject({ status: 1, stdout: "" });
    expect(run.stderr).toMatch(/^\[error\] --agent.+\n$/);
  }
  const run = demo("--bogus");
  expect(run).toMatchObject({ status: 2, stdout: "" });
  expect(run.stderr).toMatch(/^\[error\] .*--bogus[\s\S]*\n {2}--seed N /);
  expect(demo("--help", "--agent", "no-such-agent").status).toBe(0);
});

test("the table fits 80 columns, however many worked on a ticket", () => {
  const actors = ["worker", "reviewer", "qa"].flatMap((role) => [1, 22, 333].map((at) => `${role}-${at}`));
  const path = ["ready", "in-progress", "review", "in-progress", "review", "qa", "done"];
  const row = {
    id: "tk-5c46a",
    key: "snakeCase",
    path,
    timesSentBack: 1,
    claims: 12,
    isMerged: false,
    actors,
  };
  const lines = tableLines([row, { ...row, actors: [] }]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^tk-5c46a +snakeCase +12 +2 +1 +1 +NO +worker-1 /);
  expect(lines.join(" ").match(/(worker|reviewer|qa)-\d+/g)).toEqual(actors);
});

/** The file as it was before any ticket, or not at all. */
function takeBack(project: string, first: string, file: string) {
  const before = git(project, "ls-tree", "--name-only", first, "--", file).trim();
  if (before !== "") git(project, "checkout", first, "--", file);
  else if (existsSync(join(project, file))) git(project, "rm", "-q", "--", file);
}

function gitWithInput(cwd: string, input: string, ...args: string[]): string {
  const run = spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], {
    cwd,
    input: `${input}\n`,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}
