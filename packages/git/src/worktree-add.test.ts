import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFixture } from "./repository.fixture.js";
import { addDetachedWorktree, addWorktree, listWorktrees, removeWorktree } from "./worktrees.js";

test("worktrees are made and removed while others are, and while somebody lists them", async () => {
  const { git, plain, folder } = makeFixture();
  const start = plain(["rev-parse", "main"]);
  const rounds = 12;
  let isDone = false;
  const listing = (async () => {
    let count = 0;
    for (; !isDone; count += 1) await listWorktrees(git);
    return count;
  })();
  const play = async (name: string) => {
    for (let round = 0; round < rounds; round += 1) {
      const path = join(folder, name);
      const branch = `${name}-${round}`;
      expect(await addWorktree(git, { path, branch, startAt: "main" })).toEqual({ isNewBranch: true });
      expect(await removeWorktree(git, path)).toBe(true);
      // As it is for the checks of a merge.
      const scratch = join(folder, "scratch", branch);
      await addDetachedWorktree(git, scratch, (await git.run(["rev-parse", "main"])).stdout.trim() as never);
      expect(await removeWorktree(git, scratch)).toBe(true);
    }
  };
  await Promise.all(["worker-0", "worker-1", "worker-2"].map(play)).finally(() => (isDone = true));
  expect(await listing).toBeGreaterThan(rounds);
  expect(await listWorktrees(git)).toHaveLength(1);
  const made = plain(["for-each-ref", "--format=%(objectname)", "refs/heads/worker-*"]).split("\n");
  expect(made).toEqual(Array.from({ length: 3 * rounds }, () => start));
});
