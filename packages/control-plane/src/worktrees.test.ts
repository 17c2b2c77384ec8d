import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { AgentFacts, AgentWorkspaces } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test } from "vitest";
import { worktreePaths } from "./project-paths.js";
import { proveSafe } from "./safe-removal.js";
import { listSalvage } from "./salvage.js";
import { restoreSalvage } from "./salvage-restore.js";
import { structuredDefaults } from "./settings.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { picture, type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";
import { hideOwnFiles } from "./worktree-ignore.js";
import { createAgentWorkspaces } from "./worktrees.js";

const { regenerable } = structuredDefaults.worktree;

function workspacesOf(fixture: WorktreeFixture, tickets = memoryTickets().tickets): AgentWorkspaces {
  return createAgentWorkspaces({
    git: fixture.repository,
    paths: fixture.paths,
    tickets,
    snapshot: { regenerable },
    roles: async () => ["worker", "reviewer", "qa", "supervisor"],
  });
}

/** A worktree as a spawn leaves it. */
async function agentWorktree(fixture: WorktreeFixture, agentId: string, startAt = "main") {
  const workspaces = workspacesOf(fixture);
  const { worktree, branch } = workspaces.place(agentId);
  await workspaces.create({ agentId, worktree, branch, startAt: await workspaces.startCommit(startAt) });
  const own = worktreePaths(worktree);
  fixture.writeIn(worktree, own.agentFile.slice(worktree.length + 1), "{}\n");
  fixture.writeIn(worktree, own.promptFile.slice(worktree.length + 1), "prompt\n");
  fixture.writeIn(own.ticketView, "tk-1.md", "view\n");
  const commit = (path: string, text: string) => {
    fixture.writeIn(worktree, path, text);
    fixture.inside(agentId, "add", "-A");
    fixture.inside(agentId, "commit", "-q", "-m", `Change ${path}`);
    return fixture.inside(agentId, "rev-parse", "HEAD");
  };
  const clear = async (isForced: boolean) =>
    workspaces.clear(agentId, await workspaces.remains(agentId, undefined), isForced);
  return { workspaces, worktree, branch, commit, clear };
}

function branchesOf(fixture: WorktreeFixture): readonly string[] {
  return fixture.git("branch", "--format=%(refname:short)").trim().split("\n");
}

