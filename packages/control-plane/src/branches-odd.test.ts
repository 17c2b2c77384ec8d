// Merges of odd work in odd repositories: whatever cannot be merged changes nothing and says what is in the way.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { initProject } from "./init.js";
import { readSettings } from "./read-settings.js";
import { codeOf, setting, tip } from "./testing/branches-setting.js";
import { type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";

/** A worktree on a branch without any commit, as a worker gets one in an empty repository. */
function addUnborn(fixture: WorktreeFixture, agentId: string): void {
  const tree = fixture.git("hash-object", "-t", "tree", "-w", "/dev/null").trim();
  const commit = fixture.git("commit-tree", "-m", "Nothing", tree).trim();
  const folder = join(fixture.paths.worktreesDirectory, agentId);
  fixture.git("worktree", "add", "-q", "--detach", "--no-checkout", folder, commit);
  fixture.inside(agentId, "symbolic-ref", "HEAD", `refs/heads/${agentId}`);
}

// P35
describe("conflicts of a special kind change nothing and are named", () => {
  interface Clash {
    /** Both sides start from this. */
    start(root: string): void;
    theirs(folder: string): void;
    mine(folder: string): void;
    readonly files: readonly string[];
  }
  const write = (folder: string, path: string, text: string | Uint8Array) => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const lines = Array.from({ length: 40 }, (_, line) => `line ${line}\n`).join("");
  const clashes: Readonly<Record<string, Clash>> = {
    "a file that became a folder": {
      start: (root) => write(root, "thing", "a\n"),
      theirs: (folder) => {
        rmSync(join(folder, "thing"));
        write(folder, "thing/inside", "x\n");
      },
      mine: (folder) => write(folder, "thing", "b\n"),
      // Not what git calls the file in the merged tree, which nobody has.
      files: ["thing"],
    },
    "one file with two new names": {
      start: (root) => write(root, "old", lines),
      theirs: (folder) => {
        rmSync(join(folder, "old"));
        write(folder, "one", lines);
      },
      mine: (folder) => {
        rmSync(join(folder, "old"));
        write(folder, "two", lines);
      },
      files: ["old", "one", "two"],
    },
    "a binary file": {
      start: (root) =>
        write(
          root,
          "image",
          Uint8Array.from({ length: 300 }, (_, at) => at % 7),
        ),
      theirs: (folder) =>
        write(
          folder,
          "image",
          Uint8Array.from({ length: 300 }, (_, at) => at % 5),
        ),
      mine: (folder) =>
        write(
          folder,
          "image",
          Uint8Array.from({ length: 300 }, (_, at) => at % 3),
        ),
      files: ["image"],
    },
    "a name with spaces, quotes and line ends": {
      start: (root) => write(root, 'ü "quo\'te"\n$HOME `x`', "a\n"),
      theirs: (folder) => write(folder, 'ü "quo\'te"\n$HOME `x`', "b\n"),
      mine: (folder) => write(folder, 'ü "quo\'te"\n$HOME `x`', "c\n"),
      files: ['ü "quo\'te"\n$HOME `x`'],
    },
  };

  test.each(Object.keys(clashes))("%s", async (name) => {
    const clash = clashes[name];
    if (clash === undefined) throw new Error(name);
    const { fixture, branches } = await setting();
    const commit = (folder: "main" | string, change: (folder: string) => void) => {
      const isMain = folder === "main";
      change(isMain ? fixture.root : join(fixture.paths.worktreesDirectory, folder));
      const git = isMain ? fixture.git : (...args: string[]) => fixture.inside(folder, ...args);
      git("add", "-A");
      git("commit", "-q", "-m", `${folder} changes`);
    };
    commit("main", clash.start);
    fixture.addWorktree("worker-0");
    commit("worker-0", clash.theirs);
    fixture.git("branch", "feature/tk-aaaa", "worker-0");
    commit("main", clash.mine);
    const before = codeOf(fixture);
    const merging = branches.merge("tk-aaaa");
    await expect(merging).rejects.toMatchObject({ code: "MERGE_CONFLICT", data: { files: clash.files } });
    expect(codeOf(fixture)).toEqual(before);
  });
});

describe("work without a common history", () => {
  const createdAt = "2026-01-02T03:04:05Z";

  test("what was begun before the first commit of the project goes together with what came first", async () => {
    const fixture = worktreeFixture({ isEmpty: true });
    const { branches, put, commitIn } = await setting({ fixture, ticket: { createdAt } });
    await put("tk-bbbb", { state: "done", assignedAgentId: "worker-1", createdAt });
    for (const [agent, ticket, file] of [
      ["worker-0", "tk-aaaa", "a.txt"],
      ["worker-1", "tk-bbbb", "b.txt"],
    ] as const) {
      addUnborn(fixture, agent);
      commitIn(agent, file, `${file}\n`);
      fixture.git("branch", `feature/${ticket}`, agent);
    }
    fixture.write("a.txt", "mine\n");
    // The first commit of the base branch has nothing to be compared with: what lies in its way is named all the same.
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "CHECKOUT_OVERLAP",
      data: { files: ["a.txt"] },
    });
    expect(readFileSync(join(fixture.root, "a.txt"), "utf8")).toBe("mine\n");
    rmSync(join(fixture.root, "a.txt"));
    expect(await branches.merge("tk-aaaa")).toMatchObject({ status: "merged", into: "main" });
    expect(await branches.merge("tk-bbbb")).toMatchObject({ status: "merged", into: "main" });
    expect(fixture.git("ls-tree", "--name-only", "main").trim().split("\n")).toEqual(["a.txt", "b.txt"]);
    expect(fixture.git("status", "--porcelain").trim()).toBe("");
  });

  test("an agent in such a repository takes in by a rebase what came first", async () => {
    const fixture = worktreeFixture({ isEmpty: true });
    const { branches, commitIn, commitOnMain } = await setting({
      fixture,
      agent: "worker-0",
      ticket: { createdAt, state: "in-progress" },
    });
    addUnborn(fixture, "worker-0");
    commitIn("worker-0", "a.txt", "a\n");
    fixture.git("branch", "feature/tk-aaaa", "worker-0");
    commitOnMain("README.md", "# First\n");
    expect(await branches.rebase()).toMatchObject({ status: "rebased" });
    expect(fixture.inside("worker-0", "ls-tree", "--name-only", "HEAD").split("\n")).toEqual([
      "README.md",
      "a.txt",
    ]);
  });

  test("after somebody rewrote the history nothing brings the old one back", async () => {
    const { fixture, branches, feature } = await setting({ ticket: { createdAt } });
    // Long before the ticket.
    const tree = fixture.git("rev-parse", "main^{tree}").trim();
    const dated = { ...fixture.environment, GIT_COMMITTER_DATE: "2020-01-01T00:00:00Z" };
    const root = execFileSync("git", ["commit-tree", "-m", "Start", tree], {
      cwd: fixture.root,
      env: dated,
      encoding: "utf8",
    });
    fixture.git("reset", "-q", "--hard", root.trim());
    feature("a.txt", "a\n");
    fixture.git("checkout", "-q", "--orphan", "fresh");
    fixture.git("commit", "-q", "-m", "All anew");
    fixture.git("branch", "-q", "-f", "main", "fresh");
    const before = tip(fixture, "main");
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({ code: "UNRELATED_HISTORIES" });
    expect(tip(fixture, "main")).toBe(before);
  });
});

// P42
test("a git command that runs in a checkout that is to follow is waited for", async () => {
  const { fixture, branches, feature } = await setting();
  feature("a.txt", "a\n");
  const lock = join(fixture.root, ".git/index.lock");
  writeFileSync(lock, "");
  const merging = branches.merge("tk-aaaa");
  setTimeout(() => rmSync(lock), 700);
  expect(await merging).toMatchObject({ status: "merged" });
  expect(readFileSync(join(fixture.root, "a.txt"), "utf8")).toBe("a\n");
});

test("a base branch that only HEAD names stays the base branch when somebody switches to another one", async () => {
  const fixture = worktreeFixture();
  fixture.git("branch", "-q", "-m", "main", "trunk");
  await initProject({ cwd: fixture.root, environment: fixture.environment, agent: "true" });
  fixture.git("checkout", "-q", "-b", "an-experiment");
  const { settings } = await readSettings(fixture.paths.root, { environment: fixture.environment });
  expect(settings.baseBranch).toBe("trunk");
});
