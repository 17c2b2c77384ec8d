import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createBranch, deleteBranchIfMerged, isMergedInto, listBranches } from "./branches.js";
import { commitsBetween, countCommitsBetween, resolveCommit } from "./commits.js";
import { createRef, deleteRef, listRefs, readRef, updateRef } from "./refs.js";
import { makeFixture } from "./repository.fixture.js";

describe("refs", () => {
  test("create only, compare-and-swap, delete by value", async () => {
    const { git, plain, commit } = makeFixture();
    const one = plain(["rev-parse", "HEAD"]);
    const two = commit("two", { "a.txt": "a\n" });
    await createRef(git, "refs/wiggum/x", one);
    await expect(createRef(git, "refs/wiggum/x", two)).rejects.toMatchObject({
      code: "REF_MOVED",
      data: { expected: undefined, actual: one },
    });
    await expect(updateRef(git, "refs/wiggum/x", two, two)).rejects.toMatchObject({
      code: "REF_MOVED",
      data: { expected: two, actual: one },
    });
    await updateRef(git, "refs/wiggum/x", two, one);
    expect(await readRef(git, "refs/wiggum/x")).toBe(two);
    await expect(deleteRef(git, "refs/wiggum/x", one)).rejects.toMatchObject({ code: "REF_MOVED" });
    await deleteRef(git, "refs/wiggum/x", two);
    expect(await readRef(git, "refs/wiggum/x")).toBeUndefined();
  });

  test("of many concurrent swaps exactly one wins", async () => {
    const { git, plain } = makeFixture();
    const start = plain(["rev-parse", "HEAD"]);
    await createRef(git, "refs/wiggum/x", start);
    const tree = plain(["rev-parse", "HEAD^{tree}"]);
    const commits = Array.from({ length: 8 }, (_, index) =>
      plain(["commit-tree", tree, "-p", start, "-m", `candidate ${index}`]),
    );
    const ends = await Promise.allSettled(
      commits.map((commit) => updateRef(git, "refs/wiggum/x", commit, start)),
    );
    const winners = commits.filter((_, index) => ends[index]?.status === "fulfilled");
    expect(winners).toEqual([await readRef(git, "refs/wiggum/x")]);
  });

  test("a held lock file is named as such", async () => {
    const { git, plain, root } = makeFixture();
    const head = plain(["rev-parse", "HEAD"]);
    const next = plain(["commit-tree", `${head}^{tree}`, "-p", head, "-m", "next"]);
    writeFileSync(join(root, ".git/refs/heads/main.lock"), "");
    await expect(updateRef(git, "refs/heads/main", next, head)).rejects.toMatchObject({ code: "REF_LOCKED" });
  });

  test.each(["main", "refs/heads/", "refs/heads/a..b", "refs/heads/x\0y", "refs/heads/-x y"])(
    "%j is refused as a name",
    async (name) => {
      const { git, plain } = makeFixture();
      await expect(createRef(git, name, plain(["rev-parse", "HEAD"]))).rejects.toMatchObject({
        code: "REF_NAME_INVALID",
      });
    },
  );

  test("names that look like options are names", async () => {
    const { git } = makeFixture();
    for (const name of ["--all", "-x", "", "HEAD\0", "--output=/tmp/x"])
      expect(await resolveCommit(git, name)).toBeUndefined();
    await expect(createBranch(git, "--force", "HEAD")).rejects.toMatchObject({ code: "REF_NAME_INVALID" });
  });

  test("list carries the checkout of a branch", async () => {
    const { git, plain, folder, root } = makeFixture();
    plain(["worktree", "add", "-q", "-b", "side", join(folder, "odd name\nhere")]);
    const refs = await listRefs(git, ["refs/heads/"]);
    expect(refs.map((ref) => [ref.name, ref.worktreePath])).toEqual([
      ["refs/heads/main", root],
      ["refs/heads/side", join(folder, "odd name\nhere")],
    ]);
  });
});

describe("branches", () => {
  test("deleted only when merged, by the value that was judged", async () => {
    const { git, plain, commit } = makeFixture();
    plain(["checkout", "-q", "-b", "feature/tk-1"]);
    commit("work", { "a.txt": "a\n" });
    plain(["checkout", "-q", "main"]);
    expect((await listBranches(git, "feature/")).map((branch) => branch.name)).toEqual(["feature/tk-1"]);
    expect(await isMergedInto(git, "feature/tk-1", "main")).toBe(false);
    await expect(deleteBranchIfMerged(git, "feature/tk-1", "main")).rejects.toMatchObject({
      code: "BRANCH_NOT_MERGED",
    });
    plain(["merge", "-q", "feature/tk-1"]);
    expect(await deleteBranchIfMerged(git, "feature/tk-1", "main")).toBe(true);
    expect(await deleteBranchIfMerged(git, "feature/tk-1", "main")).toBe(false);
    await expect(deleteBranchIfMerged(git, "main", "main")).rejects.toMatchObject({
      code: "BRANCH_CHECKED_OUT",
    });
  });

  test("commits between two names, newest first", async () => {
    const { git, commit } = makeFixture();
    commit("two", { "a.txt": "a\n" });
    const three = commit("three\n\nbody\nmore", { "a.txt": "b\n" });
    const commits = await commitsBetween(git, "main~2", "main");
    expect(commits.map((entry) => entry.subject)).toEqual(["three", "two"]);
    expect(commits[0]).toMatchObject({ id: three, author: { name: "Pat", email: "pat@example.org" } });
    expect(await countCommitsBetween(git, "main~2", "main")).toBe(2);
    await expect(commitsBetween(git, "nothing", "main")).rejects.toMatchObject({ code: "COMMIT_NOT_FOUND" });
  });
});

test("refs are listed although another process is in the middle of making a worktree", async () => {
  const { git, root } = makeFixture();
  const half = join(root, ".git", "worktrees", "half");
  mkdirSync(half, { recursive: true });
  writeFileSync(join(half, "HEAD"), "ref: refs/heads/half\n");
  writeFileSync(join(half, "gitdir"), `${join(root, "half", ".git")}\n`);
  writeFileSync(join(half, "commondir"), "");
  const listed = listRefs(git, ["refs/heads/"]);
  await setTimeout(60);
  writeFileSync(join(half, "commondir"), "../..\n");
  expect((await listed).map(({ name }) => name)).toEqual(["refs/heads/main"]);
});
