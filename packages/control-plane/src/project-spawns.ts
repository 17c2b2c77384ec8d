import type { TicketViews } from "@wiggum/ticket-core";
import {
  type AgentId,
  type AgentOrders,
  type AgentWorkspaces,
  type ClaimTicket,
  explainSpawn,
  type KillPorts,
  killAgent,
  reachesSessionsOf,
  recoverSpawns,
  runTransition,
  type SpawnPorts,
  type SpawnRequest,
  settleAgents,
  spawnAgent,
  stopProved,
  WorkflowError,
} from "@wiggum/workflow";
import { type AgentViews, createAgentOrders } from "./agent-orders.js";
import { budgetRulesAt } from "./budget-rules.js";
import { tellOnce } from "./much-work.js";
import { endAbandonedRuns } from "./noted-runs.js";
import { refuseOtherHostsClaim } from "./other-hosts-claim.js";
import { requireOwnClaim } from "./own-claim.js";
import { requireOwnWorktrees } from "./own-worktrees.js";
import type { ProjectParts } from "./project-parts.js";
import type { KillOptions, KillOutcome, SpawnOptions, SpawnOutcome } from "./project-sessions.js";
import { transitionPorts } from "./project-transitions.js";
import { listRoles } from "./roles.js";
import { refuseStrangerAtWork } from "./stranger-at-work.js";
import { refuseTornDown } from "./torn-down.js";
import { createTearDown } from "./worktree-teardown.js";
import { createAgentWorkspaces } from "./worktrees.js";

/** Between SIGTERM and SIGKILL of a hook that was left behind, milliseconds. */
const hookGraceMs = 2_000;

/** How long an agent of a runner that only knows "running" must live to count as started, milliseconds. */
const settleMs = 250;

export interface ProjectSpawns {
  spawn(role: string, ticketId?: string, options?: SpawnOptions): Promise<SpawnOutcome>;
  explain(role: string, ticketId?: string, options?: SpawnOptions): Promise<readonly string[]>;
  kill(agentId: AgentId, options?: KillOptions): Promise<KillOutcome>;
  recover(): Promise<readonly string[]>;
  endSession(agentId: AgentId, reason: string): Promise<string>;
  readonly workspaces: AgentWorkspaces;
}

