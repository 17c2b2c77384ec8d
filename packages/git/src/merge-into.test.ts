import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { combineBranches } from "./combine.js";
import { mergeInto } from "./merge-into.js";
import { type Fixture, makeFixture } from "./repository.fixture.js";
import { addWorktree } from "./worktrees.js";

/** A branch made from `from` with some files, built without touching any checkout of the project. */
function branch(
  fixture: Fixture,
  name: string,
  from: string,
  files: Readonly<Record<string, string>>,
): string {
  const path = join(fixture.folder, `build-${name.replaceAll("/", "-")}`);
  fixture.plain(["worktree", "add", "-q", "-b", name, path, from]);
  const commit = fixture.commit(`work on ${name}`, files, path);
  fixture.plain(["worktree", "remove", "--force", path]);
  return commit;
}

/** All that P42 says may not change: refs, index and files of a checkout. */
function snapshot(fixture: Fixture, cwd = fixture.root): string {
  return [
    fixture.plain(["for-each-ref"], cwd),
    fixture.plain(["symbolic-ref", "-q", "HEAD"], cwd),
    fixture.plain(["ls-files", "-s"], cwd),
    fixture.plain(["status", "--porcelain", "-z", "--ignored"], cwd),
    fixture.plain(["diff"], cwd),
  ].join("\n---\n");
}

