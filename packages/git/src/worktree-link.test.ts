import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Fixture, makeFixture } from "./repository.fixture.js";
import { lookAtWorktreeLink, mendWorktreeLink } from "./worktree-link.js";
import { addWorktree, listWorktrees, pruneWorktrees } from "./worktrees.js";

async function withWorktree(): Promise<Fixture & { readonly path: string; readonly link: string }> {
  const fixture = makeFixture();
  // Inside the checkout, as an agent's is: without its own .git it would be a part of that.
  const path = join(fixture.root, "worktrees", "worker-0");
  await addWorktree(fixture.git, { path, branch: "worker-0", startAt: "main" });
  fixture.write("staged", "staged\n", path);
  fixture.plain(["add", "staged"], path);
  fixture.write("README.md", "changed\n", path);
  return { ...fixture, path, link: join(path, ".git") };
}

const work = [" M README.md", "A  staged"];
const statusOf = ({ plain }: Fixture, path: string) =>
  plain(["-c", "status.relativePaths=false", "status", "--porcelain", "-z"], path)
    .split("\0")
    .filter(Boolean)
    .sort();

test.each([
  ["gone", (link: string) => rmSync(link)],
  ["garbage", (link: string) => writeFileSync(link, "garbage\n")],
  ["a link to a place that is gone", (link: string) => writeFileSync(link, "gitdir: /nowhere/at/all\n")],
])("the file .git is %s: it is written anew, what was staged stays staged", async (_, damage) => {
  const fixture = await withWorktree();
  const { git, path, link } = fixture;
  const before = readFileSync(link, "utf8");
  expect(await lookAtWorktreeLink(git, path)).toBe("whole");
  damage(link);
  expect(await lookAtWorktreeLink(git, path)).toBe("broken");
  // Another worktree's end makes git forget what is gone: not this one.
  await pruneWorktrees(git);
  expect(await mendWorktreeLink(git, path, "worker-0")).toBe(true);
  expect(readFileSync(link, "utf8")).toBe(before);
  expect(await lookAtWorktreeLink(git, path)).toBe("whole");
  expect(
    statusOf(fixture, path)
      .map((line) => line.trimStart())
      .sort(),
  ).toEqual(work.map((line) => line.trimStart()).sort());
  expect(readdirSync(dirname(path))).toEqual(["worker-0"]);
});

test("git has forgotten it: it is made known again on its branch, and every file is as it was", async () => {
  const fixture = await withWorktree();
  const { git, path, link, plain } = fixture;
  rmSync(link);
  plain(["worktree", "prune"]);
  expect((await listWorktrees(git)).map(({ branch }) => branch)).toEqual(["main"]);
  expect(await mendWorktreeLink(git, path)).toBe(false);
  expect(await mendWorktreeLink(git, path, "nobody")).toBe(false);
  expect(existsSync(link)).toBe(false);
  expect(await mendWorktreeLink(git, path, "worker-0")).toBe(true);
  expect((await listWorktrees(git)).map((worktree) => [worktree.path, worktree.branch])).toEqual([
    [fixture.root, "main"],
    [path, "worker-0"],
  ]);
  expect(readFileSync(join(path, "README.md"), "utf8")).toBe("changed\n");
  expect(statusOf(fixture, path)).toEqual(expect.arrayContaining(["?? staged"]));
  expect(readdirSync(dirname(path))).toEqual(["worker-0"]);
});

test("it was moved by hand: git is told where it is", async () => {
  const { git, path, plain } = await withWorktree();
  const moved = `${path}-moved`;
  renameSync(path, moved);
  expect(await lookAtWorktreeLink(git, moved)).toBe("moved");
  expect(await mendWorktreeLink(git, moved)).toBe(true);
  expect(plain(["worktree", "list"])).toContain(`${moved} `);
});

test("what may be somebody else's is left alone", async () => {
  const { git, path, link, plain, folder } = await withWorktree();
  const own = readFileSync(link, "utf8");
  const other = join(folder, "other");
  await addWorktree(git, { path: other, branch: "other", startAt: "main" });
  for (const replace of [
    () => plain(["init", "-q", path]),
    () => symlinkSync(join(other, ".git"), link),
    () => writeFileSync(link, readFileSync(join(other, ".git"))),
  ]) {
    rmSync(link, { recursive: true });
    replace();
    expect(await lookAtWorktreeLink(git, path)).toBe("foreign");
    expect(await mendWorktreeLink(git, path, "worker-0")).toBe(false);
  }
  rmSync(link);
  mkdirSync(join(folder, "elsewhere"));
  writeFileSync(link, own);
  expect(await lookAtWorktreeLink(git, path)).toBe("whole");
});
