// What scripts of the original read of agents and branches, word for word, by the built command.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRepository, type Repository } from "./built-wiggum.js";
import { eventually } from "./eventually.js";

let repository: Repository;
beforeAll(async () => {
  repository = await createRepository();
});
afterAll(() => repository.remove());

const create = (title: string, ...more: string[]) => repository.succeed(["ticket", "create", title, ...more]);
const said = async (typed: readonly string[], cwd = repository.root) => {
  const { exitCode, stdout, stderr } = await repository.wiggum(typed, { cwd });
  return { exitCode, stdout, lines: stderr.split("\n") };
};
const worktree = (agent: string) => join(repository.root, "worktrees", agent);
const commit = (folder: string, file: string, text: string) => {
  repository.write(join(folder, file), text);
  repository.git("-C", join(repository.root, folder), "add", file);
  repository.git("-C", join(repository.root, folder), "commit", "-qm", `Change ${file}`);
};

describe("agents and branches", () => {
  let id: string;
  let agent: string;
  beforeAll(async () => {
    id = await create("Worked on");
    const spawned = await said(["spawn", "worker", id]);
    agent = spawned.stdout.trim();
    expect(spawned.stdout).toMatch(/^worker-\d+\n$/);
    expect(spawned.lines).toContain(`[ok] Spawned ${agent}`);
  });

  test("spawn: what it refuses, and how", async () => {
    const without = await said(["spawn", "worker"]);
    expect(without.exitCode).toBe(2);
    expect(without.lines).toContain("[error] Ticket ID required for role: worker");
    expect((await said(["spawn", "worker", "tk-00ff00ff"])).exitCode).toBe(5);
    const second = await said(["spawn", "worker", id]);
    expect(second.exitCode).toBe(9);
    expect(second.lines[0]).toContain(agent);
  });

  test("list: table, json, ids", async () => {
    const { stdout } = await said(["list"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[1]).toBe(
      `${"AGENT".padEnd(12)} ${"ROLE".padEnd(12)} ${"TICKET".padEnd(12)} ${"UPTIME".padEnd(10)}`,
    );
    expect(lines[2]).toBe("-".repeat(48));
    expect(lines[3]).toMatch(
      new RegExp(`^${agent.padEnd(12)} ${"worker".padEnd(12)} ${id.padEnd(12)} \\d+s *$`),
    );
    expect(JSON.parse((await said(["list", "--format", "json"])).stdout)).toEqual({
      [agent]: { role: "worker", started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
    });
    expect(JSON.parse(repository.read(".wiggum/panels.json"))).toHaveProperty([agent, "role"], "worker");
    expect((await said(["list", "--format", "ids"])).stdout).toBe(`${agent}\n`);
  });

  test("status: the sections in order", async () => {
    await create("Waits for a worker");
    const { stdout } = await said(["status"]);
    expect(stdout).toMatch(/^\nSESSION: wiggum-project\n {2}Panes: 1\n\nAGENTS:\n/);
    expect(stdout).toMatch(new RegExp(`\\nAGENTS:\\n {2}${agent} +${id} +in-progress +\\d+s`));
    expect(stdout).toMatch(
      /\n\nTICKETS:\n {2}ready: \d+(?: \(\d+ blocked\))?\n {2}in-progress: \d+\n {2}review: \d+\n {2}qa: \d+\n {2}done: \d+\n {2}closed: \d+\n/,
    );
    const verbose = (await said(["status", "-v"])).stdout;
    expect(verbose).toMatch(/\nREADY TICKETS:\n {2}tk-[0-9a-f]{4}: /);
    expect((await said(["status", "--format", "tmux"])).stdout).toMatch(
      /^#\[fg=green\]\d+#\[default\] #\[fg=yellow\]\d+#\[default\]\n$/,
    );
  });

  test("has-capacity: true with 0, false with 1", async () => {
    expect(await said(["has-capacity"])).toMatchObject({ exitCode: 0, stdout: "true\n" });
    const full = await repository.wiggum(["has-capacity"], { environment: { WIGGUM_MAX_AGENTS: "1" } });
    expect(full).toMatchObject({ exitCode: 1, stdout: "false\n" });
  });

  test("an agent that is not there, and what the runner lacks", async () => {
    for (const typed of [
      ["ping", "worker-99", "hello"],
      ["send-keys", "worker-99", "Enter"],
      ["logs", "worker-99"],
    ]) {
      const ran = await said(typed);
      expect(ran.exitCode).toBe(4);
      expect(ran.lines[0]).toBe("[error] Agent not found in registry: worker-99");
    }
    for (const typed of [["ping", agent], ["send-keys", agent], ["logs"]])
      expect((await said(typed)).exitCode).toBe(2);
    expect((await said(["send-keys", agent, "Enter"])).exitCode).toBe(1);
    expect((await said(["attach"])).exitCode).toBe(1);
    const other = await said(["attach", "--session", "another"]);
    expect(other.exitCode).toBe(3);
    expect(other.lines[0]).toBe("[error] Session 'another' not found");
    expect((await said(["ping", agent, "hello"])).lines[0]).toMatch(
      new RegExp(`^\\[warn\\] Pinged ${agent}\\b`),
    );
  });

  test("branches: table, merge, rebase, cleanup", async () => {
    const { stdout } = await said(["branch", "list"]);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("");
    expect(lines[1]).toBe(`${"BRANCH".padEnd(20)} ${"TICKET".padEnd(15)} ${"TYPE".padEnd(10)}`);
    expect(lines[2]).toBe("-".repeat(48));
    expect(lines).toContain(`${agent.padEnd(20)} ${id.padEnd(15)} ${"worker".padEnd(10)}`);
    expect(lines).toContain(`${"main".padEnd(20)} ${"—".padEnd(15)} ${"other".padEnd(10)}`);
    expect((await said(["branch", "list", id.slice(3)])).stdout).not.toContain("main");
    const none = await said(["branch", "merge", await create("Never begun")]);
    expect(none.exitCode).toBe(1);
    expect(none.lines[0]).toMatch(/^\[error\] Feature branch not found: feature\/tk-/);

    commit(`worktrees/${agent}`, "work.txt", "one\n");
    expect((await said(["ticket", "transition", id, "review", "--no-hooks"], worktree(agent))).exitCode).toBe(
      0,
    );
    commit(".", "beside.txt", "beside\n");
    expect((await said(["branch", "merge", id])).lines).toContain(
      `[ok] Successfully merged feature/${id} into main`,
    );
    expect(repository.read("work.txt")).toBe("one\n");
    expect((await said(["rebase", id], worktree(agent))).lines).toContain(
      `[ok] Successfully rebased onto feature/${id}`,
    );
    expect((await said(["rebase"])).exitCode).toBe(2);

    commit(".", "clash.txt", "ours\n");
    commit(`worktrees/${agent}`, "clash.txt", "theirs\n");
    repository.git("branch", "-f", `feature/${id}`, agent);
    const conflict = await said(["branch", "merge", id]);
    expect(conflict.exitCode).toBe(7);
    expect(conflict.lines[0]).toContain("Merge conflict detected!");
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    repository.git("switch", "-qc", "side");
    const rebase = await said(["rebase", id]);
    expect(rebase.exitCode).toBe(7);
    expect(rebase.lines[0]).toContain("Rebase conflict detected!");
    expect(repository.git("status", "--porcelain", "--untracked-files=no")).toBe("");
    repository.git("switch", "-q", "main");

    const kept = await said(["branch", "cleanup", id]);
    expect(kept.lines).toContainEqual(
      expect.stringMatching(new RegExp(`^\\[ok\\] Cleaned up \\d+ branches for ${id}$`)),
    );
    expect(repository.git("branch", "--list", `feature/${id}`)).not.toBe("");
  });

  test("kill and teardown", async () => {
    expect((await said(["kill", agent, "--force"])).lines).toContain(`[ok] Killed ${agent}`);
    await eventually("the worktree is gone", async () => repository.git("branch", "--list", agent) === "");
    expect((await said(["kill", "worker-99"])).exitCode).toBe(4);
    for (const title of ["One", "Two"]) await repository.succeed(["spawn", "worker", await create(title)]);
    const refused = await said(["teardown"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.lines[0]).toBe("[error] Active workers detected. Use --force to kill anyway.");
    expect((await said(["teardown", "--force"])).lines).toContain("[ok] Session terminated");
    expect((await said(["list", "--format", "json"])).stdout).toBe("{}\n");
    expect(repository.read(".wiggum/panels.json")).toBe("{}\n");
  });
});

test("a conflict at the hand-in: 7, the sentence, the state as it was", async () => {
  const id = await create("Clashes");
  const agent = await repository.succeed(["spawn", "worker", id]);
  commit(`worktrees/${agent}`, "same.txt", "theirs\n");
  commit(".", "same.txt", "ours\n");
  repository.git("branch", "-f", `feature/${id}`, "main");
  const refused = await said(["ticket", "transition", id, "review"], worktree(agent));
  expect(refused.exitCode).toBe(7);
  expect(refused.lines[0]).toBe(
    "[error] Cannot transition to review: merge conflicts must be resolved first",
  );
  expect(refused.lines.join("\n")).toMatch(/Merge conflict detected![\s\S]*same\.txt[\s\S]*wiggum rebase/);
  expect(await repository.json(["ticket", "show", id])).toMatchObject({ state: "in-progress" });
  await repository.succeed(["kill", agent, "--release", "--force"]);
});

test("spawn on dependencies whose work conflicts: 7, the way out, nobody started", async () => {
  const [one, two] = [await create("One side"), await create("Other side")];
  const both = await repository.succeed(["ticket", "create", "Needs both", "--dep", one, "--dep", two]);
  for (const [id, text] of [
    [one, "one\n"],
    [two, "two\n"],
  ] as const) {
    const agent = await repository.succeed(["spawn", "worker", id]);
    commit(`worktrees/${agent}`, "both.txt", text);
    for (const state of ["review", "qa", "done"])
      await repository.succeed(["ticket", "transition", id, state, "--no-hooks"]);
    await repository.succeed(["kill", agent, "--force"]);
  }
  const refused = await said(["spawn", "worker", both]);
  expect(refused).toMatchObject({ exitCode: 7, stdout: "" });
  expect(refused.lines.join("\n")).toMatch(/both\.txt[\s\S]*wiggum branch merge/);
  expect(await repository.json(["ticket", "show", both])).toMatchObject({ state: "ready" });
  expect(repository.git("branch", "--list", `feature/${both}`)).toBe("");
});

test("no ticket folder and no session: the sentences", async () => {
  const fresh = await createRepository();
  try {
    for (const typed of [
      ["list"],
      ["kill", "worker-0"],
      ["ping", "worker-0", "x"],
      ["send-keys", "worker-0", "x"],
      ["logs", "worker-0"],
    ]) {
      const ran = await fresh.wiggum(typed);
      expect(ran).toMatchObject({ exitCode: 3, stdout: "" });
      expect(ran.stderr).toContain("[error] Session not found\n");
    }
    for (const typed of [["attach"], ["teardown"]]) expect((await fresh.wiggum(typed)).exitCode).toBe(3);
    const status = await fresh.wiggum(["status"]);
    expect(status).toMatchObject({ exitCode: 0 });
    expect(status.stdout).toMatch(
      /^\nSESSION: wiggum-project\n {2}\(not running\)\n\nAGENTS:\n {2}\(no agents\)\n\nTICKETS:\n {2}ready: 0\n/,
    );
    rmSync(join(fresh.root, ".wiggum/tickets"), { recursive: true });
    const sync = await fresh.wiggum(["ticket", "sync"]);
    expect(sync).toMatchObject({ exitCode: 1, stdout: "" });
    expect(sync.stderr).toContain("[error] No tickets clone found - run 'wiggum init' first\n");
  } finally {
    await fresh.remove();
  }
});
