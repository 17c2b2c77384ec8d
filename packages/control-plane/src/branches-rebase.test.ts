import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listSalvage } from "./salvage.js";
import { codeOf, setting, tip } from "./testing/branches-setting.js";

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
