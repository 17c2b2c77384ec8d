import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGit } from "./create-git.js";
import { lookAtRef } from "./look-at-ref.js";
import { readRef } from "./refs.js";

let folder: string;
const plain = (...args: readonly string[]) =>
  execFileSync(
    "git",
    ["-C", join(folder, "code"), "-c", "user.name=t", "-c", "user.email=t@localhost", ...args],
    {
      encoding: "utf8",
    },
  ).trim();

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "look-at-ref-")));
  execFileSync("git", ["init", "-q", "-b", "main", join(folder, "code")]);
  plain("commit", "-q", "--allow-empty", "-m", "First");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const names = [
  "main",
  "feature/tk-1",
  "feature",
  "feature/tk-1/deeper",
  "none",
  "main.lock",
  "../main",
  "a..b",
  "",
];

/** What is not left to git is as git itself says it. */
async function sameAsGit(cwd: string): Promise<number> {
  const git = createGit({ cwd });
  let told = 0;
  for (const name of names) {
    const ref = `refs/heads/${name}`;
    const seen = lookAtRef(git, ref);
    if (seen === "unclear") continue;
    told += 1;
    const asked = await git.run(["for-each-ref", "--format=%(objectname) %(refname)"]);
    const line = asked.stdout.split("\n").find((each) => each.endsWith(` ${ref}`));
    expect([name, seen === "absent" ? undefined : seen.id]).toEqual([name, line?.split(" ")[0]]);
    expect(await readRef(git, ref)).toBe(line?.split(" ")[0]);
  }
  return told;
}

test("loose, packed, both, below a folder and missing: as git says, and names that are none are git's", async () => {
  const root = join(folder, "code");
  plain("branch", "feature/tk-1");
  expect(await sameAsGit(root)).toBe(5);
  plain("pack-refs", "--all");
  expect(await sameAsGit(root)).toBe(5);
  plain("commit", "-q", "--allow-empty", "-m", "Second");
  expect(await sameAsGit(root)).toBe(5);
  plain("branch", "-D", "-q", "feature/tk-1");
  expect(await sameAsGit(root)).toBe(5);
}, 60_000);

test("what is not plain is git's: a worktree, a folder of a checkout, a symbolic ref, a damaged one, a reftable", async () => {
  const root = join(folder, "code");
  plain("worktree", "add", "-q", "-b", "other", join(folder, "worktree"));
  expect(lookAtRef(createGit({ cwd: join(folder, "worktree") }), "refs/heads/main")).toBe("unclear");
  expect(lookAtRef(createGit({ cwd: join(root, ".git") }), "refs/heads/main")).toBe("unclear");
  expect(lookAtRef(createGit({}), "refs/heads/main")).toBe("unclear");
  expect(lookAtRef(createGit({ cwd: root, env: { GIT_DIR: "x" } }), "refs/heads/main")).toBe("unclear");
  plain("symbolic-ref", "refs/heads/alias", "refs/heads/main");
  expect(lookAtRef(createGit({ cwd: root }), "refs/heads/alias")).toBe("unclear");
  expect(await readRef(createGit({ cwd: root }), "refs/heads/alias")).toBe(plain("rev-parse", "main"));
  writeFileSync(join(root, ".git", "refs", "heads", "cut"), "0123");
  expect(lookAtRef(createGit({ cwd: root }), "refs/heads/cut")).toBe("unclear");
  writeFileSync(join(root, ".git", "HEAD"), "ref: refs/heads/.invalid\n");
  expect(lookAtRef(createGit({ cwd: root }), "refs/heads/main")).toBe("unclear");
}, 60_000);
