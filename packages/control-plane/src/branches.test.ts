import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ticket } from "@wiggum/ticket-core";
import type { AgentRegistry } from "@wiggum/workflow";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createProjectBranches } from "./branches.js";
import { createAgentRegistry } from "./registry.js";
import { listSalvage } from "./salvage.js";
import { structuredDefaults } from "./settings.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { namesIn, picture, type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";

interface Extra {
  readonly checks?: readonly (readonly string[])[];
  readonly agent?: string;
  readonly ticket?: Partial<Ticket>;
  readonly fixture?: WorktreeFixture;
}

async function setting(extra: Extra = {}) {
  const fixture = extra.fixture ?? worktreeFixture();
  fixture.write(".git/info/exclude", "/worktrees/\n/.wiggum/\n");
  const { tickets, put } = memoryTickets();
  await put("tk-aaaa", { state: "done", assignedAgentId: "worker-0", leaseEpoch: 3, ...extra.ticket });
  const { paths } = fixture;
  const registry = createAgentRegistry({
    database: join(fixture.base, "agents.db"),
    panelsFile: join(fixture.base, "panels.json"),
    ownersDirectory: paths.ownersDirectory,
  });
  onTestFinished(() => registry.close());
  const contextRoot = extra.agent === undefined ? fixture.root : join(paths.worktreesDirectory, extra.agent);
  const branches = createProjectBranches({
    git: fixture.repository,
    paths,
    tickets,
    registry,
    settings: { ...structuredDefaults, checks: extra.checks ?? [] },
    environment: fixture.environment,
    snapshot: { regenerable: structuredDefaults.worktree.regenerable },
    caller: {
      contextRoot,
      ...(extra.agent === undefined
        ? {}
        : { agent: { agentId: extra.agent, ticketId: "tk-aaaa", epoch: 3 } }),
    },
  });
  const commitIn = (agentId: string, path: string, text: string) => {
    fixture.writeIn(join(paths.worktreesDirectory, agentId), path, text);
    fixture.inside(agentId, "add", "-A");
    fixture.inside(agentId, "commit", "-q", "-m", `${agentId} changes ${path}`);
  };
  const commitOnMain = (path: string, text: string) => {
    fixture.write(path, text);
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", `main changes ${path}`);
  };
  /** A feature branch with the agent's work handed in. */
  const feature = (path: string, text: string) => {
    fixture.addWorktree("worker-0");
    commitIn("worker-0", path, text);
    fixture.git("branch", "feature/tk-aaaa", "worker-0");
  };
  return { fixture, branches, put, registry, commitIn, commitOnMain, feature, tickets };
}

const tip = (fixture: WorktreeFixture, name: string) => fixture.git("rev-parse", name).trim();
/** Refs and files; what the control folder holds is no part of the code. */
const codeOf = (fixture: WorktreeFixture) => [
  fixture.git("for-each-ref"),
  picture(fixture.root, (path) => path === ".wiggum" || path === "worktrees"),
];
/** Scratch checkouts of this test alone. */
function scratchIn(folder: string): () => readonly string[] {
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => namesIn(folder).filter((name) => name.startsWith("wiggum-check-"));
}

async function reserved(registry: AgentRegistry, role: string, ticketId: string) {
  const base = { usesSlot: () => true, isTaken: () => false, isSupervised: false };
  const place = await registry.reserve({ role, ticketId, ...base });
  await registry.abandonSpawn(place.spawnId, "over");
  return place.agentId;
}

