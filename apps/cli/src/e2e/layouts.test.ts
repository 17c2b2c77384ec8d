// The layout of the store, by the built program: moved there and back, with agents and plain git about.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string) => repository.succeed(["ticket", "create", title]);
const storePaths = () =>
  repository
    .git("-C", ".wiggum/tickets.git", "ls-tree", "-r", "--name-only", "main")
    .split("\n")
    .filter((path) => path.includes("tk-"));
const pathOf = (id: string) => `${id.slice(3, 5)}/${id}.md`;

test("doctor --relayout: prints its plan, moves every ticket in one commit, and is done when asked again", async () => {
  const one = await create("One");
  await create("Two");
  await repository.succeed(["ticket", "edit", one, "--priority", "1"]);
  const before = await repository.json<object>(["ticket", "list"]);
  const history = await repository.succeed(["ticket", "history", one]);
  const moved = await repository.wiggum(["doctor", "--relayout", "fan-out"]);
  expect(moved).toMatchObject({
    exitCode: 0,
    stdout:
      "plan: move 2 tickets into folders by their ids (fan-out), in one commit that changes none of them\n",
  });
  expect(moved.stderr).toContain("[ok] move 2 tickets");
  expect(storePaths()).toContain(pathOf(one));
  expect(await repository.json(["ticket", "list"])).toEqual(before);
  expect(await repository.succeed(["ticket", "history", one])).toBe(history);
  expect(existsSync(join(repository.root, ".wiggum/tickets", pathOf(one)))).toBe(true);
  expect(repository.git("-C", ".wiggum/tickets", "status", "--porcelain")).toBe("");
  const again = await repository.wiggum(["doctor", "--relayout", "fan-out"]);
  expect(again).toMatchObject({ exitCode: 0, stdout: "" });
  expect(again.stderr).toContain("The store's layout is fan-out already: nothing to move");
  expect((await repository.wiggum(["doctor"])).stdout).toBe("");
  // So few are better off in one folder.
  const told = await repository.json<{ relayout: { from: string; to: string; moved: number } }>([
    "doctor",
    "--relayout",
  ]);
  expect(told.relayout).toMatchObject({ from: "fan-out", to: "flat", moved: 2 });
  expect(storePaths()).toContain(`${one}.md`);
});

test("doctor --relayout: another word, or --fix beside it, is refused and nothing moves", async () => {
  const before = storePaths();
  const wrong = await repository.wiggum(["doctor", "--relayout", "deep"]);
  expect(wrong).toMatchObject({ exitCode: 2, stdout: "" });
  expect(wrong.stderr).toContain("--relayout takes flat or fan-out, or nothing: not 'deep'");
  const both = await repository.wiggum(["doctor", "--fix", "--relayout"]);
  expect(both).toMatchObject({ exitCode: 2, stdout: "" });
  expect(storePaths()).toEqual(before);
});

test("an agent in a store with folders sees its ticket and what it waits for; what it edits there by hand goes in", async () => {
  const needed = await create("Needed");
  const other = await create("Other");
  const own = await create("Own");
  await repository.succeed(["ticket", "dep", "add", own, needed]);
  await repository.succeed(["ticket", "transition", needed, "in-progress", "--no-hooks"]);
  for (const state of ["review", "done"])
    await repository.succeed(["ticket", "transition", needed, state, "--no-hooks"]);
  await repository.succeed(["doctor", "--relayout", "fan-out"]);
  const agent = await repository.succeed(["spawn", "worker", own]);
  const worktree = join(repository.root, "worktrees", agent);
  const view = join(worktree, ".wiggum", "tickets");
  await eventually("the agent's first line", async () =>
    (await repository.wiggum(["logs", agent])).stdout.includes("hello from"),
  );
  const shown = () =>
    readdirSync(view, { recursive: true, encoding: "utf8" }).filter((path) => /^[0-9a-f]{2}\/tk-/.test(path));
  expect(shown()).toEqual(expect.arrayContaining([pathOf(own), pathOf(needed)]));
  if (![own, needed].some((id) => id.slice(3, 5) === other.slice(3, 5)))
    expect(shown()).not.toContain(pathOf(other));
  expect(repository.git("-C", view, "status", "--porcelain")).toBe("");

  // A hand edit there goes in by sync.
  const path = join(view, pathOf(own));
  writeFileSync(path, readFileSync(path, "utf8").replace("# Own", "# Own, by hand"));
  expect(repository.git("-C", view, "status", "--porcelain")).toContain(pathOf(own));
  await repository.succeed(["ticket", "sync"], { cwd: worktree });
  expect(await repository.json(["ticket", "show", own])).toMatchObject({ title: "Own, by hand" });
  expect(repository.git("-C", view, "status", "--porcelain")).toBe("");

  await repository.succeed(["kill", agent, "--force"]);
  expect((await repository.wiggum(["doctor"])).stdout).not.toContain("VIEW");
});

test("a second file of a ticket that somebody pushed: named by doctor, taken out by --fix, nothing is hidden", async () => {
  const id = await create("Twice");
  await repository.succeed(["doctor", "--relayout", "fan-out"]);
  const clone = join(repository.root, "clone");
  repository.git("clone", "-q", ".wiggum/tickets.git", "clone");
  writeFileSync(
    join(clone, `${id}.md`),
    readFileSync(join(clone, pathOf(id)), "utf8").replace("# Twice", "# Thrice"),
  );
  repository.git("-C", clone, "add", "-A");
  repository.git(
    "-C",
    clone,
    "-c",
    "user.name=Pat",
    "-c",
    "user.email=pat@localhost",
    "commit",
    "-qm",
    "By hand",
  );
  repository.git("-C", clone, "push", "-q", "origin", "HEAD:main");
  const found = await repository.wiggum(["doctor"]);
  expect(found.exitCode).toBe(1);
  expect(found.stdout).toContain(`${id} lies in the store twice`);
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ title: "Twice" });
  await repository.wiggum(["doctor", "--fix"]);
  expect((await repository.wiggum(["doctor"])).stdout).not.toContain(id);
  expect(storePaths().filter((path) => path.includes(id))).toEqual([pathOf(id)]);
});
