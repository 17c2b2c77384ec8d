import { join } from "node:path";
import { createGit } from "@wiggum/git";
import type { Tickets, WriteContext } from "@wiggum/ticket-core";
import { type AgentRegistry, type KillPorts, recoverSpawns, type SpawnPorts } from "@wiggum/workflow";
import { createAgentOrders } from "../agent-orders.js";
import { findAgents } from "../find-agents.js";
import { type ProjectRoot, projectPaths } from "../project-paths.js";
import { createAgentRegistry } from "../registry.js";
import { type StructuredSettings, structuredDefaults } from "../settings.js";
import { systemClock } from "../system-clock.js";
import { newUlid } from "../ulid.js";
import { createAgentWorkspaces } from "../worktrees.js";
import { createChildRunner } from "./child-runner.js";

export interface TestSpawnOptions {
  readonly root: string;
  readonly tickets: Tickets;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly maxAgents?: number;
  readonly worktree?: Partial<StructuredSettings["worktree"]>;
}

/** All that a spawn needs, composed as a project does it: real registry, real git, a real runner. */
export function testSpawnPorts(options: TestSpawnOptions): SpawnPorts & KillPorts {
  const { tickets, environment } = options;
  const paths = projectPaths(options.root as ProjectRoot);
  const { GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, HOME } = environment;
  const git = createGit({ cwd: options.root, env: { GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM, HOME } });
  const runner = createChildRunner();
  const registry: AgentRegistry = createAgentRegistry({
    database: paths.agentsDatabase,
    panelsFile: paths.panelsFile,
    ownersDirectory: paths.ownersDirectory,
    whatIsThere: () => findAgents({ paths, git, tickets, runner }),
  });
  const worktree = { ...structuredDefaults.worktree, ...options.worktree };
  const writeContext = (): WriteContext => ({ actor: { kind: "person", id: "manual" } });
  const ports: SpawnPorts = {
    tickets,
    registry,
    runner,
    clock: systemClock,
    newId: () => newUlid(),
    workspaces: createAgentWorkspaces({
      git,
      paths,
      tickets,
      snapshot: { regenerable: worktree.regenerable },
      roles: async () => ["worker", "reviewer", "qa", "supervisor"],
    }),
    orders: createAgentOrders({
      git,
      paths,
      settings: { editorMode: "auto", agentCommand: options.command, worktree, startTimeoutMs: 20_000 },
      tickets,
      registry,
      runner,
      environment,
      wiggum: join(options.root, "bin", "wiggum"),
    }),
    claim: async ({ ticketId, agentId, operationId }) =>
      tickets.claim(ticketId, agentId, { ...writeContext(), operationId, unguarded: true }),
    writeContext,
    settings: { maxAgents: options.maxAgents ?? 4, startTimeoutMs: 20_000, settleMs: 50 },
  };
  return { ...ports, recover: () => recoverSpawns(ports) };
}
