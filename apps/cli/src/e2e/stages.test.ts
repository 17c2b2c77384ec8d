// From a worker's commit to the base branch: hand-in, review, QA, merge, rebase, with the hooks that are shipped.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string) => repository.succeed(["ticket", "create", title]);
const worktree = (agent: string) => join(repository.root, "worktrees", agent);
const stateOf = async (id: string) =>
  (await repository.json<{ state: string }>(["ticket", "show", id])).state;

function commit(agent: string, file: string, text: string): void {
  repository.write(`worktrees/${agent}/${file}`, text);
  for (const typed of [
    ["add", file],
    ["commit", "-qm", `Change ${file}`],
  ]) {
    execFileSync("git", ["-C", worktree(agent), ...typed], { env: repository.environment, stdio: "pipe" });
  }
}

/** The agent that a hook started, once it runs: before that its folder does not say who it is. */
async function agentOf(role: string, id: string): Promise<string> {
  return await eventually(`${role} of ${id} runs`, async () => {
    const agents = await repository.json<{ agentId: string; role: string; ticketId: string }[]>(["list"]);
    const agent = agents.find((one) => one.role === role && one.ticketId === id)?.agentId;
    if (agent === undefined) return undefined;
    return (await repository.wiggum(["logs", agent])).stdout.includes("hello from") ? agent : undefined;
  });
}

describe("a ticket's way", () => {
  test("worker, reviewer, QA, merge; each stage is started by the hook of the one before", async () => {
    const id = await create("Whole way");
    const worker = await repository.succeed(["spawn", "worker", id]);
    commit(worker, "feature.txt", "done\n");
    const handIn = await repository.wiggum(["ticket", "transition", id, "review"], { cwd: worktree(worker) });
    expect(handIn).toMatchObject({ exitCode: 0, stdout: "" });
    expect(handIn.stderr).toContain(`[ok] Transitioned ${id}: in-progress -> review\n`);
    expect(repository.git("show", `feature/${id}:feature.txt`)).toBe("done");

    const reviewer = await agentOf("reviewer", id);
    const rejected = await repository.wiggum(["ticket", "reject", id, "More, please"], {
      cwd: worktree(reviewer),
    });
    expect(rejected.exitCode).toBe(0);
    await eventually("the reviewer has ended", async () => !existsSync(worktree(reviewer)));
    expect(await repository.succeed(["ticket", "show", id])).toContain("More, please");

    // The rejection is news to the worker: the first try returns early and shows it.
    const cwd = worktree(worker);
    const news = await repository.wiggum(["ticket", "transition", id, "review"], { cwd });
    expect(news.exitCode).toBe(8);
    expect(news.stderr).toContain(`state: review -> in-progress (${reviewer}, `);
    commit(worker, "feature.txt", "done, and more\n");
    await repository.succeed(["ticket", "transition", id, "review"], { cwd });
    const second = await agentOf("reviewer", id);
    expect(second).not.toBe(reviewer);
    await repository.succeed(["ticket", "approve", id], { cwd: worktree(second) });
    const qa = await agentOf("qa", id);
    await eventually("the second reviewer has ended", async () => !existsSync(worktree(second)));
    await repository.succeed(["ticket", "approve", id, "All green"], { cwd: worktree(qa) });
    expect(await stateOf(id)).toBe("done");
    await eventually("QA has ended", async () => !existsSync(worktree(qa)));

    expect(await repository.succeed(["branch", "list", id])).toMatch(
      new RegExp(`feature/${id} +${id} +feature`),
    );
    expect(await repository.succeed(["status"])).toContain(`  wiggum branch merge ${id}`);
    const merged = await repository.wiggum(["branch", "merge", id]);
    expect(merged).toMatchObject({ exitCode: 0, stdout: "" });
    expect(merged.stderr).toContain(`[ok] Successfully merged feature/${id} into main\n`);
    expect(repository.read("feature.txt")).toBe("done, and more\n");
    expect(await repository.succeed(["status"])).not.toContain("TO MERGE:");

    await repository.succeed(["kill", worker]);
    const cleaned = await repository.wiggum(["branch", "cleanup", id]);
    expect(cleaned.exitCode).toBe(0);
    expect(cleaned.stderr).toMatch(new RegExp(`\\[ok\\] Cleaned up \\d+ branches for ${id}\\n$`));
    expect(repository.git("branch", "--list", `feature/${id}`)).toBe("");
    const gone = await repository.wiggum(["branch", "merge", id]);
    expect(gone).toMatchObject({ exitCode: 1, stdout: "" });
    expect(gone.stderr).toContain(`[error] Feature branch not found: feature/${id}\n`);
  });
});

