import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFixture } from "./repository.fixture.js";
import { readHead } from "./repository.js";
import { isClean, readStatus } from "./status.js";
import { addWorktree, listWorktrees, removeWorktree } from "./worktrees.js";

describe("worktrees", () => {
  test("new branch, existing branch, odd folder names", async () => {
    const { git, plain, folder, root } = makeFixture();
    const odd = join(folder, "-odd 'name\n\u{1f600}");
    expect(await addWorktree(git, { path: odd, branch: "worker-0", startAt: "main" })).toEqual({
      isNewBranch: true,
    });
    plain(["branch", "worker-1"]);
    expect(await addWorktree(git, { path: join(folder, "deep/er"), branch: "worker-1" })).toEqual({
      isNewBranch: false,
    });
    const all = await listWorktrees(git);
    expect(all.map((worktree) => [worktree.path, worktree.branch, worktree.isMain])).toEqual([
      [root, "main", true],
      [odd, "worker-0", false],
      [join(folder, "deep/er"), "worker-1", false],
    ]);
    expect(await removeWorktree(git, odd)).toBe(true);
    expect(await removeWorktree(git, odd)).toBe(false);
    expect(await removeWorktree(git, root)).toBe(false);
    expect(plain(["branch", "--list", "worker-0"])).not.toBe("");
  });

  test("works in a repository without any commit, and leaves the main branch unborn", async () => {
    const { git, plain, folder, root, commit } = makeFixture({ isUnborn: true });
    const path = join(folder, "worker-0");
    expect(await addWorktree(git, { path, branch: "worker-0" })).toEqual({ isNewBranch: true });
    expect(await readHead(git.with({ cwd: path }))).toEqual({ branch: "worker-0" });
    expect(isClean(await readStatus(git.with({ cwd: path })))).toBe(true);
    const first = commit("first", { "a.txt": "a\n" }, path);
    expect(plain(["rev-list", "--count", "worker-0"], root)).toBe("1");
    expect(plain(["rev-parse", "worker-0"])).toBe(first);
    expect(await readHead(git)).toEqual({ branch: "main" });
    expect(plain(["fsck", "--strict", "--no-dangling"])).toBe("");
  });

  test("uncommitted or untracked work refuses a removal and is named", async () => {
    const { git, folder, write } = makeFixture();
    const path = join(folder, "worker-0");
    await addWorktree(git, { path, branch: "worker-0" });
    write("README.md", "changed\n", path);
    write("new file.txt", "new\n", path);
    await expect(removeWorktree(git, path)).rejects.toMatchObject({
      code: "WORKTREE_NOT_CLEAN",
      data: { files: ["README.md", "new file.txt"] },
    });
    expect(readFileSync(join(path, "README.md"), "utf8")).toBe("changed\n");
  });

  test("a locked one is refused; one whose folder is gone is forgotten and can be made again", async () => {
    const { git, plain, folder } = makeFixture();
    const path = join(folder, "worker-0");
    await addWorktree(git, { path, branch: "worker-0" });
    plain(["worktree", "lock", "--reason", "mine", path]);
    await expect(removeWorktree(git, path)).rejects.toMatchObject({
      code: "WORKTREE_LOCKED",
      data: { reason: "mine" },
    });
    plain(["worktree", "unlock", path]);
    rmSync(path, { recursive: true });
    expect((await listWorktrees(git))[1]?.prunable).toBeTypeOf("string");
    await addWorktree(git, { path, branch: "worker-0" });
    expect(existsSync(join(path, "README.md"))).toBe(true);
    rmSync(path, { recursive: true });
    expect(await removeWorktree(git, path)).toBe(true);
    expect(await listWorktrees(git)).toHaveLength(1);
  });

  test("a folder in use is refused", async () => {
    const { git, folder, write } = makeFixture();
    write("kept.txt", "mine\n", join(folder, "taken"));
    await expect(addWorktree(git, { path: join(folder, "taken"), branch: "x" })).rejects.toMatchObject({
      code: "GIT_FAILED",
    });
    expect(readFileSync(join(folder, "taken/kept.txt"), "utf8")).toBe("mine\n");
  });
});

describe("status", () => {
  test("every kind of entry, with odd names", async () => {
    const { git, plain, root, commit, write } = makeFixture();
    commit("more", { "moved from.txt": "1\n2\n3\n4\n", ".gitignore": "*.log\nbuild/\n", "b.txt": "b\n" });
    write("README.md", "changed\n");
    plain(["mv", "moved from.txt", "moved to.txt"]);
    write("sub/un\ttracked\n.txt", "new\n");
    write("a.log", "log\n");
    write("build/x.o", "x\n");
    writeFileSync(join(root, "staged é.txt"), "s\n");
    plain(["add", "staged é.txt"]);
    const status = await readStatus(git, { ignored: true });
    expect(status.branch).toBe("main");
    expect(status.entries.map((entry) => [entry.kind, entry.path, entry.inIndex, entry.inWorktree])).toEqual([
      ["changed", "README.md", ".", "M"],
      ["renamed", "moved to.txt", "R", "."],
      ["changed", "staged é.txt", "A", "."],
      ["untracked", "sub/un\ttracked\n.txt", undefined, undefined],
    ]);
    expect(status.entries[1]?.originalPath).toBe("moved from.txt");
    expect(status.ignored.map((entry) => entry.path)).toEqual(["a.log", "build/"]);
  });

  test("takes no lock and changes nothing", async () => {
    const { git, root } = makeFixture();
    const index = join(root, ".git/index");
    const before = readFileSync(index);
    writeFileSync(`${index}.lock`, "held by somebody");
    await readStatus(git);
    expect(readFileSync(index)).toEqual(before);
    expect(readFileSync(`${index}.lock`, "utf8")).toBe("held by somebody");
  });
});