/** Starting and ending agents. `wiggumPath` is the program that they call back. */
export function createProjectSpawns(parts: ProjectParts, wiggumPath: string): ProjectSpawns {
  const { tickets, registry, runner, clock, newId, settings, git, paths, environment, notify } = parts;
  const { views } = parts.backend;
  const workspaces = createAgentWorkspaces({
    git,
    paths,
    tickets,
    baseBranch: settings.baseBranch,
    snapshot: snapshotRules(parts),
    roles: () => listRoles(paths),
    tearDown: createTearDown({ paths, settings, registry, environment }),
  });
  const orders: AgentOrders = createAgentOrders({
    git,
    paths,
    settings,
    tickets,
    registry,
    runner,
    environment,
    wiggum: wiggumPath,
    views: views === undefined ? undefined : markedViews(parts, views),
  });
  const claim: ClaimTicket = async ({ ticketId, to, agentId, operationId }) => {
    const { hookDepth } = parts.caller;
    const context = { ...parts.writeContext(), operationId };
    const request = { id: ticketId, to, context, claimFor: agentId, depth: hookDepth };
    return (await runTransition(transitionPorts(parts), request)).record;
  };
  const spawnPorts: SpawnPorts = {
    tickets,
    registry,
    runner,
    clock,
    newId,
    workspaces,
    orders,
    claim,
    writeContext: parts.writeContext,
    settings: {
      maxAgents: settings.maxAgents,
      maxAgentsByRole: settings.maxAgentsByRole,
      budget: () => budgetRulesAt(clock.now(), settings, paths),
      startTimeoutMs: settings.startTimeoutMs,
      settleMs,
    },
    warn: notify,
    mayGoOn: async () => refuseTornDown(paths, environment),
  };
  const killPorts: KillPorts = {
    tickets,
    registry,
    runner,
    clock,
    workspaces,
    orders,
    writeContext: parts.writeContext,
    recover: () => recoverSpawns(spawnPorts),
  };

  return {
    workspaces,
    async spawn(role, ticketId, options) {
      refuseTornDown(paths, environment);
      await requireOwnClaim(tickets, parts.caller.agent);
      for (const warning of await requireOwnWorktrees(parts)) notify(warning);
      for (const { warnings } of await recoverSpawns(spawnPorts))
        for (const warning of warnings) notify(warning);
      await refuseStrangerAtWork(parts, role, ticketId);
      await refuseOtherHostsClaim(parts, role, ticketId);
      try {
        const { handle: _, ...spawned } = await spawnAgent(requestOf(role, ticketId, options), spawnPorts);
        return spawned;
      } catch (error) {
        // What broke it off is what counts: an agent that a teardown ended while it was being started is not to be started again.
        refuseTornDown(paths, environment, error);
        throw error;
      }
    },
    explain: (role, ticketId, options) => explainSpawn(requestOf(role, ticketId, options), spawnPorts),
    async kill(agentId, options = {}) {
      await requireOwnClaim(tickets, parts.caller.agent);
      // The command would end itself half-way. Who only stands in the worktree has no generation.
      if (parts.caller.agent?.agentId === agentId && environment["WIGGUM_GENERATION"])
        throw fromInside(agentId);
      const mended = await requireOwnWorktrees(parts, agentId);
      const request = { agentId, isReleased: options.release, isForced: options.force };
      const killed = await killAgent(request, killPorts);
      // A before-hook of its command bears a mark of its own: what is left of one ended with the command, but for what hid from its group.
      await endAbandonedRuns(paths, hookGraceMs);
      return { ...killed, warnings: [...mended, ...killed.warnings], stop: killed.stop };
    },
    async recover() {
      const mended = await requireOwnWorktrees(parts);
      const { ended } = await endAbandonedRuns(paths, hookGraceMs);
      const spawns = (await recoverSpawns(spawnPorts)).flatMap(({ agentId, status, warnings }) => [
        `spawn of ${agentId}: ${status}`,
        ...warnings,
      ]);
      const settled = (await settleAgents(spawnPorts)).map(({ agentId, reason }) => `${agentId}: ${reason}`);
      return [
        ...mended,
        ...ended.map((what) => `ended a hook whose command was killed: ${what}`),
        ...spawns,
        ...settled,
      ];
    },
    async endSession(agentId, reason) {
      const agent = await registry.read(agentId);
      const session = agent?.session;
      if (agent === undefined || session === undefined) throw unknownAgent(agentId);
      if (session.endedAt !== undefined) return `${agentId} had ended before`;
      if (session.handle !== undefined && reachesSessionsOf(runner, session.runner))
        await stopProved(runner, session.handle);
      await orders.stopSetUp(agentId, session.generation);
      await registry.recordEnd(agentId, session.generation, { reason });
      return `ended ${agentId}: ${reason}`;
    },
  };
}

function requestOf(role: string, ticketId: string | undefined, options: SpawnOptions = {}): SpawnRequest {
  const { promptPath, force, isSupervised } = options;
  return { role, ticketId, promptPath, isForced: force, isSupervised };
}

/** What must be kept of a worktree before it goes. */
export function snapshotRules({ settings, backend, notify }: ProjectParts) {
  return {
    regenerable: settings.worktree.regenerable,
    views: backend.views,
    onMuchWork: tellOnce(notify),
  };
}

/** An agent is shown its ticket in the prompt: what others change after that is news to it. */
function markedViews({ backend }: ProjectParts, views: TicketViews): AgentViews {
  return {
    refresh: (folder, options) => views.refresh(folder, options),
    async showAnew(folder, ticketId) {
      const { cursor } = await backend.list({ ids: [] });
      await views.refresh(folder, { showing: ticketId === undefined ? [] : [ticketId] });
      await views.markSeen(folder, cursor);
    },
    async create(folder, kind) {
      const { cursor } = await backend.list({ ids: [] });
      await views.create(folder, kind);
      if ((await views.seen(folder)) === undefined) await views.markSeen(folder, cursor);
    },
  };
}

function fromInside(agentId: AgentId): WorkflowError<"KILL_FROM_INSIDE"> {
  return new WorkflowError(
    "KILL_FROM_INSIDE",
    `${agentId} cannot be ended by a command of its own session: nothing was done`,
    { agentId },
    { hint: `Exit, and what follows ends it; or type 'wiggum kill ${agentId}' somewhere else.` },
  );
}

function unknownAgent(agentId: AgentId): WorkflowError<"AGENT_NOT_FOUND"> {
  return new WorkflowError(
    "AGENT_NOT_FOUND",
    `Agent not found in registry: ${agentId}`,
    { agentId },
    { hint: "'wiggum list' shows the agents." },
  );
}
