import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentFacts } from "@wiggum/workflow";
import { expect, onTestFinished, test } from "vitest";
import { factsHere } from "./moved-agents.js";
import { type ProjectRoot, projectPaths } from "./project-paths.js";

function world() {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "wiggum-moved-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const at = (name: string) => {
    const root = join(base, name);
    const make = () => {
      for (const folder of [".git", "worktrees/worker-0/.wiggum", ".wiggum/state/worker-0/1"])
        mkdirSync(join(root, folder), { recursive: true });
    };
    return { root, make, paths: projectPaths(root as ProjectRoot) };
  };
  return { base, at };
}

function noted(root: string): AgentFacts {
  const data = {
    stateDirectory: join(root, ".wiggum/state/worker-0/1"),
    inboxFile: join(root, "worktrees/worker-0/.wiggum/inbox.jsonl"),
    token: "0123",
  };
  return {
    agentId: "worker-0",
    role: "worker",
    number: 0,
    ticketId: "tk-aaaa",
    createdAt: "2026-01-02T03:04:05Z",
    worktree: join(root, "worktrees/worker-0"),
    branch: "worker-0",
    isSupervised: false,
    session: {
      generation: 1,
      runner: "process",
      startedAt: "2026-01-02T03:04:05Z",
      handle: { runner: "process", agentId: "worker-0", generation: 1, data },
    },
    isLive: true,
  };
}

test("where the project lies as it was noted, nothing is another", () => {
  const { at } = world();
  const { root, make, paths } = at("p");
  make();
  const facts = noted(root);
  expect(factsHere(paths, facts)).toBe(facts);
});

test("moved: worktree and session are where they are now, and the session is as live as before", () => {
  const { at } = world();
  const here = at("elsewhere");
  here.make();
  expect(factsHere(here.paths, noted(at("gone").root))).toEqual(noted(here.root));
});

test("copied: the worktree is the copy's own, the session is the original's and cannot be reached from here", () => {
  const { at } = world();
  const original = at("original");
  const copy = at("copy");
  original.make();
  copy.make();
  const facts = factsHere(copy.paths, noted(original.root));
  expect(facts.worktree).toBe(join(copy.root, "worktrees/worker-0"));
  expect(facts.isLive).toBe(false);
  expect(facts.session).toMatchObject({ endReason: "copied" });
  expect(JSON.stringify(facts)).not.toContain(original.root);
});

test("copied without its worktrees: the original's are not taken for its own", () => {
  const { at } = world();
  const original = at("original");
  const copy = at("copy");
  original.make();
  mkdirSync(join(copy.root, ".wiggum"), { recursive: true });
  expect(factsHere(copy.paths, noted(original.root)).worktree).toBe(join(copy.root, "worktrees/worker-0"));
});

test("worktrees in a folder of the settings' choice stay where they were noted", () => {
  const { base, at } = world();
  const { root, make } = at("p");
  make();
  const apart = join(base, "apart");
  mkdirSync(join(apart, "worker-0"), { recursive: true });
  const facts = { ...noted(root), worktree: join(apart, "worker-0") };
  expect(factsHere(projectPaths(root as ProjectRoot, apart), facts).worktree).toBe(join(apart, "worker-0"));
  // Made there, and the setting was changed since: still somebody's worktree of this project.
  expect(factsHere(projectPaths(root as ProjectRoot), facts).worktree).toBe(join(apart, "worker-0"));
});
