// The store stays quick by itself: what writes leave is packed by processes that nobody waits for.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function projectWithManyObjects(): Promise<{ repository: Repository; loose: () => number }> {
  const repository = await createRepository();
  ends.push(() => repository.remove());
  const store = join(repository.root, ".wiggum", "tickets.git");
  const names = Array.from({ length: 2_600 }, (_, index) =>
    join(repository.root, `.wiggum/state/o-${index}`),
  );
  for (const [index, name] of names.entries()) writeFileSync(name, `object ${index}`);
  execFileSync("git", ["-C", store, "hash-object", "-w", "--stdin-paths"], { input: names.join("\n") });
  const counted = () =>
    execFileSync("git", ["-C", store, "count-objects", "-v"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  return { repository, loose: () => Number(/^count: (\d+)/m.exec(counted())?.[1]) };
}

test("the process that runs hooks packs the store at its end", { timeout: 60_000 }, async () => {
  const { repository, loose } = await projectWithManyObjects();
  const drained = await repository.wiggum(["hook", "drain"]);
  expect(drained).toMatchObject({ exitCode: 0 });
  expect(drained.stderr).toContain("[info] Packed the ticket store\n");
  expect(loose()).toBe(0);
  expect((await repository.wiggum(["hook", "drain"])).stderr).not.toContain("Packed");
});

test("the supervisor has it packed, and waits for nothing", { timeout: 120_000 }, async () => {
  const { repository, loose } = await projectWithManyObjects();
  await repository.succeed(["run", "--once"]);
  await eventually("the store is packed", async () => loose() === 0);
});