describe("clear", () => {
  test("a worktree without work of its own goes, with its branch", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree } = await agentWorktree(fixture, "reviewer-0");
    expect(await clear(false)).toEqual({ warnings: [], unfinished: [] });
    expect(existsSync(worktree)).toBe(false);
    expect(branchesOf(fixture)).toEqual(["main"]);
    expect(fixture.git("worktree", "list").trim().split("\n")).toHaveLength(1);
    expect(await listSalvage(fixture.repository)).toEqual([]);
  });

  // P24
  test("uncommitted work keeps it; with force it is saved first, and comes back byte for byte", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree } = await agentWorktree(fixture, "worker-0");
    fixture.writeIn(worktree, "README.md", "changed\n");
    fixture.writeIn(worktree, "untracked.bin", Buffer.from([0, 1, 2, 255]));
    const before = picture(worktree);
    const kept = await clear(false);
    expect(kept).toMatchObject({ keptWorktree: worktree, keptBranch: "worker-0" });
    expect(kept.warnings.join("\n")).toContain("README.md, untracked.bin");
    expect(kept.warnings.join("\n")).toContain("wiggum kill worker-0 --force");
    expect(picture(worktree)).toEqual(before);
    const forced = await clear(true);
    expect(forced).toMatchObject({ warnings: [], salvaged: expect.stringMatching(/^worker-0\//) });
    expect(existsSync(worktree)).toBe(false);
    expect(branchesOf(fixture)).toEqual(["main"]);
    const folder = join(fixture.base, "back");
    await restoreSalvage(fixture.repository, forced.salvaged ?? "", folder);
    const isOwn = (path: string) => path.startsWith(".wiggum");
    expect(picture(folder)).toEqual(before.filter((line) => !isOwn(line.slice(2))));
  });

  // P24
  test("unmerged commits keep the branch, not the worktree; with force they lie under a salvage point", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree, commit } = await agentWorktree(fixture, "worker-0");
    const tip = commit("a.txt", "a\n");
    const kept = await clear(false);
    expect(kept).toMatchObject({ keptBranch: "worker-0" });
    expect(kept.keptWorktree).toBeUndefined();
    expect(existsSync(worktree)).toBe(false);
    expect(fixture.git("rev-parse", "worker-0").trim()).toBe(tip);
    const forced = await clear(true);
    expect(forced.salvaged).toBeDefined();
    expect(branchesOf(fixture)).toEqual(["main"]);
    const [entry] = await listSalvage(fixture.repository);
    expect(fixture.git("merge-base", "--is-ancestor", tip, entry?.ref ?? "")).toBe("");
  });

  // P24
  test("commits that only an older salvage point holds keep the branch: that point goes when its time is over", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree, commit, workspaces } = await agentWorktree(fixture, "worker-0");
    const tip = commit("a.txt", "a\n");
    fixture.writeIn(worktree, "half.txt", "half\n");
    expect((await workspaces.salvage("worker-0", worktree)).name).toBeDefined();
    rmSync(join(worktree, "half.txt"));
    expect(await clear(false)).toMatchObject({ keptBranch: "worker-0" });
    expect(fixture.git("rev-parse", "worker-0").trim()).toBe(tip);
    const forced = await clear(true);
    expect(branchesOf(fixture)).toEqual(["main"]);
    expect(fixture.git("merge-base", "--is-ancestor", tip, `refs/wiggum/salvage/${forced.salvaged}`)).toBe(
      "",
    );
  });

  test("commits that the feature branch has free the branch; those that only another agent has do not", async () => {
    const fixture = worktreeFixture();
    const worker = await agentWorktree(fixture, "worker-0");
    const tip = worker.commit("a.txt", "a\n");
    const reviewer = await agentWorktree(fixture, "reviewer-0", "worker-0");
    expect(await reviewer.clear(false)).toMatchObject({ keptBranch: "reviewer-0" });
    fixture.git("branch", "feature/tk-1", tip);
    expect(await reviewer.clear(false)).toEqual({ warnings: [], unfinished: [] });
    expect(await worker.clear(false)).toEqual({ warnings: [], unfinished: [] });
    expect(branchesOf(fixture)).toEqual(["feature/tk-1", "main"]);
  });

  test("commits of a detached HEAD keep the worktree", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree, commit } = await agentWorktree(fixture, "worker-0");
    fixture.inside("worker-0", "checkout", "-q", "--detach");
    const tip = commit("a.txt", "a\n");
    expect((await clear(false)).warnings.join()).toContain(tip.slice(0, 12));
    expect(existsSync(worktree)).toBe(true);
    await clear(true);
    expect(existsSync(worktree)).toBe(false);
    const [entry] = await listSalvage(fixture.repository);
    expect(fixture.git("merge-base", "--is-ancestor", tip, entry?.ref ?? "")).toBe("");
  });

  // P24
  test("ignored files that exist nowhere else are saved even without force, and keep nothing", async () => {
    const fixture = worktreeFixture();
    fixture.write(".gitignore", ".env\nnode_modules/\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Ignore");
    const { clear, worktree } = await agentWorktree(fixture, "reviewer-0");
    fixture.writeIn(worktree, ".env", "TOKEN=1\n");
    fixture.writeIn(worktree, "node_modules/x.js", "x\n");
    const cleared = await clear(false);
    expect(cleared).toMatchObject({ warnings: [], salvaged: expect.any(String) });
    expect(existsSync(worktree)).toBe(false);
    const [entry] = await listSalvage(fixture.repository);
    expect(entry?.files).toEqual([".env"]);
  });

  test("a process that works there keeps the worktree, and is left alone", async () => {
    const fixture = worktreeFixture();
    const { worktree } = await agentWorktree(fixture, "worker-0");
    const sleeper = spawn("sleep", ["600"], { cwd: worktree });
    onTestFinished(() => void sleeper.kill("SIGKILL"));
    const verdict = await proveSafe(fixture.repository, worktree, { mainRoot: fixture.root, regenerable });
    expect(verdict).toMatchObject({
      status: "unsafe",
      dangers: [{ kind: "process", detail: expect.stringContaining(String(sleeper.pid)) }],
    });
    expect(sleeper.exitCode).toBeNull();
  });

  test("a locked one stays, with force as well", async () => {
    const fixture = worktreeFixture();
    const { clear, worktree } = await agentWorktree(fixture, "worker-0");
    fixture.git("worktree", "lock", "--reason", "on a stick", worktree);
    expect((await clear(true)).warnings.join()).toContain("on a stick");
    expect(existsSync(worktree)).toBe(true);
  });

  test("what git knows nothing of is not judged: it stays unless it is empty", async () => {
    const fixture = worktreeFixture();
    const workspaces = workspacesOf(fixture);
    const { worktree } = workspaces.place("worker-3");
    fixture.writeIn(worktree, "a.txt", "a\n");
    const cleared = await workspaces.clear("worker-3", await workspaces.remains("worker-3", undefined), true);
    expect(cleared.keptWorktree).toBe(worktree);
    const empty = workspaces.place("worker-4").worktree;
    mkdirSync(empty);
    await workspaces.clear("worker-4", { worktree: empty }, false);
    expect(existsSync(empty)).toBe(false);
  });

  test("a folder that was deleted by hand leaves no branch behind that nobody can delete", async () => {
    const fixture = worktreeFixture();
    const { workspaces, worktree } = await agentWorktree(fixture, "worker-0");
    const { rmSync } = await import("node:fs");
    rmSync(worktree, { recursive: true });
    await workspaces.clear("worker-0", await workspaces.remains("worker-0", undefined), false);
    expect(branchesOf(fixture)).toEqual(["main"]);
  });

  test("a worktree in a repository without any commit", async () => {
    const fixture = worktreeFixture({ isEmpty: true });
    const workspaces = workspacesOf(fixture);
    const { worktree, branch } = workspaces.place("worker-0");
    await workspaces.create({ agentId: "worker-0", worktree, branch });
    fixture.writeIn(worktree, "a.txt", "a\n");
    const remains = await workspaces.remains("worker-0", undefined);
    expect((await workspaces.clear("worker-0", remains, false)).keptWorktree).toBe(worktree);
    await workspaces.clear("worker-0", remains, true);
    expect(existsSync(worktree)).toBe(false);
    expect((await listSalvage(fixture.repository))[0]?.files).toEqual(["a.txt"]);
  });
});

