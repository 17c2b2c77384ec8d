// The index that is written in this process is the one that git would have written.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingGit } from "../counting-git.fixture.js";
import { parseTree } from "../objects.js";
import { file, makeStore, rewrite, temporaryFolder, textOf } from "../store.fixture.js";
import { workerStarter } from "../worker-process.fixture.js";
import { nextIndex } from "./index-file.js";

function makeCheckout() {
  const folder = temporaryFolder();
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@y", ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 2 ** 26,
    });
  run(["init", "-q", "-b", "main"]);
  const commit = (files: Readonly<Record<string, string>>): string => {
    run(["rm", "-rfq", "--cached", "--ignore-unmatch", "."]);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    if (Object.keys(files).length > 0) run(["add", "--", ...Object.keys(files)]);
    return run(["write-tree"]).toString().trim();
  };
  return { folder, run, commit };
}

const files = fc.dictionary(
  fc.stringMatching(/^[a-c]{1,3}(\.md|-x|\xe9)?$/),
  fc.constantFrom("1", "22", ""),
  { maxKeys: 12 },
);

test("whatever changed between two trees, the index says what git's read-tree says, and git finds it sound", {
  timeout: 120_000,
}, () => {
  const { folder, run, commit } = makeCheckout();
  const index = join(folder, ".git/index");
  const other = join(folder, ".git/other");
  fc.assert(
    fc.property(files, files, (before, after) => {
      const next = commit(after);
      commit(before);
      copyFileSync(index, other);
      const { mtimeNs } = statSync(index, { bigint: true });
      const entries = parseTree(run(["cat-file", "tree", next]), 20);
      const made = nextIndex({ content: readFileSync(index), changedNs: mtimeNs }, next, entries);
      run(["read-tree", "-i", "-m", next], { GIT_INDEX_FILE: other });
      if (made === undefined) throw new Error("It was left to git");
      writeFileSync(index, made);
      const listed = run(["ls-files", "-s", "-z"]).toString("latin1");
      expect(listed).toBe(run(["ls-files", "-s", "-z"], { GIT_INDEX_FILE: other }).toString("latin1"));
      expect(run(["write-tree"]).toString().trim()).toBe(next);
      run(["fsck", "--cache"]);
    }),
    { numRuns: 15 },
  );
});

test("what was known of an unchanged file stays, unless it may have changed within the index's own moment", () => {
  const { folder, run, commit } = makeCheckout();
  const tree = commit({ "a.md": "text", "b.md": "text" });
  const index = join(folder, ".git/index");
  const content = readFileSync(index);
  const entries = parseTree(run(["cat-file", "tree", tree]), 20);
  const known = (changedNs: bigint) =>
    nextIndex({ content, changedNs }, tree, entries)?.subarray(12, 12 + 40);
  const { mtimeNs } = statSync(join(folder, "a.md"), { bigint: true });
  expect(known(mtimeNs + 1n)).toEqual(content.subarray(12, 12 + 40));
  expect(known(mtimeNs)?.readUInt32BE(8)).toBe(0);
});

describe("left to git", () => {
  test.each([
    ["another version", ["update-index", "--index-version", "4"]],
    ["a hidden file", ["update-index", "--skip-worktree", "a.md"]],
    ["a trusted file", ["update-index", "--assume-unchanged", "a.md"]],
    ["an intended file", ["add", "-N", "new.md"]],
  ])("%s", (_, args) => {
    const { folder, run, commit } = makeCheckout();
    const tree = commit({ "a.md": "text" });
    writeFileSync(join(folder, "new.md"), "");
    run(args);
    const entries = parseTree(run(["cat-file", "tree", tree]), 20);
    const content = readFileSync(join(folder, ".git/index"));
    expect(nextIndex({ content, changedNs: 0n }, tree, entries)).toBeUndefined();
    expect(nextIndex({ content: content.subarray(0, -25), changedNs: 0n }, tree, entries)).toBeUndefined();
  });

  test("a folder in the tree", () => {
    const { folder, run, commit } = makeCheckout();
    mkdirSync(join(folder, "f"));
    const tree = commit({ "f/a.md": "text" });
    const entries = parseTree(run(["cat-file", "tree", tree]), 20);
    const content = readFileSync(join(folder, ".git/index"));
    expect(nextIndex({ content, changedNs: 0n }, tree, entries)).toBeUndefined();
  });
});

const start = workerStarter();

test.each(["full", "shared"] as const)(
  "a view (%s) follows some writes without git; git finds it whole and clean",
  async (kind) => {
    const store = await makeStore();
    const view = join(store.folder, "view");
    let record = await file(store.backend, "tk-0001");
    await store.backend.views.create(view, kind);
    const git = countingGit();
    for (const round of [1, 2, 3]) {
      record = await rewrite(store.backend, record, { title: `Round ${round}` });
      record = await rewrite(store.backend, record, { title: `Round ${round} again` });
      await file(store.backend, `tk-100${round}`);
      const { lines, ended } = start(
        { root: store.root, name: "r", task: "refresh", tickets: [], view },
        git.env,
      );
      expect((await lines.next()).value, (await ended).errors).toBe(`tk-0001 tk-100${round}`);
      expect(git.takeCalls()).toEqual([]);
      expect(store.plainIn(view, "status", "--porcelain", "--branch")).toBe("## main...origin/main");
      expect(store.plainIn(view, "rev-parse", "HEAD")).toBe(store.plain("rev-parse", "main"));
      expect(store.plainIn(view, "fsck", "--strict", "--no-dangling")).toBe("");
    }
    // A full one is a second copy: it needs nothing of the store.
    if (kind === "full") rmSync(join(store.root, "objects"), { recursive: true });
    if (kind === "full") expect(store.plainIn(view, "log", "--format=%T", "-p")).toContain("Round 3 again");
    expect(readFileSync(join(view, "tk-0001.md"), "utf8")).toBe(textOf(record.ticket));
  },
);