describe("conflicts", () => {
  // P35: a merge conflict leaves target, ticket and both worktrees unchanged.
  test("hand-in: exit 7 with the files and the way out; rebase stops in the agent's own worktree", async () => {
    const id = await create("Conflict");
    const worker = await repository.succeed(["spawn", "worker", id]);
    commit(worker, "same.txt", "from the worker\n");
    const cwd = worktree(worker);
    // Somebody else's work reached the feature branch meanwhile.
    const other = execFileSync("git", ["-C", repository.root, "rev-parse", `feature/${id}`], {
      encoding: "utf8",
    }).trim();
    repository.git("worktree", "add", "-q", "--detach", join(repository.programs, "other"), other);
    repository.write("../programs/other/same.txt", "from somebody else\n");
    repository.git("-C", join(repository.programs, "other"), "add", "same.txt");
    repository.git("-C", join(repository.programs, "other"), "commit", "-qm", "Other");
    const tip = repository.git("-C", join(repository.programs, "other"), "rev-parse", "HEAD");
    repository.git("update-ref", `refs/heads/feature/${id}`, tip);

    const ran = await repository.wiggum(["ticket", "transition", id, "review"], { cwd });
    expect(ran).toMatchObject({ exitCode: 7, stdout: "" });
    expect(ran.stderr).toContain(
      "[error] Cannot transition to review: merge conflicts must be resolved first\n",
    );
    expect(ran.stderr).toContain("Merge conflict detected!");
    expect(ran.stderr).toContain("conflict: same.txt");
    expect(ran.stderr).toContain("wiggum rebase");
    expect(await stateOf(id)).toBe("in-progress");
    expect(repository.git("rev-parse", `feature/${id}`)).toBe(tip);

    const rebase = await repository.wiggum(["rebase"], { cwd });
    expect(rebase).toMatchObject({ exitCode: 7, stdout: "" });
    expect(rebase.stderr).toContain("[error] Rebase conflict detected!\n");
    expect(rebase.stderr).toContain("conflict: same.txt");
    expect(rebase.stderr).toMatch(/go on: .*\n.*give up: /);
    repository.write(`worktrees/${worker}/same.txt`, "both\n");
    execFileSync("git", ["-C", cwd, "add", "same.txt"], { env: repository.environment });
    execFileSync("git", ["-C", cwd, "-c", "core.editor=true", "rebase", "--continue"], {
      env: repository.environment,
      stdio: "pipe",
    });
    const again = await repository.wiggum(["rebase", id], { cwd });
    expect(again.stderr).toContain(`[ok] Successfully rebased onto feature/${id}\n`);
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"], { cwd });
    expect(repository.git("show", `feature/${id}:same.txt`)).toBe("both");
    await repository.succeed(["kill", worker, "--force"]);
  });

  test("branch merge: exit 7, nothing moved; local changes in the way: exit 1, named, nothing moved", async () => {
    const id = await create("Merge conflict");
    const worker = await repository.succeed(["spawn", "worker", id]);
    commit(worker, "shared.txt", "feature\n");
    await repository.succeed(["ticket", "transition", id, "review", "--no-hooks"], { cwd: worktree(worker) });
    repository.write("shared.txt", "local\n");
    const before = repository.git("rev-parse", "main");
    const overlap = await repository.wiggum(["branch", "merge", id]);
    expect(overlap).toMatchObject({ exitCode: 1, stdout: "" });
    expect(overlap.stderr).toContain("shared.txt");
    expect(repository.git("rev-parse", "main")).toBe(before);
    repository.git("add", "shared.txt");
    repository.git("commit", "-qm", "Mine");
    const tip = repository.git("rev-parse", "main");
    const conflict = await repository.wiggum(["branch", "merge", id]);
    expect(conflict).toMatchObject({ exitCode: 7, stdout: "" });
    expect(conflict.stderr).toContain("Merge conflict detected!");
    expect(repository.git("rev-parse", "main")).toBe(tip);
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    await repository.succeed(["kill", worker, "--force"]);
  });

  test("rebase: outside an agent's branch without a ticket exit 2, without a feature branch exit 1", async () => {
    expect((await repository.wiggum(["rebase"])).exitCode).toBe(2);
    const id = await create("No branch");
    expect((await repository.wiggum(["rebase", id])).exitCode).toBe(1);
  });
});

