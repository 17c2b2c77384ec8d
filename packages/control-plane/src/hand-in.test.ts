import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Ticket } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import { createHandIn } from "./hand-in.js";
import { memoryTickets } from "./testing/memory-tickets.js";
import { picture, type WorktreeFixture, worktreeFixture } from "./testing/worktree-fixture.js";

async function setting(values: Partial<Ticket> = {}, fixture: WorktreeFixture = worktreeFixture()) {
  const { tickets, put } = memoryTickets();
  const ticket = await put("tk-aaaa", { state: "in-progress", assignedAgentId: "worker-0", ...values });
  const registry = {
    read: async (agentId: string) =>
      agentId === "worker-0"
        ? {
            agentId,
            role: "worker",
            number: 0,
            createdAt: "",
            isSupervised: false,
            isLive: true,
            worktree: join(fixture.paths.worktreesDirectory, "worker-0"),
          }
        : undefined,
  };
  const handIn = createHandIn({ git: fixture.repository, tickets, registry });
  const commit = (path: string, text: string, agentId = "worker-0") => {
    fixture.writeIn(join(fixture.paths.worktreesDirectory, agentId), path, text);
    fixture.inside(agentId, "add", "-A");
    fixture.inside(agentId, "commit", "-q", "-m", `Change ${path}`);
  };
  return { fixture, ticket, handIn, commit, put };
}

const tip = (fixture: WorktreeFixture, name: string) => fixture.git("rev-parse", name).trim();

describe("hand-in", () => {
  test("the assignee's commits go into the feature branch, and no checkout is touched", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.git("branch", "feature/tk-aaaa");
    fixture.addWorktree("worker-0", "feature/tk-aaaa");
    commit("a.txt", "a\n");
    fixture.write("local.txt", "mine\n");
    const before = [picture(fixture.root), fixture.git("status", "--porcelain"), tip(fixture, "main")];
    expect(await handIn.facts(ticket)).toEqual({
      source: "worker-0",
      target: "feature/tk-aaaa",
      base: "main",
      newCommits: 1,
      workCommits: 1,
      uncommittedFiles: [],
      conflictsWithBase: [],
    });
    expect(await handIn.handIn(ticket)).toEqual({ status: "merged", commit: tip(fixture, "worker-0") });
    expect(tip(fixture, "feature/tk-aaaa")).toBe(tip(fixture, "worker-0"));
    expect(await handIn.handIn(ticket)).toMatchObject({ status: "up-to-date" });
    expect([picture(fixture.root), fixture.git("status", "--porcelain"), tip(fixture, "main")]).toEqual(
      before,
    );
  });

  test("a feature branch that went on gets a merge with the documented message", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.addWorktree("worker-0");
    commit("a.txt", "a\n");
    fixture.git("branch", "feature/tk-aaaa", "main");
    fixture.addWorktree("other-1", "feature/tk-aaaa");
    commit("b.txt", "b\n", "other-1");
    fixture.git("update-ref", "refs/heads/feature/tk-aaaa", "other-1");
    await handIn.handIn(ticket);
    expect(fixture.git("log", "-1", "--format=%s", "feature/tk-aaaa").trim()).toBe(
      "Merge worker-0 into feature/tk-aaaa",
    );
  });

  // P35
  test("a conflict changes nothing and names the files and the way out", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.addWorktree("worker-0");
    commit("README.md", "mine\n");
    fixture.addWorktree("other-1", "main");
    commit("README.md", "theirs\n", "other-1");
    fixture.git("branch", "feature/tk-aaaa", "other-1");
    const before = fixture.git("for-each-ref");
    for (const ask of [() => handIn.check?.(ticket), () => handIn.handIn(ticket)]) {
      await expect(ask()).rejects.toMatchObject({
        code: "MERGE_CONFLICT",
        data: { source: "worker-0", target: "feature/tk-aaaa", files: ["README.md"] },
        message: expect.stringContaining("Merge conflict detected!"),
        hint: expect.stringContaining("wiggum rebase"),
      });
    }
    expect(fixture.git("for-each-ref")).toBe(before);
  });

  test("without a feature branch it is made at the worker's branch", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.addWorktree("worker-0");
    commit("a.txt", "a\n");
    expect(await handIn.handIn(ticket)).toMatchObject({ status: "merged" });
    expect(tip(fixture, "feature/tk-aaaa")).toBe(tip(fixture, "worker-0"));
  });

  test.each([["reviewer-0"], ["alice"], [undefined]])(
    "nothing is handed in for %s",
    async (assignedAgentId) => {
      const { fixture, ticket, handIn } = await setting({ assignedAgentId });
      fixture.addWorktree("reviewer-0");
      expect(await handIn.facts(ticket)).toMatchObject({ newCommits: 0, workCommits: 0 });
      expect((await handIn.facts(ticket)).source).toBeUndefined();
      expect(await handIn.handIn(ticket)).toEqual({ status: "nothing" });
    },
  );

  test("overlapping local changes in a checkout of the feature branch refuse, and nothing moves", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.addWorktree("worker-0");
    commit("README.md", "mine\n");
    fixture.git("checkout", "-q", "-b", "feature/tk-aaaa");
    writeFileSync(join(fixture.root, "README.md"), "local\n");
    for (const ask of [() => handIn.check?.(ticket), () => handIn.handIn(ticket)]) {
      await expect(ask()).rejects.toMatchObject({
        code: "CHECKOUT_OVERLAP",
        data: { files: ["README.md"] },
      });
    }
    expect(tip(fixture, "feature/tk-aaaa")).toBe(tip(fixture, "main"));
  });
});

