import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createProjectBranches } from "./branches.js";
import { createAgentRegistry } from "./registry.js";
import { structuredDefaults } from "./settings.js";
import { codeOf, reserved, scratchIn, setting, tip } from "./testing/branches-setting.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";

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

  // P36
  test("checks of a merge that was killed are ended before others run", async () => {
    const { fixture, branches, feature } = await setting({ checks: [["true"]] });
    const scratch = scratchIn(fixture.base);
    feature("a.txt", "a\n");
    const folder = join(mkdtempSync(join(fixture.base, "wiggum-check-")), "tree");
    fixture.git("worktree", "add", "-q", "--detach", folder, "main");
    const environment = { ...fixture.environment, WIGGUM_CHECK_FOLDER: folder };
    const left = spawn("sleep", ["600"], { cwd: folder, env: environment, detached: true, stdio: "ignore" });
    const ended = once(left, "exit");
    await branches.merge("tk-aaaa");
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(scratch()).toEqual([]);
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

// P28
test.each(["merge", "cleanup"] as const)(
  "an agent whose claim was taken over does no %s, of whatever ticket",
  async (step) => {
    const { fixture, branches, feature } = await setting({
      agent: "worker-0",
      ticket: { leaseEpoch: 4, assignedAgentId: "worker-1" },
    });
    feature("a.txt", "a\n");
    const before = fixture.git("for-each-ref");
    for (const ticketId of ["tk-aaaa", "tk-bbbb"]) {
      await expect(branches[step](ticketId)).rejects.toMatchObject({
        code: "TICKET_FENCED",
        data: { id: "tk-aaaa", current: 4, holder: "worker-1" },
      });
    }
    expect(fixture.git("for-each-ref")).toBe(before);
  },
);

test("a checkout in the middle of a merge cannot follow: that is said, not that local changes are in the way", async () => {
  const { fixture, branches, feature } = await setting();
  feature("a.txt", "a\n");
  fixture.git("checkout", "-q", "-b", "side");
  fixture.write("README.md", "side\n");
  fixture.git("commit", "-qam", "Side");
  fixture.git("checkout", "-q", "main");
  fixture.write("README.md", "main\n");
  fixture.git("commit", "-qam", "Main");
  expect(() => fixture.git("merge", "side")).toThrow();
  await expect(branches.merge("tk-aaaa")).rejects.toMatchObject({
    code: "CHECKOUT_BUSY",
    message: expect.stringContaining("a merge with conflicts is open there"),
  });
});

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