describe("mergeInto", () => {
  test("a checkout follows outside of the caller's process group: Ctrl-C cannot stop it between two commits", async () => {
    const fixture = makeFixture();
    branch(fixture, "worker-0", "main", { "b.txt": "b\n", ".gitattributes": "*.txt filter=seen\n" });
    fixture.plain(["config", "filter.seen.clean", "cat"]);
    fixture.plain(["config", "filter.seen.smudge", `ps -o pgid= -p $$ >'${fixture.folder}/group'; cat`]);
    const merge = { target: "main", source: "worker-0", message: "Merge worker-0" };
    expect(await mergeInto(fixture.git, merge)).toMatchObject({ status: "merged" });
    const group = readFileSync(join(fixture.folder, "group"), "utf8").trim();
    expect(group).toMatch(/^\d+$/);
    const ours = execFileSync("ps", ["-o", "pgid=", "-p", String(process.pid)], { encoding: "utf8" }).trim();
    expect(group).not.toBe(ours);
  });

  // P42
  test("moves a branch that nobody has checked out, and nothing else", async () => {
    const fixture = makeFixture();
    branch(fixture, "feature/a", "main", { "a.txt": "a\n" });
    const worker = branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    fixture.write("README.md", "local change\n");
    const before = fixture.plain(["status", "--porcelain"]);
    const result = await mergeInto(fixture.git, {
      target: "feature/a",
      source: "worker-0",
      message: "Merge worker-0",
    });
    expect(result).toMatchObject({ status: "merged", files: ["b.txt"] });
    expect(fixture.plain(["log", "-1", "--format=%s|%an", "feature/a"])).toBe("Merge worker-0|Pat");
    expect(fixture.plain(["rev-parse", "feature/a^2"])).toBe(worker);
    expect(fixture.plain(["ls-tree", "--name-only", "feature/a"])).toBe("README.md\na.txt\nb.txt");
    expect(fixture.plain(["status", "--porcelain"])).toBe(before);
    expect(fixture.plain(["symbolic-ref", "HEAD"])).toBe("refs/heads/main");
    expect(
      await mergeInto(fixture.git, { target: "feature/a", source: "worker-0", message: "x" }),
    ).toMatchObject({
      status: "up-to-date",
    });
  });

  test("fast-forward by option", async () => {
    const fixture = makeFixture();
    const tip = branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    fixture.plain(["branch", "one"]);
    fixture.plain(["branch", "two"]);
    expect(await mergeInto(fixture.git, { target: "one", source: "worker-0", message: "x" })).toMatchObject({
      commit: tip,
    });
    await mergeInto(fixture.git, {
      target: "two",
      source: "worker-0",
      message: "kept",
      allowFastForward: false,
    });
    expect(fixture.plain(["log", "-1", "--format=%s", "two"])).toBe("kept");
  });

  // P35
  test("a conflict changes nothing and names the files", async () => {
    const fixture = makeFixture();
    branch(fixture, "feature/a", "main", { "README.md": "theirs\n", 'odd\n"name': "1\n" });
    branch(fixture, "worker-0", "main", { "README.md": "mine\n", 'odd\n"name': "2\n" });
    const before = snapshot(fixture);
    const result = await mergeInto(fixture.git, { target: "feature/a", source: "worker-0", message: "x" });
    expect(result.status).toBe("conflict");
    expect([...(result.status === "conflict" ? result.files : [])].sort()).toEqual([
      "README.md",
      'odd\n"name',
    ]);
    expect(snapshot(fixture)).toBe(before);
    expect(existsSync(join(fixture.root, ".git/MERGE_HEAD"))).toBe(false);
  });

  test("a bad name is an error, never a conflict", async () => {
    const { git } = makeFixture();
    await expect(mergeInto(git, { target: "main", source: "nothing", message: "x" })).rejects.toMatchObject({
      code: "COMMIT_NOT_FOUND",
    });
    await expect(mergeInto(git, { target: "nothing", source: "main", message: "x" })).rejects.toMatchObject({
      code: "COMMIT_NOT_FOUND",
    });
  });

  test("a checkout on the target follows, unrelated local work stays", async () => {
    const fixture = makeFixture();
    fixture.commit("two", { "kept.txt": "kept\n" });
    branch(fixture, "worker-0", "main", { "sub/b.txt": "b\n", "README.md": "better\n" });
    fixture.write("kept.txt", "local\n");
    fixture.write("untracked.txt", "mine\n");
    const result = await mergeInto(fixture.git, { target: "main", source: "worker-0", message: "x" });
    expect(result.status).toBe("merged");
    expect(readFileSync(join(fixture.root, "sub/b.txt"), "utf8")).toBe("b\n");
    expect(fixture.plain(["status", "--porcelain"]).split("\n").sort()).toEqual([
      "?? untracked.txt",
      "M kept.txt",
    ]);
    expect(fixture.plain(["rev-parse", "HEAD"])).toBe(fixture.plain(["rev-parse", "worker-0"]));
  });

  test.each([
    ["a changed file", (fixture: Fixture) => fixture.write("README.md", "local\n"), ["README.md"]],
    ["an untracked file", (fixture: Fixture) => fixture.write("b.txt", "local\n"), ["b.txt"]],
    [
      "a staged file",
      (fixture: Fixture) => {
        fixture.write("README.md", "local\n");
        fixture.plain(["add", "README.md"]);
      },
      ["README.md"],
    ],
    [
      "an ignored file",
      (fixture: Fixture) => {
        fixture.write(".git/info/exclude", "b.txt\n");
        fixture.write("b.txt", "secret\n");
      },
      ["b.txt"],
    ],
    ["a file where a folder is needed", (fixture: Fixture) => fixture.write("sub", "local\n"), ["sub"]],
  ])("overlapping local work (%s) refuses before anything moves", async (_, spoil, files) => {
    const fixture = makeFixture();
    branch(fixture, "worker-0", "main", { "sub/c.txt": "c\n", "b.txt": "b\n", "README.md": "better\n" });
    spoil(fixture);
    const before = snapshot(fixture);
    await expect(
      mergeInto(fixture.git, { target: "main", source: "worker-0", message: "x" }),
    ).rejects.toMatchObject({
      code: "CHECKOUT_OVERLAP",
      data: { worktree: fixture.root, files },
    });
    expect(snapshot(fixture)).toBe(before);
  });

  test("a linked worktree on the target follows as well, from a call made elsewhere", async () => {
    const fixture = makeFixture();
    const path = join(fixture.folder, "other");
    await addWorktree(fixture.git, { path, branch: "feature/a" });
    branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    await mergeInto(fixture.git, { target: "feature/a", source: "worker-0", message: "x" });
    expect(readFileSync(join(path, "b.txt"), "utf8")).toBe("b\n");
    expect(fixture.plain(["status", "--porcelain"], path)).toBe("");
    expect(existsSync(join(fixture.root, "b.txt"))).toBe(false);
  });

  test("a checkout in the middle of a merge, or held by a git process, refuses", async () => {
    const fixture = makeFixture();
    branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    writeFileSync(join(fixture.root, ".git/index.lock"), "");
    await expect(
      mergeInto(fixture.git, { target: "main", source: "worker-0", message: "x" }),
    ).rejects.toMatchObject({
      code: "CHECKOUT_BUSY",
    });
    expect(fixture.plain(["rev-parse", "main"])).not.toBe(fixture.plain(["rev-parse", "worker-0"]));
  });

  test("concurrent merges into one branch all land", async () => {
    const fixture = makeFixture();
    fixture.plain(["branch", "feature/a"]);
    const names = ["w0", "w1", "w2"];
    for (const name of names) branch(fixture, name, "main", { [`${name}.txt`]: "x\n" });
    const results = await Promise.all(
      names.map((source) =>
        mergeInto(fixture.git, { target: "feature/a", source, message: `Merge ${source}` }),
      ),
    );
    expect(results.map((result) => result.status)).toEqual(["merged", "merged", "merged"]);
    expect(fixture.plain(["ls-tree", "--name-only", "feature/a"])).toBe("README.md\nw0.txt\nw1.txt\nw2.txt");
  });

  test("a target that moves during the merge is merged again on top", async () => {
    const fixture = makeFixture();
    branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    const mover = branch(fixture, "mover", "main", { "c.txt": "c\n" });
    const start = fixture.plain(["rev-parse", "main"]);
    fixture.plain(["branch", "target"]);
    let isMoved = false;
    const racing = {
      ...fixture.git,
      run: async (args: readonly string[], options?: object) => {
        // The very moment before the ref is to move.
        if (args[0] === "update-ref" && !isMoved) {
          isMoved = true;
          fixture.plain(["update-ref", "refs/heads/target", mover, start]);
        }
        return fixture.git.run(args, options);
      },
    };
    const result = await mergeInto(racing, { target: "target", source: "worker-0", message: "x" });
    expect(isMoved).toBe(true);
    expect(result.status).toBe("merged");
    expect(fixture.plain(["ls-tree", "--name-only", "target"])).toBe("README.md\nb.txt\nc.txt");
  });

  test("the person's signing is kept", async () => {
    const fixture = makeFixture();
    const key = join(fixture.folder, "key");
    const isAble = canSign(key);
    expect(isAble, "ssh-keygen is needed for this test").toBe(true);
    appendFileSync(
      fixture.globalConfig,
      `[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = ${key}.pub\n[commit]\n\tgpgSign = true\n`,
    );
    fixture.plain(["branch", "target"]);
    branch(fixture, "worker-0", "main", { "b.txt": "b\n" });
    await mergeInto(fixture.git, {
      target: "target",
      source: "worker-0",
      message: "x",
      allowFastForward: false,
    });
    expect(fixture.plain(["cat-file", "commit", "target"])).toContain("gpgsig -----BEGIN SSH SIGNATURE-----");
  });
});

