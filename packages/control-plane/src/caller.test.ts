import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AgentFacts } from "@wiggum/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AgentFile, agentFileText } from "./agent-file.js";
import { identifyCaller } from "./caller.js";
import { type ProjectRoot, projectPaths, worktreePaths } from "./project-paths.js";

let root: ProjectRoot;
let worktree: string;

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-caller-"))) as ProjectRoot;
  worktree = join(root, "worktrees", "worker-0");
  mkdirSync(worktreePaths(worktree).ticketView, { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const worker: AgentFile = {
  agentId: "worker-0",
  role: "worker",
  generation: 2,
  ticketId: "tk-1a2b",
  epoch: 5,
  isSupervised: true,
};

function standsHere(agent: AgentFile, folder = worktree): void {
  const { agentFile } = worktreePaths(folder);
  mkdirSync(dirname(agentFile), { recursive: true });
  writeFileSync(agentFile, agentFileText(agent));
}

function known(facts: { generation?: number; retiredAt?: string }): AgentFacts {
  return {
    agentId: "worker-0",
    role: "worker",
    number: 0,
    createdAt: "2026-01-01T00:00:00Z",
    isSupervised: true,
    isLive: true,
    ...(facts.retiredAt === undefined ? {} : { retiredAt: facts.retiredAt }),
    ...(facts.generation === undefined
      ? {}
      : { session: { generation: facts.generation, runner: "process", startedAt: "2026-01-01T00:00:00Z" } }),
  };
}

function identify(
  contextRoot: string,
  environment: Record<string, string> = {},
  facts?: AgentFacts,
  extra: { onChange?: "target" | "any" | "none"; isSupervisor?: boolean } = {},
) {
  return identifyCaller({
    found: { root, contextRoot },
    environment,
    registry: { read: async () => facts },
    onChange: extra.onChange ?? "target",
    isSupervisor: extra.isSupervisor,
  });
}

describe("without an agent's folder", () => {
  test("a person in the main project", async () => {
    expect(await identify(root)).toMatchObject({
      contextRoot: root,
      viewFolder: projectPaths(root).ticketView,
      actor: { kind: "person", id: "manual" },
      hookDepth: 0,
      onChange: "target",
    });
  });

  test("an agent's name in the environment alone makes nobody an agent", async () => {
    const caller = await identify(root, {
      WIGGUM_AGENT_ID: "worker-0",
      WIGGUM_TICKET_ID: "tk-1a2b",
      WIGGUM_EPOCH: "5",
    });
    expect(caller.agent).toBeUndefined();
    expect(caller.fence).toBeUndefined();
    expect(caller.actor).toMatchObject({ kind: "person", id: "manual" });
  });

  test("a hook is a hook, and no change of others stops it", async () => {
    const caller = await identify(root, { WIGGUM_HOOK_DEPTH: "3", WIGGUM_AGENT_ID: "worker-0" }, undefined, {
      onChange: "any",
    });
    expect(caller).toMatchObject({ actor: { kind: "hook" }, hookDepth: 3, onChange: "none" });
  });

  test("the built-in supervisor", async () => {
    const caller = await identify(root, {}, undefined, { isSupervisor: true });
    expect(caller).toMatchObject({ actor: { kind: "supervisor", id: "supervisor" }, onChange: "none" });
  });

  test("a person's own worktree uses the people's view", async () => {
    const own = join(root, "mine");
    mkdirSync(own);
    expect((await identify(own)).viewFolder).toBe(projectPaths(root).ticketView);
  });

  test("a depth that is no number is refused", async () => {
    await expect(identify(root, { WIGGUM_HOOK_DEPTH: "deep" })).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
    });
  });
});

describe("in an agent's worktree", () => {
  test("the folder says who, with the claim of the session as its fence", async () => {
    standsHere(worker);
    const same = { WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "2" };
    for (const environment of [{}, same, { WIGGUM_AGENT_ID: "reviewer-4" }]) {
      expect(await identify(worktree, environment, known({ generation: 2 }))).toMatchObject({
        viewFolder: worktreePaths(worktree).ticketView,
        agent: worker,
        actor: { kind: "agent", id: "worker-0", role: "worker" },
        fence: { id: "tk-1a2b", epoch: 5 },
      });
    }
  });

  test("a supervisor has no fence and no early return", async () => {
    standsHere({ agentId: "supervisor-0", role: "supervisor", generation: 1, isSupervised: false });
    const caller = await identify(worktree);
    expect(caller).toMatchObject({ actor: { kind: "supervisor", id: "supervisor-0" }, onChange: "none" });
    expect(caller.fence).toBeUndefined();
  });

  test.each([
    { WIGGUM_AGENT_ID: "reviewer-4", WIGGUM_GENERATION: "2" },
    { WIGGUM_GENERATION: "2" },
    { WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "two" },
    // A session that does not exist yet.
    { WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "3" },
  ])("a contradiction is refused, not guessed: %j", async (environment) => {
    standsHere(worker);
    await expect(identify(worktree, environment as Record<string, string>)).rejects.toMatchObject({
      code: "IDENTITY_MISMATCH",
      data: { recorded: "worker-0" },
    });
  });

  test.each([
    [{ WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "1" }, undefined],
    [{ WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "2" }, known({ generation: 3 })],
    [{}, known({ generation: 2, retiredAt: "2026-01-01T00:00:00Z" })],
  ])("what an older session left running is fenced: %j", async (environment, facts) => {
    standsHere(worker);
    await expect(identify(worktree, environment as Record<string, string>, facts)).rejects.toMatchObject({
      code: "AGENT_FENCED",
      data: { agentId: "worker-0" },
    });
  });

  test("an agent outside of its worktree is refused", async () => {
    const environment = { WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "2" };
    await expect(identify(root, environment)).rejects.toMatchObject({ code: "IDENTITY_MISMATCH" });
  });

  // P28
  test.each([
    ["an ended agent", known({ generation: 2, retiredAt: "2026-01-01T00:00:00Z" }), "AGENT_FENCED"],
    ["a session that was followed by another", known({ generation: 3 }), "AGENT_FENCED"],
    ["a session that goes on", known({ generation: 2 }), "IDENTITY_MISMATCH"],
    ["an agent that the registry does not know", undefined, "IDENTITY_MISMATCH"],
  ])("what is left of %s is told so wherever it stands", async (_, facts, code) => {
    const environment = { WIGGUM_AGENT_ID: "worker-0", WIGGUM_GENERATION: "2" };
    const other = join(root, "worktrees", "worker-1");
    standsHere({ ...worker, agentId: "worker-1" }, other);
    mkdirSync(dirname(projectPaths(root).agentsDatabase), { recursive: true });
    writeFileSync(projectPaths(root).agentsDatabase, "x");
    for (const folder of [root, other]) {
      await expect(identify(folder, environment, facts)).rejects.toMatchObject({ code });
    }
  });

  test.each(["", "{", "[]", '{"agentId":"worker-0"}', '{"agentId":"a","role":"b","generation":-1}'])(
    "a damaged file is named: %j",
    async (text) => {
      standsHere(worker);
      writeFileSync(worktreePaths(worktree).agentFile, text);
      await expect(identify(worktree)).rejects.toMatchObject({
        code: "SETTINGS_INVALID",
        message: expect.stringContaining("agent.json is damaged"),
      });
    },
  );
});
