import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { spawnAgent } from "@wiggum/workflow";
import { describe, expect, test } from "vitest";
import { type Extra, environmentOf, setting, traces } from "./testing/spawn-fixture.js";
import { worktreeFixture } from "./testing/worktree-fixture.js";

describe("spawn", () => {
  test("a worker: claimed, on a branch of its own from the feature branch, with prompt, agent file and a clean environment", async () => {
    const poison = {
      TICKETS_DIR: "/elsewhere",
      WIGGUM_DIR: "/elsewhere",
      WIGGUM_AGENT_ID: "reviewer-9",
      WIGGUM_GENERATION: "7",
      WIGGUM_PREV_STATE: "ready",
      WIGGUM_ON_CHANGE: "none",
      EXIT_SUCCESS: "0",
      GIT_DIR: "/elsewhere",
      GIT_INDEX_FILE: "/elsewhere",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "Hook",
      KEPT_BY_THE_AGENT: "yes",
    };
    const { fixture, put, spawnFor, stateOf } = setting({ environment: poison });
    await put("tk-aaaa", { body: "\n## Description\n\nDo {TICKET_ID} and $(rm -rf /)\n" });
    fixture.write(".claude/settings.json", "{}\n");
    fixture.write(".wiggum/prompts/worker.md", "For {TICKET_ID} ({UNKNOWN}):\n{TICKET_CONTENT}\n");
    const spawned = await spawnFor("worker", "aaa");
    expect(spawned).toMatchObject({
      agentId: "worker-0",
      generation: 1,
      branch: "worker-0",
      isResumed: false,
    });
    expect(spawned.warnings).toEqual([expect.stringContaining("{UNKNOWN}")]);
    expect(await stateOf("tk-aaaa")).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-0",
      leaseEpoch: 1,
    });
    const { worktree } = spawned;
    expect(worktree).toBe(join(fixture.root, "worktrees", "worker-0"));
    expect(fixture.inside("worker-0", "symbolic-ref", "HEAD")).toBe("refs/heads/worker-0");
    expect(fixture.git("rev-parse", "feature/tk-aaaa")).toBe(fixture.git("rev-parse", "main"));
    const prompt = readFileSync(join(worktree, ".wiggum/current_prompt.md"), "utf8");
    expect(prompt).toContain("For tk-aaaa ({UNKNOWN}):\n---\nid: tk-aaaa");
    expect(prompt).toContain("Do {TICKET_ID} and $(rm -rf /)");
    const identity = { agentId: "worker-0", role: "worker", generation: 1, ticketId: "tk-aaaa", epoch: 1 };
    expect(JSON.parse(readFileSync(join(worktree, ".wiggum/agent.json"), "utf8"))).toMatchObject(identity);
    expect(lstatSync(join(worktree, ".claude")).isSymbolicLink()).toBe(true);
    expect(fixture.inside("worker-0", "status", "--porcelain", "--untracked-files=all")).toBe("");
    const environment = environmentOf(fixture, spawned);
    expect(environment).toMatchObject({
      WIGGUM_AGENT_ID: "worker-0",
      WIGGUM_GENERATION: "1",
      WIGGUM_TICKET_ID: "tk-aaaa",
      WIGGUM_EPOCH: "1",
      WIGGUM_BIN: join(fixture.root, "bin", "wiggum"),
      WIGGUM_PORT: expect.stringMatching(/^2\d{4}$/),
      KEPT_BY_THE_AGENT: "yes",
    });
    const gone = Object.keys(poison).filter((name) => !["KEPT_BY_THE_AGENT"].includes(name));
    for (const name of gone) expect(environment[name] ?? "").not.toBe(poison[name as keyof typeof poison]);
  });

  test("a reviewer sees the holder's branch, changes nothing on the ticket, and carries its present epoch", async () => {
    const { fixture, put, spawnFor, stateOf, registry } = setting();
    await put("tk-aaaa", { state: "review", assignedAgentId: "worker-0", leaseEpoch: 5 });
    fixture.addWorktree("worker-0");
    fixture.writeIn(join(fixture.root, "worktrees/worker-0"), "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "Work");
    const before = await stateOf("tk-aaaa");
    const spawned = await spawnFor("reviewer", "tk-aaaa");
    expect(await stateOf("tk-aaaa")).toEqual(before);
    expect(readFileSync(join(spawned.worktree, "a.txt"), "utf8")).toBe("a\n");
    expect(environmentOf(fixture, spawned)).toMatchObject({ WIGGUM_EPOCH: "5" });
    expect((await registry.read("reviewer-0"))?.session?.epoch).toBe(5);
  });

  test("a supervisor needs no ticket and uses no slot", async () => {
    const { put, spawnFor } = setting({ maxAgents: 1 });
    await put("tk-aaaa");
    expect((await spawnFor("supervisor")).agentId).toBe("supervisor-0");
    expect((await spawnFor("worker", "tk-aaaa")).agentId).toBe("worker-0");
  });

  test("a dependant starts from its dependencies' work", async () => {
    const { fixture, put, spawnFor } = setting();
    await put("tk-bbbb", { state: "done" });
    await put("tk-cccc", { state: "done" });
    for (const id of ["bbbb", "cccc"]) {
      fixture.addWorktree(`old-${id === "bbbb" ? 0 : 1}`, "main");
      const name = `old-${id === "bbbb" ? 0 : 1}`;
      fixture.writeIn(join(fixture.root, "worktrees", name), `${id}.txt`, "x\n");
      fixture.inside(name, "add", "-A");
      fixture.inside(name, "commit", "-q", "-m", id);
      fixture.git("branch", `feature/tk-${id}`, name);
    }
    await put("tk-aaaa", { dependsOn: ["tk-bbbb", "tk-cccc"] });
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(existsSync(join(worktree, "bbbb.txt")) && existsSync(join(worktree, "cccc.txt"))).toBe(true);
    expect(fixture.git("ls-tree", "--name-only", "main").trim()).toBe("README.md");
  });

  test("a repository without any commit", async () => {
    const { fixture, put, spawnFor } = setting({ fixture: worktreeFixture({ isEmpty: true }) });
    await put("tk-aaaa");
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(fixture.inside("worker-0", "symbolic-ref", "HEAD")).toBe("refs/heads/worker-0");
    fixture.writeIn(worktree, "a.txt", "a\n");
    fixture.inside("worker-0", "add", "-A");
    fixture.inside("worker-0", "commit", "-q", "-m", "First");
    expect(fixture.inside("worker-0", "ls-files")).toBe("a.txt");
  });

  // P33
  test("declared files are copied and linked, the set-up program runs there, and nothing of it can be committed by mistake", async () => {
    const { fixture, put, spawnFor } = setting({
      worktree: {
        copy: [".env", "config/*.local"],
        link: ["node_modules"],
        setUp: ["sh", "-c", 'echo "$WIGGUM_AGENT_ID $PWD" > set-up.log'],
      },
    });
    fixture.write(".env", "SECRET=1\n");
    fixture.write("config/a.local", "a\n");
    fixture.write("node_modules/x/index.js", "x\n");
    await put("tk-aaaa");
    const { worktree } = await spawnFor("worker", "tk-aaaa");
    expect(readFileSync(join(worktree, ".env"), "utf8")).toBe("SECRET=1\n");
    expect(readFileSync(join(worktree, "config/a.local"), "utf8")).toBe("a\n");
    expect(readFileSync(join(worktree, "node_modules/x/index.js"), "utf8")).toBe("x\n");
    expect(readFileSync(join(worktree, "set-up.log"), "utf8")).toBe(`worker-0 ${worktree}\n`);
    fixture.inside("worker-0", "add", "-A");
    expect(fixture.inside("worker-0", "diff", "--cached", "--name-only")).toBe("set-up.log");
  });
});