describe("merge", () => {
  // P42
  test("the base branch gets a merge, its checkout follows, unrelated local work stays", async () => {
    const { fixture, branches, feature } = await setting();
    feature("a.txt", "a\n");
    fixture.write("local.txt", "mine\n");
    expect(await branches.unmerged()).toEqual(["tk-aaaa"]);
    const merged = await branches.merge("tk-aaaa");
    expect(merged).toEqual({ status: "merged", into: "main", commit: tip(fixture, "main") });
    expect(fixture.git("log", "-1", "--format=%s", "main").trim()).toBe("Merge feature/tk-aaaa into main");
    expect(readFileSync(join(fixture.root, "a.txt"), "utf8")).toBe("a\n");
    expect(fixture.git("status", "--porcelain").trim()).toBe("?? local.txt");
    expect(await branches.merge("tk-aaaa")).toMatchObject({ status: "up-to-date" });
    expect(await branches.unmerged()).toEqual([]);
  });

  // P35
  test("a conflict leaves refs and checkouts as they were, files named", async () => {
    const { fixture, branches, feature, commitOnMain } = await setting();
    feature("README.md", "theirs\n");
    commitOnMain("README.md", "mine\n");
    const before = codeOf(fixture);
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "MERGE_CONFLICT",
      data: { files: ["README.md"] },
    });
    expect(codeOf(fixture)).toEqual(before);
    expect(existsSync(join(fixture.root, ".git/MERGE_HEAD"))).toBe(false);
  });

  // P35
  test("two branches that are green alone and red together: the base branch does not move", async () => {
    const { fixture, branches, feature, commitOnMain } = await setting({
      checks: [["sh", "-c", "echo looking; test ! -e a.txt || test ! -e b.txt || { echo both; exit 3; }"]],
    });
    const scratch = scratchIn(fixture.base);
    feature("a.txt", "a\n");
    commitOnMain("b.txt", "b\n");
    const before = tip(fixture, "main");
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "CHECKS_FAILED",
      data: { exitCode: 3, output: "looking\nboth" },
    });
    expect(tip(fixture, "main")).toBe(before);
    expect(existsSync(join(fixture.root, "a.txt"))).toBe(false);
    expect(scratch()).toEqual([]);
    expect(fixture.git("worktree", "list").trim().split("\n")).toHaveLength(2);
  });

  test("a check that hangs is stopped, with what it started", async () => {
    const { fixture, feature } = await setting();
    feature("a.txt", "a\n");
    const pids = join(fixture.base, "pids");
    const hanging = ["sh", "-c", `sleep 600 & echo $! $$ > '${pids}'; wait`];
    const branches = createProjectBranches({
      ...(await optionsOf(fixture)),
      settings: { ...structuredDefaults, checks: [hanging], checkTimeoutMs: 500 },
    });
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "CHECKS_FAILED",
      message: expect.stringContaining("was stopped"),
    });
    expect(await branches.unmerged()).toEqual(["tk-aaaa"]);
    const isThere = (pid: string) =>
      existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    await vi.waitFor(() => expect(readFileSync(pids, "utf8").trim().split(" ").filter(isThere)).toEqual([]));
  });

  test("what is checked is what comes: somebody's commit during the checks is checked as well", async () => {
    const { fixture, feature } = await setting();
    feature("a.txt", "a\n");
    const marker = join(fixture.base, "checked");
    const program = join(fixture.base, "check.sh");
    const env = `GIT_DIR='${join(fixture.root, ".git")}'`;
    // The first round: another commit lands on main. Each round notes which files it saw.
    writeFileSync(
      program,
      `#!/bin/sh\nls >> '${marker}'\necho -- >> '${marker}'\n` +
        `if [ "$(grep -c -e -- '${marker}')" = 1 ]; then tree=$(${env} git rev-parse other^{tree}); ` +
        `${env} git update-ref refs/heads/main other; fi\n`,
    );
    chmodSync(program, 0o755);
    fixture.git("branch", "other");
    fixture.addWorktree("other-1", "other");
    fixture.writeIn(join(fixture.paths.worktreesDirectory, "other-1"), "b.txt", "b\n");
    fixture.inside("other-1", "add", "-A");
    fixture.inside("other-1", "commit", "-q", "-m", "Other");
    fixture.git("update-ref", "refs/heads/other", "other-1");
    fixture.git("checkout", "-q", "--detach");
    const branches = createProjectBranches({
      ...(await optionsOf(fixture)),
      settings: { ...structuredDefaults, checks: [[program]] },
    });
    await branches.merge("tk-aaaa");
    const rounds = readFileSync(marker, "utf8").split("--\n").filter(Boolean);
    expect(rounds).toEqual(["README.md\na.txt\n", "README.md\na.txt\nb.txt\n"]);
    expect(fixture.git("ls-tree", "--name-only", "main").trim().split("\n")).toEqual([
      "README.md",
      "a.txt",
      "b.txt",
    ]);
  });

  test("concurrent merges of several tickets all land, one after the other", async () => {
    const { fixture, branches, put, commitIn } = await setting({ checks: [["true"]] });
    const ids = ["tk-1111", "tk-2222", "tk-3333", "tk-4444"];
    for (const [index, id] of ids.entries()) {
      await put(id, { state: "done" });
      fixture.addWorktree(`worker-${index}`, "main");
      commitIn(`worker-${index}`, `${id}.txt`, "x\n");
      fixture.git("branch", `feature/${id}`, `worker-${index}`);
    }
    const results = await Promise.all(ids.map((id) => branches.merge(id)));
    expect(results.map(({ status }) => status)).toEqual(ids.map(() => "merged"));
    expect(fixture.git("ls-tree", "--name-only", "main").trim().split("\n")).toEqual([
      "README.md",
      ...ids.map((id) => `${id}.txt`),
    ]);
  });

  test("overlapping local changes refuse with the files, nothing moved", async () => {
    const { fixture, branches, feature } = await setting();
    feature("README.md", "theirs\n");
    fixture.write("README.md", "local\n");
    const before = tip(fixture, "main");
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "CHECKOUT_OVERLAP",
      data: { files: ["README.md"] },
    });
    expect(tip(fixture, "main")).toBe(before);
    expect(readFileSync(join(fixture.root, "README.md"), "utf8")).toBe("local\n");
  });

  test("no feature branch; no commit on the base branch yet", async () => {
    const { branches } = await setting();
    await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
      code: "BRANCH_MISSING",
      message: "Feature branch not found: feature/tk-aaaa",
    });
    const empty = worktreeFixture({ isEmpty: true });
    const first = await setting({ fixture: empty });
    const { addWorktree } = await import("@wiggum/git");
    const path = join(empty.paths.worktreesDirectory, "worker-0");
    await addWorktree(empty.repository, { path, branch: "worker-0" });
    first.commitIn("worker-0", "a.txt", "a\n");
    empty.git("branch", "feature/tk-aaaa", "worker-0");
    expect(await first.branches.merge("tk-aaaa")).toMatchObject({ status: "merged", into: "main" });
    expect(readFileSync(join(empty.root, "a.txt"), "utf8")).toBe("a\n");
    expect(empty.git("status", "--porcelain").trim()).toBe("");
  });
});