describe("names", () => {
  test("a branch that only looks like an agent's is nobody's to delete", async () => {
    const fixture = worktreeFixture();
    fixture.git("branch", "release-2");
    fixture.git("branch", "worker-9");
    const workspaces = workspacesOf(fixture);
    expect(await workspaces.remains("release-2", undefined)).toEqual({});
    expect(await workspaces.remains("main", undefined)).toEqual({});
    expect(await workspaces.remains("../../etc", undefined)).toEqual({});
    expect(await workspaces.remains("worker-9", undefined)).toEqual({ branch: "worker-9" });
    const isTaken = await workspaces.takenNames();
    expect([isTaken("worker-9"), isTaken("worker-1")]).toEqual([true, false]);
  });
});

describe("what an agent must not commit", () => {
  test("'git add -A' in its worktree takes nothing that a spawn put there, with no ignore file committed", async () => {
    const fixture = worktreeFixture();
    fixture.write(".git/info/exclude", "");
    const { worktree } = await agentWorktree(fixture, "worker-0");
    expect(fixture.inside("worker-0", "status", "--porcelain")).toBe("");
    fixture.writeIn(worktree, "real.txt", "work\n");
    fixture.inside("worker-0", "add", "-A");
    expect(fixture.inside("worker-0", "diff", "--cached", "--name-only")).toBe("real.txt");
    expect(fixture.git("status", "--porcelain").trim()).toBe("");
    const once = readFileSync(join(fixture.root, ".git/info/exclude"), "utf8");
    await hideOwnFiles(fixture.repository, fixture.paths);
    expect(readFileSync(join(fixture.root, ".git/info/exclude"), "utf8")).toBe(once);
  });
});

describe("look", () => {
  test("base branch, feature branch, unmerged dependencies, and the holder's branch and worktree", async () => {
    const fixture = worktreeFixture();
    const { tickets, put } = memoryTickets();
    await put("tk-aaaa", { state: "done" });
    await put("tk-bbbb", { state: "done" });
    await put("tk-cccc", { state: "closed" });
    const ticket = await put("tk-dddd", {
      state: "in-progress",
      dependsOn: ["tk-aaaa", "tk-bbbb", "tk-cccc"],
      assignedAgentId: "worker-0",
    });
    const workspaces = workspacesOf(fixture, tickets);
    const worker = await agentWorktree(fixture, "worker-0");
    const tip = worker.commit("a.txt", "a\n");
    fixture.git("branch", "feature/tk-aaaa", tip);
    fixture.git("branch", "feature/tk-bbbb", "main");
    fixture.git("branch", "feature/tk-cccc", tip);
    const holder = { agentId: "worker-0", worktree: worker.worktree } as AgentFacts;
    expect(await workspaces.look(ticket, holder)).toEqual({
      baseBranch: "main",
      hasCommits: true,
      feature: { branch: "feature/tk-dddd", exists: false },
      unmergedDependencies: ["feature/tk-aaaa"],
      holder: { branch: "worker-0", containsFeature: true, worktree: worker.worktree },
    });
    fixture.git("branch", "feature/tk-dddd", "main");
    fixture.write("later.txt", "later\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Later");
    fixture.git("branch", "-f", "feature/tk-dddd", "main");
    expect(await workspaces.look(ticket, holder)).toMatchObject({
      feature: { exists: true },
      holder: { containsFeature: false },
    });
  });

  test("dependencies that do not go together refuse a feature branch, and nothing is made", async () => {
    const fixture = worktreeFixture();
    for (const name of ["aaaa", "bbbb"]) {
      const { commit, clear } = await agentWorktree(fixture, "worker-0");
      fixture.git("branch", `feature/tk-${name}`, commit("README.md", `${name}\n`));
      await clear(true);
    }
    const before = branchesOf(fixture);
    const combining = workspacesOf(fixture).combine("main", ["feature/tk-aaaa", "feature/tk-bbbb"]);
    await expect(combining).rejects.toMatchObject({
      code: "MERGE_CONFLICT",
      data: { source: "feature/tk-bbbb", files: ["README.md"] },
    });
    expect(branchesOf(fixture)).toEqual(before);
  });

  test("a link to the main checkout's agent settings is removed as a link", async () => {
    const fixture = worktreeFixture();
    fixture.write(".claude/settings.json", "{}\n");
    const { clear, worktree } = await agentWorktree(fixture, "worker-0");
    symlinkSync(fixture.paths.claudeDirectory, join(worktree, ".claude"));
    await clear(true);
    expect(existsSync(worktree)).toBe(false);
    expect(readFileSync(join(fixture.root, ".claude/settings.json"), "utf8")).toBe("{}\n");
  });
});
