// What the hooks that Wiggum ships say, and to whom.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

test("a rejection is told to the agent whose ticket came back", { timeout: 60_000 }, async () => {
  const id = await repository.succeed(["ticket", "create", "Comes back"]);
  const agent = await repository.succeed(["spawn", "worker", id]);
  await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"]);
  await repository.succeed(["ticket", "transition", id, "in-progress"]);
  const inbox = `worktrees/${agent}/.wiggum/inbox.jsonl`;
  const told = await eventually("it is told", async () =>
    existsSync(join(repository.root, inbox)) ? repository.read(inbox) : undefined,
  );
  expect(told).toContain("Review comment added to your ticket. Please address and re-submit.");
  await repository.succeed(["kill", agent, "--force"]);
});

test("the times of a closed ticket", { timeout: 60_000 }, async () => {
  const id = await repository.succeed(["ticket", "create", "Closed"]);
  const ran = await repository.wiggum(["hook", "run", "on-close", id]);
  expect(ran.exitCode).toBe(0);
  const lines = ran.stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^\[metrics\] tk-[0-9a-f]+ created \d{4}-/);
  expect(lines[1]).toMatch(/^\[metrics\] tk-[0-9a-f]+ closed /);
});
