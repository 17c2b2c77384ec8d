import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProject, inspectControlFolder } from "./find-project.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";

let base: string;

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-find-")));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function git(cwd: string, ...args: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  execFileSync("git", [...identity, ...args], { cwd, stdio: "ignore" });
}

/** A repository with one commit. */
function repository(path: string): string {
  mkdirSync(path, { recursive: true });
  git(path, "init", "-q", "-b", "main");
  git(path, "commit", "-q", "--allow-empty", "-m", "start");
  return path;
}

/** The folders that `init` makes, as far as finding looks at them. */
function project(path: string): string {
  const paths = projectPaths(path as ProjectRoot);
  for (const folder of [paths.ticketStore, join(paths.ticketView, ".git"), paths.hooksDirectory]) {
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(paths.marker, "{}");
  return path;
}

/** A linked worktree with what an agent's has. */
function agentWorktree(root: string, path: string, name: string): string {
  git(root, "worktree", "add", "-q", "-b", name, path);
  const paths = worktreePaths(path);
  mkdirSync(join(paths.ticketView, ".git"), { recursive: true });
  writeFileSync(paths.agentFile, "{}");
  return path;
}

test("from the root, any sub-directory, the people's view and the store", async () => {
  const root = project(repository(join(base, "p")));
  const paths = projectPaths(root as ProjectRoot);
  const deep = join(root, "src", "a", "b");
  mkdirSync(deep, { recursive: true });
  for (const cwd of [root, deep, paths.ticketView, join(paths.ticketView, ".git"), paths.ticketStore]) {
    expect(await findProject(cwd)).toEqual({ root, contextRoot: root });
  }
});

// P7
test("from an agent's worktree inside the project: its own context, the main root", async () => {
  const root = project(repository(join(base, "p")));
  const worktree = agentWorktree(root, join(root, "worktrees", "worker-0"), "worker-0");
  const deep = join(worktree, "src");
  mkdirSync(deep);
  for (const cwd of [worktree, deep, worktreePaths(worktree).ticketView]) {
    expect(await findProject(cwd)).toEqual({ root, contextRoot: worktree });
  }
});

test("a project below a folder named worktrees is itself, and so is its agent's worktree", async () => {
  const root = project(repository(join(base, "worktrees", "worker-0", "worktrees", "p")));
  const worktree = agentWorktree(root, join(root, "worktrees", "worker-1"), "worker-1");
  expect(await findProject(root)).toEqual({ root, contextRoot: root });
  expect(await findProject(worktree)).toEqual({ root, contextRoot: worktree });
});

test("a worktree outside the project", async () => {
  const root = project(repository(join(base, "p")));
  const worktree = agentWorktree(root, join(base, "elsewhere", "worker-0"), "worker-0");
  expect(await findProject(join(worktree))).toEqual({ root, contextRoot: worktree });
});

test("a worktree outside, below another project's folder", async () => {
  const other = project(repository(join(base, "other")));
  const root = project(repository(join(base, "p")));
  const worktree = agentWorktree(root, join(other, "sub", "worker-0"), "worker-0");
  expect(await findProject(worktree)).toEqual({ root, contextRoot: worktree });
});

test("through symbolic links the answer is the real path", async () => {
  const root = project(repository(join(base, "p")));
  const worktree = agentWorktree(root, join(root, "worktrees", "worker-0"), "worker-0");
  symlinkSync(root, join(base, "link"));
  symlinkSync(worktree, join(base, "agent"));
  expect(await findProject(join(base, "link"))).toEqual({ root, contextRoot: root });
  expect(await findProject(join(base, "link", "worktrees", "worker-0"))).toEqual({
    root,
    contextRoot: worktree,
  });
  expect(await findProject(join(base, "agent"))).toEqual({ root, contextRoot: worktree });
});

test("a person's own worktree, without a control folder", async () => {
  const root = project(repository(join(base, "p")));
  const own = join(base, "mine");
  git(root, "worktree", "add", "-q", "-b", "mine", own);
  mkdirSync(join(own, "src"));
  expect(await findProject(join(own, "src"))).toEqual({ root, contextRoot: own });
});

test("a project in a linked worktree of a bare repository, with an agent's worktree of its own", async () => {
  const bare = join(base, "store.git");
  git(repository(join(base, "seed")), "clone", "-q", "--bare", join(base, "seed"), bare);
  const root = join(base, "checkout");
  git(bare, "worktree", "add", "-q", root, "main");
  project(root);
  const worktree = agentWorktree(root, join(root, "worktrees", "worker-0"), "worker-0");
  expect(await findProject(root)).toEqual({ root, contextRoot: root });
  expect(await findProject(worktree)).toEqual({ root, contextRoot: worktree });
});

test("two checkouts of one repository, each a project: an agent's worktree belongs to the one around it", async () => {
  const one = project(repository(join(base, "one")));
  const two = join(base, "two");
  git(one, "worktree", "add", "-q", "-b", "two", two);
  project(two);
  const worktree = agentWorktree(two, join(two, "worktrees", "worker-0"), "worker-0");
  expect(await findProject(two)).toEqual({ root: two, contextRoot: two });
  expect((await findProject(worktree)).contextRoot).toBe(worktree);
  expect((await findProject(worktree)).root).toBe(two);
});

test("a lost store does not make an agent's worktree the project", async () => {
  const root = project(repository(join(base, "p")));
  const worktree = agentWorktree(root, join(base, "outside"), "worker-0");
  rmSync(projectPaths(root as ProjectRoot).ticketStore, { recursive: true });
  expect(await findProject(root)).toEqual({ root, contextRoot: root });
  expect(await findProject(worktree)).toEqual({ root, contextRoot: worktree });
});

test("a moved project still owns the worktrees inside it", async () => {
  const before = project(repository(join(base, "before")));
  agentWorktree(before, join(before, "worktrees", "worker-0"), "worker-0");
  const root = join(base, "after");
  renameSync(before, root);
  const worktree = join(root, "worktrees", "worker-0");
  expect(await findProject(worktree)).toEqual({ root, contextRoot: worktree });
});

test("another repository inside the project belongs to it", async () => {
  const root = project(repository(join(base, "p")));
  const inner = repository(join(root, "vendor", "inner"));
  expect(await findProject(inner)).toEqual({ root, contextRoot: root });
});

test("outside of any project", async () => {
  const plain = join(base, "plain");
  mkdirSync(plain);
  await expect(findProject(plain)).rejects.toMatchObject({
    code: "NOT_A_PROJECT",
    message: "Not in a wiggum project. Run 'wiggum init' first.",
  });
  await expect(findProject(repository(join(base, "r")))).rejects.toMatchObject({ code: "NOT_A_PROJECT" });
  await expect(findProject(join(base, "missing"))).rejects.toMatchObject({ code: "NOT_A_PROJECT" });
});

test("a foreign control folder is no project, and hides none above it", async () => {
  const root = project(repository(join(base, "p")));
  const inner = join(root, "sub");
  const foreign = worktreePaths(inner).controlDirectory;
  mkdirSync(foreign, { recursive: true });
  writeFileSync(join(foreign, "settings.ini"), "x");
  expect(inspectControlFolder(inner)).toBe("foreign");
  expect(await findProject(inner)).toEqual({ root, contextRoot: root });
  rmSync(projectPaths(root as ProjectRoot).controlDirectory, { recursive: true });
  await expect(findProject(inner)).rejects.toMatchObject({ code: "FOREIGN_FOLDER", data: { path: foreign } });
});
