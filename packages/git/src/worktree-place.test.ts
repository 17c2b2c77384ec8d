import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createGit } from "./create-git.js";
import { makeFixture, temporaryFolder } from "./repository.fixture.js";
import { keepCopiedWorktree, lookAtWorktreeLink, mendWorktreeLink } from "./worktree-link.js";
import { mendMovedWorktrees } from "./worktree-place.js";
import { addWorktree, listWorktrees, pruneWorktrees } from "./worktrees.js";

/** A repository with a worktree inside it and one beside it, the first with something staged and something changed. */
async function withWorktrees() {
  const fixture = makeFixture();
  const { root, folder, git } = fixture;
  const inside = join(root, "worktrees/worker-0");
  const beside = join(folder, "beside");
  await addWorktree(git, { path: inside, branch: "worker-0", startAt: "main" });
  await addWorktree(git, { path: beside, branch: "beside", startAt: "main" });
  fixture.write("staged", "staged\n", inside);
  fixture.plain(["add", "staged"], inside);
  fixture.write("loose", "loose\n", inside);
  const other = join(folder, "deeper", "other name");
  mkdirSync(dirname(other));
  return { ...fixture, inside, beside, other, there: createGit({ cwd: other, env: git.options.env }) };
}

const placesOf = async (git: Parameters<typeof listWorktrees>[0]) =>
  (await listWorktrees(git)).map(({ path, branch }) => [path, branch]);

test("moved with its worktrees: those inside are tied again with what was staged, also by the way of a prune", async () => {
  for (const mend of [mendMovedWorktrees, pruneWorktrees]) {
    const { root, other, there, plain, beside } = await withWorktrees();
    renameSync(root, other);
    const worktree = join(other, "worktrees/worker-0");
    expect(await lookAtWorktreeLink(there, worktree)).toBe("moved");
    await mend(there);
    expect(await lookAtWorktreeLink(there, worktree)).toBe("whole");
    expect(plain(["status", "--porcelain"], worktree).split("\n")).toEqual(["A  staged", "?? loose"]);
    // What lies outside has not moved: only its own file leads to where the repository was.
    expect(await placesOf(there)).toEqual([
      [other, "main"],
      [beside, "beside"],
      [worktree, "worker-0"],
    ]);
    expect(await lookAtWorktreeLink(there, beside)).toBe("moved");
    expect(await mendWorktreeLink(there, beside)).toBe(true);
    expect(plain(["rev-parse", "--abbrev-ref", "HEAD"], beside)).toBe("beside");
    expect(await mendMovedWorktrees(there)).toEqual([]);
  }
});

test("moved, and one of the worktrees was mended before: it alone is tied, the others stay as they are", async () => {
  const { root, other, there } = await withWorktrees();
  renameSync(root, other);
  const worktree = join(other, "worktrees/worker-0");
  expect(await mendMovedWorktrees(there)).toEqual([
    { folder: worktree, from: join(root, "worktrees/worker-0") },
  ]);
  renameSync(other, root);
  const back = createGit({ cwd: root, env: there.options.env });
  expect((await mendMovedWorktrees(back)).map(({ folder }) => folder)).toEqual([
    join(root, "worktrees/worker-0"),
  ]);
  expect(await lookAtWorktreeLink(back, join(root, "worktrees/worker-0"))).toBe("whole");
});

test("copied: the worktrees of the original are not listed, mended, pruned or touched; one is kept on demand", async () => {
  const { root, other, there, git, inside, beside, plain } = await withWorktrees();
  cpSync(root, other, { recursive: true, verbatimSymlinks: true });
  const copy = join(other, "worktrees/worker-0");
  const original = () => [
    plain(["worktree", "list", "--porcelain"]),
    plain(["status", "--porcelain"], inside),
    readFileSync(join(inside, ".git"), "utf8"),
    readFileSync(join(root, ".git/worktrees/worker-0/gitdir"), "utf8"),
  ];
  const before = original();
  expect(await lookAtWorktreeLink(there, copy)).toBe("copied");
  expect(await placesOf(there)).toEqual([[other, "main"]]);
  expect(await mendWorktreeLink(there, copy, "worker-0")).toBe(false);
  expect(await mendMovedWorktrees(there)).toEqual([]);
  await pruneWorktrees(there);
  expect(existsSync(join(other, ".git/worktrees/worker-0/HEAD"))).toBe(true);
  expect(await lookAtWorktreeLink(there, inside)).toBe("elsewhere");
  expect(await lookAtWorktreeLink(there, beside)).toBe("elsewhere");
  expect(await keepCopiedWorktree(there, inside)).toBeUndefined();
  expect(original()).toEqual(before);

  expect(await keepCopiedWorktree(there, copy)).toEqual({ folder: copy, from: inside });
  expect(await lookAtWorktreeLink(there, copy)).toBe("whole");
  expect(plain(["status", "--porcelain"], copy).split("\n")).toEqual(["A  staged", "?? loose"]);
  plain(["-c", "user.name=P", "-c", "user.email=p@example.org", "commit", "-qm", "In the copy"], copy);
  expect(plain(["log", "-1", "--format=%s", "worker-0"], other)).toBe("In the copy");
  expect(plain(["log", "-1", "--format=%s", "worker-0"], root)).not.toBe("In the copy");
  expect(original()).toEqual(before);
  expect((await placesOf(git)).length).toBe(3);
});

test("copied, and the original is gone since: it was moved", async () => {
  const { root, other, there } = await withWorktrees();
  cpSync(root, other, { recursive: true, verbatimSymlinks: true });
  rmSync(root, { recursive: true });
  expect(await lookAtWorktreeLink(there, join(other, "worktrees/worker-0"))).toBe("moved");
});

test("its .git leads to a worktree of the same name in another repository: a copy, as after a mend that was cut off; that one is another's", async () => {
  const one = await withWorktrees();
  const two = await withWorktrees();
  rmSync(join(one.inside, ".git"));
  writeFileSync(join(one.inside, ".git"), readFileSync(join(two.inside, ".git")));
  expect(await lookAtWorktreeLink(one.git, one.inside)).toBe("copied");
  expect(await lookAtWorktreeLink(one.git, two.inside)).toBe("elsewhere");
  expect(await keepCopiedWorktree(one.git, two.inside)).toBeUndefined();
  expect(await keepCopiedWorktree(one.git, one.inside)).toMatchObject({ folder: one.inside });
  expect(await lookAtWorktreeLink(one.git, one.inside)).toBe("whole");
  expect(await lookAtWorktreeLink(two.git, two.inside)).toBe("whole");
});

test("a repository whose .git lies apart: its checkout is the main one, not the folder of its data", async () => {
  const folder = temporaryFolder();
  const fixture = makeFixture();
  const root = join(folder, "project");
  fixture.plain(["init", "-q", "-b", "main", `--separate-git-dir=${join(folder, "data.git")}`, root], folder);
  fixture.commit("First", { file: "text\n" }, root);
  const git = createGit({ cwd: root, env: fixture.git.options.env });
  const linked = join(root, "worktrees/worker-0");
  await addWorktree(git, { path: linked, branch: "worker-0", startAt: "main" });
  expect(await placesOf(git)).toEqual([
    [root, "main"],
    [linked, "worker-0"],
  ]);
});
