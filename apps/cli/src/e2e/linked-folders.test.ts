// A symbolic link in the place of something that Wiggum writes: nothing behind it is read, written or removed.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;
let outside: string;
let ticketId: string;

beforeEach(async () => {
  repository = await createRepository();
  ticketId = await repository.succeed(["ticket", "create", "Mine"]);
  outside = join(dirname(repository.root), "outside");
  mkdirSync(outside);
  repository.write("../outside/README.md", "mine\n");
  repository.git("-C", outside, "init", "-q", "-b", "main");
  repository.git("-C", outside, "add", ".");
  repository.git(
    "-C",
    outside,
    "-c",
    "user.name=X",
    "-c",
    "user.email=x@example.org",
    "commit",
    "-qm",
    "Mine",
  );
});

afterEach(() => repository.remove());

const ids = async () =>
  (await repository.json<{ tickets: readonly { id: string }[] }>(["ticket", "list"])).tickets
    .map(({ id }) => id)
    .sort();

/** Puts a link to somebody else's repository in the place of `path`, and answers how to put back what was there. */
function linkOut(path: string): () => void {
  const place = join(repository.root, path);
  const aside = join(dirname(repository.root), "aside");
  renameSync(place, aside);
  symlinkSync(outside, place);
  return () => {
    rmSync(place, { force: true });
    renameSync(aside, place);
  };
}

/** Every file below a folder, git's own as well. */
function contentOf(folder: string): readonly (readonly [path: string, content: string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort()
    .map((path) => [path, readFileSync(path, "latin1")] as const);
}

test.each([".wiggum/tickets", ".wiggum/tickets.git"])(
  "%s: every command ends with 1 and one sentence, doctor names it, nothing outside is touched",
  async (path) => {
    const before = contentOf(outside);
    const putBack = linkOut(path);
    for (const typed of [
      ["ticket", "comment", ticketId, "me", "x"],
      ["ticket", "sync"],
      ["init"],
      ["status"],
    ]) {
      const { exitCode, stdout, stderr } = await repository.wiggum(typed);
      expect([typed, exitCode, stdout]).toEqual([typed, 1, ""]);
      expect(stderr).toMatch(/^\[error\] \S+ is a symbolic link: .+\n {8}next: Remove the link.+\n$/);
    }
    for (const typed of [["doctor"], ["doctor", "--fix"]]) {
      const { exitCode, stdout } = await repository.wiggum(typed);
      expect([typed, exitCode]).toEqual([typed, 1]);
      expect(stdout).toContain(`${path} is a symbolic link`);
    }
    expect(contentOf(outside)).toEqual(before);
    putBack();
    expect(await ids()).toEqual([ticketId]);
    expect((await repository.succeed(["ticket", "history", ticketId])).split("\n")).toHaveLength(1);
  },
  60_000,
);

test("an agent that links its view or its whole folder away: nothing outside is touched, also by its end", async () => {
  await repository.succeed(["spawn", "worker", ticketId]);
  const worktree = join(repository.root, "worktrees/worker-0");
  for (const name of ["tickets", "current_prompt.md"]) repository.write(`../outside/${name}`, "not yours\n");
  const before = contentOf(outside);
  const putBack = linkOut("worktrees/worker-0/.wiggum/tickets");
  const listed = await repository.wiggum(["ticket", "list"], { cwd: worktree });
  expect([listed.exitCode, listed.stderr]).toEqual([1, expect.stringContaining("is a symbolic link")]);
  expect((await repository.wiggum(["doctor", "--fix"])).stdout).toContain(
    "worktrees/worker-0/.wiggum/tickets",
  );
  putBack();
  linkOut("worktrees/worker-0/.wiggum");
  const looked = await repository.wiggum(["doctor", "--fix"]);
  expect([looked.exitCode, looked.stdout]).toEqual([
    1,
    expect.stringMatching(/worker-0\/\.wiggum is a symbolic link: .+ \(VIEW_BROKEN\)/),
  ]);
  const killed = await repository.wiggum(["kill", "worker-0", "--force"]);
  expect([killed.exitCode, killed.stderr]).toEqual([0, expect.stringContaining("Kept its work")]);
  expect(existsSync(worktree)).toBe(false);
  expect(contentOf(outside)).toEqual(before);
}, 60_000);

test("a person may keep the whole .wiggum elsewhere; a link that leads nowhere is named", async () => {
  const control = join(repository.root, ".wiggum");
  const elsewhere = join(dirname(repository.root), "elsewhere");
  renameSync(control, elsewhere);
  symlinkSync(elsewhere, control);
  const second = await repository.succeed(["ticket", "create", "Second"]);
  expect(await ids()).toEqual([ticketId, second].sort());
  await repository.succeed(["init"]);
  await repository.succeed(["doctor"]);
  expect(lstatSync(control).isSymbolicLink()).toBe(true);
  renameSync(elsewhere, `${elsewhere}-gone`);
  for (const typed of [["init"], ["ticket", "list"]]) {
    const { exitCode, stderr } = await repository.wiggum(typed);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^\[error\] \S+\/\.wiggum was not made by Wiggum\n/),
    ]);
  }
  renameSync(`${elsewhere}-gone`, elsewhere);
}, 60_000);
