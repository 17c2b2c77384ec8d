// A project with an agent's branches, for the tests of branches.
import { join } from "node:path";
import type { Ticket } from "@wiggum/ticket-core";
import type { AgentRegistry } from "@wiggum/workflow";
import { onTestFinished, vi } from "vitest";
import { createProjectBranches } from "../branches.js";
import { createAgentRegistry } from "../registry.js";
import { structuredDefaults } from "../settings.js";
import { memoryTickets } from "./memory-tickets.js";
import { namesIn, picture, type WorktreeFixture, worktreeFixture } from "./worktree-fixture.js";

interface Extra {
  readonly checks?: readonly (readonly string[])[];
  readonly agent?: string;
  readonly ticket?: Partial<Ticket>;
  readonly fixture?: WorktreeFixture;
}

export async function setting(extra: Extra = {}) {
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

export const tip = (fixture: WorktreeFixture, name: string) => fixture.git("rev-parse", name).trim();
/** Refs and files; what the control folder holds is no part of the code. */
export const codeOf = (fixture: WorktreeFixture) => [
  fixture.git("for-each-ref"),
  picture(fixture.root, (path) => path === ".wiggum" || path === "worktrees"),
];
/** Scratch checkouts of this test alone. */
export function scratchIn(folder: string): () => readonly string[] {
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => namesIn(folder).filter((name) => name.startsWith("wiggum-check-"));
}

export async function reserved(registry: AgentRegistry, role: string, ticketId: string) {
  const base = { usesSlot: () => true, isTaken: () => false, isSupervised: false };
  const place = await registry.reserve({ role, ticketId, ...base });
  await registry.abandonSpawn(place.spawnId, "over");
  return place.agentId;
}
