import { expect, test } from "vitest";
import { listSalvage, salvageWorktree } from "./salvage.js";
import { salvagePoints } from "./salvage-refs.js";
import { structuredDefaults } from "./settings.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";

test("the names alone tell the same as the commits: what there is, whose, and until when; oldest first", async () => {
  const fixture = worktreeFixture();
  const git = fixture.repository;
  expect(await salvagePoints(git)).toEqual([]);
  const { regenerable } = structuredDefaults.worktree;
  for (const agentId of ["worker-1", "worker-0"] as const) {
    const worktree = fixture.addWorktree(agentId);
    fixture.writeIn(worktree, "new.txt", "new\n");
    await salvageWorktree(git, agentId, worktree, { mainRoot: fixture.root, regenerable, reason: "test" });
  }
  const points = await salvagePoints(git);
  expect(points.map(({ agentId }) => agentId)).toEqual(["worker-1", "worker-0"]);
  expect(await listSalvage(git)).toMatchObject(
    points.map(({ name, agentId, keptUntil }) => ({ name, agentId, keptUntil })),
  );
  for (const { at, keptUntil } of points)
    expect(Date.parse(keptUntil) - Date.parse(at)).toBe(30 * 24 * 60 * 60_000);
}, 60_000);