function canSign(key: string): boolean {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  return existsSync(`${key}.pub`);
}

describe("combineBranches", () => {
  test("contains base and all sources; a contained one costs no merge", async () => {
    const fixture = makeFixture();
    const a = branch(fixture, "feature/a", "main", { "a.txt": "a\n" });
    branch(fixture, "feature/b", "main", { "b.txt": "b\n" });
    const before = snapshot(fixture);
    expect(await combineBranches(fixture.git, "main", ["feature/a"])).toEqual({
      status: "combined",
      commit: a,
    });
    const both = await combineBranches(fixture.git, "main", ["feature/a", "main", "feature/b"]);
    const commit = both.status === "combined" ? both.commit : "";
    expect(fixture.plain(["ls-tree", "--name-only", commit])).toBe("README.md\na.txt\nb.txt");
    expect(snapshot(fixture)).toBe(before);
  });

  test("names the source and the files that do not go together", async () => {
    const fixture = makeFixture();
    branch(fixture, "feature/a", "main", { "x.txt": "a\n" });
    branch(fixture, "feature/b", "main", { "x.txt": "b\n" });
    expect(await combineBranches(fixture.git, "main", ["feature/a", "feature/b"])).toEqual({
      status: "conflict",
      source: "feature/b",
      files: ["x.txt"],
    });
  });
});