describe("refused before anything is made", () => {
  test.each([
    ["a role without a ticket", "worker", undefined, {}, "ROLE_NEEDS_TICKET"],
    ["an unknown ticket", "worker", "tk-ffff", {}, "TICKET_NOT_FOUND"],
    ["a role that is no name", "../up", "tk-aaaa", {}, "ROLE_NAME_INVALID"],
    [
      "a command that is not there",
      "worker",
      "tk-aaaa",
      { command: ["no-such-program", "--yes"] },
      "AGENT_COMMAND_MISSING",
    ],
    ["no slot", "worker", "tk-aaaa", { maxAgents: 0 }, "NO_CAPACITY"],
    ["a blocked ticket", "worker", "tk-bbbb", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that needs a person", "reviewer", "tk-cccc", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that is over", "worker", "tk-dddd", {}, "TICKET_NOT_WORKABLE"],
    ["a ticket that a person works on", "worker", "tk-eeee", {}, "TICKET_HELD"],
  ] as const)("%s", async (_, role, ticketId, extra, code) => {
    const all = setting(extra as Extra);
    const { put, spawnFor } = all;
    await put("tk-aaaa");
    await put("tk-bbbb", { dependsOn: ["tk-aaaa"] });
    await put("tk-cccc", { state: "review", actionRequired: { reason: "Which one?" } });
    await put("tk-dddd", { state: "done" });
    await put("tk-eeee", { state: "in-progress", assignedAgentId: "alice", leaseEpoch: 1 });
    const before = await traces(all);
    await expect(spawnFor(role, ticketId)).rejects.toMatchObject({ code });
    expect(await traces(all)).toEqual(before);
    expect(await all.registry.list({ includeRetired: true })).toEqual([]);
  });

  // P29
  test("a second one of any role on the ticket, while the first lives, names it", async () => {
    const { put, spawnFor } = setting();
    await put("tk-aaaa");
    await spawnFor("worker", "tk-aaaa");
    await expect(spawnFor("worker", "tk-aaaa")).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "worker-0" },
    });
    await spawnFor("qa", "tk-aaaa");
    await expect(spawnFor("qa", "tk-aaaa")).rejects.toMatchObject({
      code: "AGENT_LIVE",
      data: { agentId: "qa-0" },
    });
  });
});