/** Options for another one over the same repository, with a done ticket tk-aaaa of its own. */
async function optionsOf(fixture: WorktreeFixture): Promise<Parameters<typeof createProjectBranches>[0]> {
  const { tickets, put } = memoryTickets();
  await put("tk-aaaa", { state: "done" });
  const registry = createAgentRegistry({
    database: join(fixture.base, "other.db"),
    panelsFile: join(fixture.base, "other.json"),
    ownersDirectory: fixture.paths.ownersDirectory,
  });
  onTestFinished(() => registry.close());
  return {
    git: fixture.repository,
    paths: fixture.paths,
    tickets,
    registry,
    settings: structuredDefaults,
    environment: fixture.environment,
    snapshot: { regenerable: [] },
    caller: { contextRoot: fixture.root },
  };
}

describe("list and cleanup", () => {
  test("branches with their tickets; the filter is a part of the ticket's name", async () => {
    const { fixture, branches, registry, feature } = await setting();
    expect(await reserved(registry, "worker", "tk-aaaa")).toBe("worker-0");
    expect(await reserved(registry, "reviewer", "tk-aaaa")).toBe("reviewer-0");
    feature("a.txt", "a\n");
    fixture.git("branch", "reviewer-0");
    fixture.git("branch", "topic");
    expect(await branches.list()).toEqual([
      { branch: "feature/tk-aaaa", ticketId: "tk-aaaa", type: "feature" },
      { branch: "reviewer-0", ticketId: "tk-aaaa", type: "reviewer" },
      { branch: "worker-0", ticketId: "tk-aaaa", type: "worker" },
      { branch: "main", type: "other" },
      { branch: "topic", type: "other" },
    ]);
    expect(await branches.list("bbbb")).toEqual([]);
    expect(await branches.list("aa")).toHaveLength(3);
  });

  test("cleanup deletes what is merged and keeps the rest, with the reason; other agents' branches are not its business", async () => {
    const { fixture, branches, registry, feature, commitIn } = await setting();
    await reserved(registry, "worker", "tk-aaaa");
    await reserved(registry, "worker", "tk-bbbb");
    feature("a.txt", "a\n");
    fixture.git("branch", "worker-1", "feature/tk-aaaa");
    const kept = await branches.cleanup("tk-aaaa");
    expect(kept.deleted).toEqual([]);
    expect(kept.kept).toEqual([
      { branch: "worker-0", reason: expect.stringContaining("is on it") },
      { branch: "feature/tk-aaaa", reason: "it has commits that are not in main" },
    ]);
    fixture.git("merge", "-q", "feature/tk-aaaa");
    commitIn("worker-0", "more.txt", "more\n");
    fixture.inside("worker-0", "checkout", "-q", "--detach");
    expect(await branches.cleanup("tk-aaaa")).toEqual({
      deleted: ["feature/tk-aaaa"],
      kept: [{ branch: "worker-0", reason: "it has commits that are not in feature/tk-aaaa or main" }],
    });
    expect(
      fixture.git("branch", "--format=%(refname:short)", "--list", "worker-*").trim().split("\n"),
    ).toContain("worker-1");
  });
});