describe("hooks", () => {
  test("list, run by hand, exit codes of the hook", async () => {
    repository.write(".wiggum/hooks/mine", '#!/bin/sh\necho "for $1 $WIGGUM_TICKET_ID"\n', 0o755);
    repository.write(".wiggum/hooks/asleep", "#!/bin/sh\n", 0o644);
    repository.write(".wiggum/hooks/failing", '#!/bin/sh\necho broken; exit "$EXIT_HELD"\n', 0o755);
    const list = await repository.succeed(["hook", "list"]);
    expect(list).toMatch(/^Project hooks \(\.wiggum\/hooks\/\):\n/);
    expect(list).toContain("  mine (active)\n");
    expect(list).toContain("  asleep (inactive)\n");
    expect(list).toMatch(/\n\nDefault hooks:\n {2}on-/);
    const id = await create("Hooked");
    expect(await repository.succeed(["hook", "run", "mine", id])).toContain(`for ${id} ${id}`);
    const failing = await repository.wiggum(["hook", "run", "failing", id]);
    expect(failing).toMatchObject({ exitCode: 9, stdout: "broken\n" });
    expect(failing.stderr).toContain("[error] Hook failed: failing (exit 9)\n");
    const absent = await repository.wiggum(["hook", "run", "no-such-hook", id]);
    expect(absent).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await repository.wiggum(["hook"])).exitCode).toBe(2);
    expect((await repository.wiggum(["hook", "run", "mine"])).exitCode).toBe(2);
    expect((await repository.wiggum(["hook", "run", "mine", "tk-ffff0000"])).exitCode).toBe(5);
  });

  test("one that fails after a transition waits to be tried again; retry runs it, and a hook that does not wait is exit 2", async () => {
    const hooked = await createRepository();
    try {
      hooked.write(".wiggum/hooks/on-claim", "#!/bin/sh\nexit 3\n", 0o755);
      const id = await hooked.succeed(["ticket", "create", "Failing hook"]);
      await hooked.succeed(["ticket", "claim", id, "worker-7"]);
      const [row] = await eventually("the hook has failed once", async () => {
        const rows = await hooked.json<{ eventId: string; hook: string; attempts: number }[]>([
          "hook",
          "pending",
          id,
        ]);
        return rows[0] !== undefined && rows[0].attempts > 0 && rows;
      });
      expect(await hooked.succeed(["hook", "pending"])).toMatch(new RegExp(`on-claim +${id} +`));
      hooked.write(".wiggum/hooks/on-claim", '#!/bin/sh\ntouch "$MAIN_PROJECT_ROOT/hook-ran"\n', 0o755);
      const retried = await hooked.wiggum(["hook", "retry", row?.eventId ?? "", "on-claim"]);
      expect(retried).toMatchObject({ exitCode: 0, stdout: "" });
      expect(retried.stderr).toContain(`[ok] on-claim of ${id} will be run again\n`);
      await eventually("the hook has run", async () => existsSync(join(hooked.root, "hook-ran")));
      await eventually("nothing waits", async () => (await hooked.succeed(["hook", "pending"])) === "");
      expect((await hooked.wiggum(["hook", "retry", "01NOPE"])).exitCode).toBe(2);
      expect((await hooked.wiggum(["hook", "drop", "01NOPE", "on-claim"])).exitCode).toBe(2);
    } finally {
      await hooked.remove();
    }
  });
});