describe("slots", () => {
  test("a worker whose ticket others review uses none; one that is being started does", async () => {
    const { put, spawnFor, tickets } = setting({ maxAgents: 1 });
    await put("tk-aaaa");
    await put("tk-bbbb");
    await spawnFor("worker", "tk-aaaa");
    await expect(spawnFor("worker", "tk-bbbb")).rejects.toMatchObject({
      code: "NO_CAPACITY",
      data: { used: 1 },
    });
    await tickets.transition("tk-aaaa", "review", { actor: { kind: "person", id: "p" }, unguarded: true });
    await spawnFor("reviewer", "tk-aaaa");
    await expect(spawnFor("worker", "tk-bbbb")).rejects.toMatchObject({ code: "NO_CAPACITY" });
    await tickets.transition("tk-aaaa", "qa", { actor: { kind: "person", id: "p" }, unguarded: true });
    expect((await spawnFor("worker", "tk-bbbb")).agentId).toBe("worker-1");
  });

  // P29
  test("spawns for different tickets at one instant never overshoot", async () => {
    const { put, ports } = setting({ maxAgents: 2 });
    const ids = ["tk-1111", "tk-2222", "tk-3333", "tk-4444", "tk-5555", "tk-6666"];
    for (const id of ids) await put(id);
    const results = await Promise.allSettled(
      ids.map((ticketId) => spawnAgent({ role: "worker", ticketId }, ports)),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    for (const result of results) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "NO_CAPACITY" });
    }
  });
});
