import { join } from "node:path";
import { expect, test } from "vitest";
import { abortRebase, continueRebase, isRebaseOpen, startRebase } from "./rebase.js";
import { makeFixture } from "./repository.fixture.js";
import { addWorktree } from "./worktrees.js";

async function diverged(mine: Record<string, string>, hasPerson = true) {
  const fixture = makeFixture({ hasPerson });
  const path = join(fixture.folder, "worker-0");
  await addWorktree(fixture.git, { path, branch: "worker-0" });
  fixture.commit("mine", mine, path);
  fixture.commit("theirs", { "README.md": "theirs\n" });
  return { ...fixture, path, inside: fixture.git.with({ cwd: path }) };
}

test("a clean rebase puts the branch on top; a second one moves nothing", async () => {
  const { inside, plain, path } = await diverged({ "a.txt": "a\n" }, false);
  expect(await startRebase(inside, "main")).toMatchObject({ status: "done", isMoved: true });
  expect(plain(["log", "--format=%s", "main..worker-0"], path)).toBe("mine");
  expect(plain(["merge-base", "main", "worker-0"])).toBe(plain(["rev-parse", "main"]));
  expect(await startRebase(inside, "main")).toMatchObject({ status: "done", isMoved: false });
});

test("a conflict stays open in its worktree only, and goes on after it was resolved", async () => {
  const { inside, git, plain, path, write } = await diverged({ "README.md": "mine\n" });
  expect(await startRebase(inside, "main")).toEqual({ status: "conflict", files: ["README.md"] });
  expect(await isRebaseOpen(inside)).toBe(true);
  expect(await isRebaseOpen(git)).toBe(false);
  await expect(startRebase(inside, "main")).rejects.toMatchObject({ code: "REBASE_OPEN" });
  expect(await continueRebase(inside)).toEqual({ status: "conflict", files: ["README.md"] });
  write("README.md", "both\n", path);
  plain(["add", "README.md"], path);
  expect(await continueRebase(inside)).toMatchObject({ status: "done", isMoved: true });
  expect(plain(["show", "worker-0:README.md"])).toBe("both");
  await expect(continueRebase(inside)).rejects.toMatchObject({ code: "NO_REBASE" });
});

test("an abort puts everything back", async () => {
  const { inside, plain, path } = await diverged({ "README.md": "mine\n" });
  const before = plain(["rev-parse", "worker-0"]);
  await startRebase(inside, "main");
  await abortRebase(inside);
  expect(plain(["rev-parse", "HEAD"], path)).toBe(before);
  expect(plain(["status", "--porcelain"], path)).toBe("");
  expect(plain(["symbolic-ref", "HEAD"], path)).toBe("refs/heads/worker-0");
  await expect(abortRebase(inside)).rejects.toMatchObject({ code: "NO_REBASE" });
});

test("uncommitted changes refuse, and no other branch is dragged along", async () => {
  const { inside, plain, path, write, globalConfig } = await diverged({ "a.txt": "a\n" });
  plain(["config", "--file", globalConfig, "rebase.updateRefs", "true"]);
  plain(["config", "--file", globalConfig, "rebase.autoStash", "true"]);
  plain(["branch", "stacked", "worker-0"]);
  const stacked = plain(["rev-parse", "stacked"]);
  write("a.txt", "local\n", path);
  await expect(startRebase(inside, "main")).rejects.toMatchObject({ code: "GIT_FAILED" });
  plain(["checkout", "-q", "--", "a.txt"], path);
  await startRebase(inside, "main");
  expect(plain(["rev-parse", "stacked"])).toBe(stacked);
});
