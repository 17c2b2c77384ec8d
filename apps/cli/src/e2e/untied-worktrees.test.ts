// An agent's worktree whose `.git` is gone or damaged: git would answer for the repository around it.
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";

let repository: Repository;

beforeAll(async () => {
  repository = await createRepository();
});

afterAll(() => repository.remove());

async function startWithWork(): Promise<{ readonly agentId: string; readonly worktree: string }> {
  const id = await repository.succeed(["ticket", "create", "Work"]);
  const agentId = await repository.succeed(["spawn", "worker", id]);
  const worktree = join(repository.root, "worktrees", agentId);
  writeFileSync(join(worktree, "keep"), "keep me\n");
  // A change of the main checkout is not the agent's work.
  repository.write("README.md", "# Changed by a person\n");
  return { agentId, worktree };
}

test.each([
  ["gone", (worktree: string) => rmSync(join(worktree, ".git"))],
  ["garbage", (worktree: string) => writeFileSync(join(worktree, ".git"), "garbage\n")],
  [
    "gone, and git has forgotten the worktree",
    (worktree: string) => {
      rmSync(join(worktree, ".git"));
      repository.git("worktree", "prune");
    },
  ],
])(
  "the file .git is %s: doctor names it, kill writes it anew and saves the work",
  async (_, damage) => {
    const { agentId, worktree } = await startWithWork();
    damage(worktree);
    const looked = await repository.wiggum(["doctor"]);
    expect([looked.exitCode, looked.stdout]).toEqual([1, expect.stringContaining("(WORKTREE_UNTIED)")]);
    const { exitCode, stderr } = await repository.wiggum(["kill", agentId, "--force"]);
    expect([exitCode, stderr]).toEqual([
      0,
      expect.stringContaining("was gone or damaged: it was written anew"),
    ]);
    const point = /wiggum salvage restore (\S+)/.exec(stderr)?.[1] ?? "none";
    const shown = await repository.succeed(["salvage", "show", point]);
    expect(shown).toContain("+keep me");
    expect(shown).not.toContain("Changed by a person");
    expect(existsSync(worktree)).toBe(false);
    expect(repository.git("branch", "--list", agentId)).toBe("");
  },
  60_000,
);

test("'doctor --fix' mends it, and the agent goes on", async () => {
  const { worktree, agentId } = await startWithWork();
  rmSync(join(worktree, ".git"));
  await repository.wiggum(["doctor", "--fix"]);
  expect(repository.git("-C", worktree, "status", "--porcelain", "keep")).toBe("?? keep");
  expect((await repository.wiggum(["doctor"])).stdout).not.toContain("WORKTREE_UNTIED");
  await repository.succeed(["kill", agentId, "--force"]);
}, 60_000);

test("a repository of its own in it: nothing is guessed, and the step that is named leads on", async () => {
  const { worktree, agentId } = await startWithWork();
  rmSync(join(worktree, ".git"));
  repository.git("init", "-q", worktree);
  const stuck = await repository.wiggum(["kill", agentId, "--force"]);
  expect([stuck.exitCode, stuck.stderr]).toEqual([
    1,
    expect.stringMatching(/its \.git belongs to another repository .+; move that \.git out of it/),
  ]);
  rmSync(join(worktree, ".git"), { recursive: true });
  const { exitCode, stderr } = await repository.wiggum(["kill", agentId, "--force"]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Kept its work")]);
  expect(existsSync(worktree)).toBe(false);
}, 60_000);

test("it was moved, and git knows: the branch stays, and the step that is named leads on", async () => {
  const { worktree, agentId } = await startWithWork();
  const moved = join(repository.root, "..", "moved");
  renameSync(worktree, moved);
  repository.git("worktree", "repair", moved);
  const stuck = await repository.wiggum(["kill", agentId, "--force"]);
  expect([stuck.exitCode, stuck.stderr]).toEqual([
    1,
    expect.stringContaining(`move that folder back to ${worktree}, or switch it to another branch`),
  ]);
  renameSync(moved, worktree);
  const { exitCode, stderr } = await repository.wiggum(["kill", agentId, "--force"]);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining("Kept its work")]);
  expect(existsSync(worktree)).toBe(false);
  expect(repository.git("branch", "--list", agentId)).toBe("");
}, 60_000);