describe("rebase", () => {
  test("in an agent's own worktree, a conflict with what was merged meanwhile is resolved and then handed in cleanly", async () => {
    const { fixture, branches, commitIn, commitOnMain } = await setting({ agent: "worker-0" });
    fixture.git("branch", "feature/tk-aaaa");
    fixture.addWorktree("worker-0", "feature/tk-aaaa");
    commitIn("worker-0", "README.md", "mine\n");
    const original = tip(fixture, "worker-0");
    commitOnMain("README.md", "theirs\n");
    const outcome = await branches.rebase();
    const worktree = join(fixture.paths.worktreesDirectory, "worker-0");
    expect(outcome).toEqual({
      status: "conflict",
      target: "feature/tk-aaaa",
      files: ["README.md"],
      leftOpenIn: worktree,
      commands: { continue: "git rebase --continue", abort: "git rebase --abort" },
    });
    // The base branch's work came into the feature branch first: resolving is against what is there now.
    expect(fixture.git("merge-base", "--is-ancestor", "main", "feature/tk-aaaa")).toBe("");
    expect(await branches.rebase()).toEqual(outcome);
    writeFileSync(join(worktree, "README.md"), "both\n");
    fixture.inside("worker-0", "add", "README.md");
    fixture.inside("worker-0", "-c", "core.editor=true", "rebase", "--continue");
    expect(await branches.rebase()).toMatchObject({ status: "up-to-date" });
    expect(fixture.git("merge-tree", "--write-tree", "main", "worker-0")).toMatch(/^[0-9a-f]{40}$/m);
    // What the rebase replaced can be had back.
    const [saved] = await listSalvage(fixture.repository);
    expect(fixture.git("merge-base", "--is-ancestor", original, saved?.ref ?? "")).toBe("");
  });

  test("earlier handed-in work that conflicts: the base branch is merged into the agent's branch", async () => {
    const { fixture, branches, commitIn, commitOnMain, feature } = await setting({ agent: "worker-0" });
    feature("README.md", "mine\n");
    commitIn("worker-0", "b.txt", "b\n");
    commitOnMain("README.md", "theirs\n");
    const worktree = join(fixture.paths.worktreesDirectory, "worker-0");
    expect(await branches.rebase("tk-aaaa")).toMatchObject({
      status: "conflict",
      files: ["README.md"],
      leftOpenIn: worktree,
      commands: { continue: "git merge --continue", abort: "git merge --abort" },
    });
    writeFileSync(join(worktree, "README.md"), "both\n");
    fixture.inside("worker-0", "add", "README.md");
    fixture.inside("worker-0", "-c", "core.editor=true", "merge", "--continue");
    expect(fixture.git("merge-base", "--is-ancestor", "feature/tk-aaaa", "worker-0")).toBe("");
    expect(fixture.git("merge-base", "--is-ancestor", "main", "worker-0")).toBe("");
    // A second call does not take the merge apart again.
    expect(await branches.rebase()).toMatchObject({ status: "up-to-date" });
  });

  test("a clean one puts the branch on top of both", async () => {
    const { fixture, branches, commitIn, commitOnMain } = await setting({ agent: "worker-0" });
    fixture.git("branch", "feature/tk-aaaa");
    fixture.addWorktree("worker-0", "feature/tk-aaaa");
    commitIn("worker-0", "a.txt", "a\n");
    commitOnMain("b.txt", "b\n");
    expect(await branches.rebase()).toEqual({ status: "rebased", target: "feature/tk-aaaa", files: [] });
    expect(fixture.inside("worker-0", "ls-files")).toBe("README.md\na.txt\nb.txt");
  });

  test("elsewhere a conflict is taken back, and the feature branch is left alone", async () => {
    const { fixture, branches, commitOnMain, feature } = await setting();
    feature("README.md", "theirs\n");
    commitOnMain("c.txt", "c\n");
    fixture.git("checkout", "-q", "-b", "topic");
    commitOnMain("README.md", "topic\n");
    const before = codeOf(fixture);
    const outcome = await branches.rebase("tk-aaaa");
    expect(outcome).toEqual({ status: "conflict", target: "feature/tk-aaaa", files: ["README.md"] });
    expect(codeOf(fixture)).toEqual(before);
    expect(existsSync(join(fixture.root, ".git/rebase-merge"))).toBe(false);
  });

  test("refuses what is shared, what is dirty, what has no ticket, and a fenced agent", async () => {
    const person = await setting();
    person.feature("a.txt", "a\n");
    await expect(person.branches.rebase("tk-aaaa")).rejects.toMatchObject({ code: "REBASE_REFUSED" });
    await expect(person.branches.rebase()).rejects.toMatchObject({ code: "TICKET_NOT_NAMED" });
    person.fixture.git("checkout", "-q", "-b", "topic");
    person.fixture.write("README.md", "changed\n");
    await expect(person.branches.rebase("tk-aaaa")).rejects.toMatchObject({
      code: "REBASE_REFUSED",
      message: expect.stringContaining("README.md"),
    });
    // P28
    const fenced = await setting({
      agent: "worker-0",
      ticket: { leaseEpoch: 4, assignedAgentId: "worker-1" },
    });
    fenced.feature("a.txt", "a\n");
    fenced.commitOnMain("b.txt", "b\n");
    const before = fenced.fixture.git("for-each-ref");
    await expect(fenced.branches.rebase("tk-aaaa")).rejects.toMatchObject({
      code: "TICKET_FENCED",
      data: { holder: "worker-1" },
    });
    expect(fenced.fixture.git("for-each-ref")).toBe(before);
  });
});