describe("facts", () => {
  // P41
  test("the work of dependencies, and merges, are not the ticket's own work", async () => {
    const { fixture, ticket, handIn, commit, put } = await setting({ dependsOn: ["tk-bbbb"] });
    await put("tk-bbbb", { state: "done" });
    fixture.addWorktree("other-1");
    commit("b.txt", "b\n", "other-1");
    fixture.git("branch", "feature/tk-bbbb", "other-1");
    fixture.git("branch", "feature/tk-aaaa", "feature/tk-bbbb");
    fixture.addWorktree("worker-0", "feature/tk-aaaa");
    fixture.write("later.txt", "later\n");
    fixture.git("add", "-A");
    fixture.git("commit", "-q", "-m", "Later");
    fixture.inside("worker-0", "merge", "-q", "--no-edit", "main");
    expect(await handIn.facts(ticket)).toMatchObject({ newCommits: 2, workCommits: 0 });
    commit("a.txt", "a\n");
    expect(await handIn.facts(ticket)).toMatchObject({ workCommits: 1 });
  });

  test("work handed in before still counts, work that is on the base branch does not", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.addWorktree("worker-0");
    commit("a.txt", "a\n");
    await handIn.handIn(ticket);
    expect(await handIn.facts(ticket)).toMatchObject({ newCommits: 0, workCommits: 1 });
    fixture.git("merge", "-q", "feature/tk-aaaa");
    expect(await handIn.facts(ticket)).toMatchObject({ workCommits: 0 });
  });

  test("uncommitted files are named, what a spawn wrote is not", async () => {
    const { fixture, ticket, handIn } = await setting();
    const worktree = fixture.addWorktree("worker-0");
    fixture.writeIn(worktree, ".wiggum/agent.json", "{}");
    fixture.writeIn(worktree, ".wiggum/tickets/tk-aaaa.md", "view");
    fixture.writeIn(worktree, "new.txt", "new\n");
    fixture.writeIn(worktree, "README.md", "changed\n");
    expect((await handIn.facts(ticket)).uncommittedFiles).toEqual(["README.md", "new.txt"]);
  });

  test("conflicts with what the base branch has become are seen ahead, refs stay", async () => {
    const { fixture, ticket, handIn, commit } = await setting();
    fixture.git("branch", "feature/tk-aaaa");
    fixture.addWorktree("worker-0");
    commit("README.md", "mine\n");
    fixture.write("README.md", "theirs\n");
    fixture.git("commit", "-q", "-a", "-m", "Theirs");
    const before = fixture.git("for-each-ref");
    expect((await handIn.facts(ticket)).conflictsWithBase).toEqual(["README.md"]);
    expect(fixture.git("for-each-ref")).toBe(before);
  });

  test("a repository whose first commit is the agent's", async () => {
    const fixture = worktreeFixture({ isEmpty: true });
    const { ticket, handIn, commit } = await setting({}, fixture);
    const { addWorktree } = await import("@wiggum/git");
    await addWorktree(fixture.repository, {
      path: join(fixture.paths.worktreesDirectory, "worker-0"),
      branch: "worker-0",
    });
    expect(await handIn.facts(ticket)).toMatchObject({ workCommits: 0, conflictsWithBase: [] });
    commit("a.txt", "a\n");
    expect(await handIn.facts(ticket)).toMatchObject({ source: "worker-0", newCommits: 1, workCommits: 1 });
    expect(await handIn.handIn(ticket)).toMatchObject({ status: "merged" });
    expect(existsSync(join(fixture.root, "a.txt"))).toBe(false);
  });
});
