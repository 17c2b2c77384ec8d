import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isFinal, printable, type Ticket } from "@wiggum/ticket-core";
import { type AgentFacts, type AgentHandle, isWorkflowError, sessionEndOf } from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectSpawns } from "./project-spawns.js";
import { rebuildRegistry } from "./registry-rebuild.js";

/** Agents: what the registry says, what runs, what lies on disk, and what the tickets say. */
export async function examineAgents(
  parts: ProjectParts,
  spawns: ProjectSpawns,
): Promise<readonly ProjectFinding[]> {
  // Looking into a registry that is not there would make it.
  const hasRegistry = existsSync(parts.paths.agentsDatabase);
  let agents: readonly AgentFacts[] = [];
  try {
    if (hasRegistry) agents = await parts.registry.list({ includeRetired: true });
  } catch (error) {
    if (!isWorkflowError(error, "REGISTRY_BROKEN")) throw error;
    return [brokenRegistry(parts, error.message)];
  }
  const running = await parts.runner.discover({ stateRoot: parts.paths.stateRoot });
  return [
    ...(await examineSessions(parts, spawns, agents)),
    ...orphans(parts, agents, running),
    ...leftovers(parts, spawns, agents, running),
    ...(await disagreements(parts, agents)),
  ];
}

function brokenRegistry(
  { paths, git, tickets, runner, registry }: ProjectParts,
  message: string,
): ProjectFinding {
  const file = fromRoot(paths, paths.agentsDatabase);
  return {
    area: "agents",
    severity: "error",
    code: "REGISTRY_BROKEN",
    message,
    fix: {
      plan: `move ${file} aside and make a new one from the worktrees, logs and processes that are there`,
      async apply() {
        await registry.close();
        await rebuildRegistry({ paths, git, tickets, runner });
      },
    },
  };
}

/** Live rows whose session is over, and starts that nobody carries on with. */
async function examineSessions(
  { registry, runner }: ProjectParts,
  spawns: ProjectSpawns,
  agents: readonly AgentFacts[],
): Promise<readonly ProjectFinding[]> {
  const findings: ProjectFinding[] = [];
  const recover = (plan: string) => ({ plan, apply: async () => void (await spawns.recover()) });
  for (const { agentId, isLive, session } of agents) {
    if (!isLive || session === undefined || session.endedAt !== undefined) continue;
    if (session.handle === undefined) {
      if (await registry.isStarting(agentId)) continue;
      findings.push({
        area: "agents",
        severity: "warning",
        code: "SPAWN_UNFINISHED",
        message: `The start of ${agentId} was cut off half-way`,
        fix: recover(`finish or undo the start of ${agentId}`),
      });
      continue;
    }
    if (session.runner !== runner.name) continue;
    const evidence = (await runner.observe(session.handle)).filter(
      ({ generation }) => generation === session.generation,
    );
    const end = sessionEndOf(evidence);
    if (end === undefined) continue;
    findings.push({
      area: "agents",
      severity: "warning",
      code: "SESSION_OVER",
      message: `${agentId} is noted as running, but its session is over (${end.reason})`,
      fix: recover(`note that the session of ${agentId} is over`),
    });
  }
  return findings;
}

/** Sessions that run and that no live agent accounts for. */
function orphans(
  { runner }: ProjectParts,
  agents: readonly AgentFacts[],
  running: readonly AgentHandle[],
): readonly ProjectFinding[] {
  const isKnown = ({ agentId, generation }: AgentHandle) =>
    agents.some(
      ({ agentId: known, isLive, session }) =>
        known === agentId && isLive && session?.generation === generation,
    );
  return running
    .filter((handle) => !isKnown(handle))
    .map((handle) => ({
      area: "agents",
      severity: "error",
      code: "AGENT_ORPHANED",
      message: `Processes of ${printable(handle.agentId)} (session ${handle.generation}) still run, although that session is over`,
      fix: {
        plan: `end the processes of ${handle.agentId}, session ${handle.generation}`,
        apply: async () => void (await runner.stop(handle)),
      },
    }));
}

/** Worktrees of agents that were ended, or that nobody knows. */
function leftovers(
  { paths }: ProjectParts,
  spawns: ProjectSpawns,
  agents: readonly AgentFacts[],
  running: readonly AgentHandle[],
): readonly ProjectFinding[] {
  const folder = paths.worktreesDirectory;
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => parseAgentId(name) !== undefined)
        .sort()
    : [];
  return names.flatMap((name): readonly ProjectFinding[] => {
    const facts = agents.find(({ agentId }) => agentId === name);
    const isInUse = running.some(({ agentId }) => agentId === name);
    if (isInUse || (facts !== undefined && facts.retiredAt === undefined)) return [];
    const path = fromRoot(paths, join(folder, name));
    return [
      {
        area: "worktrees",
        severity: "warning",
        code: "WORKTREE_LEFT",
        message: `${path} was left behind by ${name}, ${facts === undefined ? "which the registry does not know" : "which was ended"}`,
        hint: "It may hold work that was never merged: look first if you are not sure.",
        fix: {
          plan: `save what is only in ${path} ('wiggum salvage list' shows it), then remove the worktree and its branch`,
          apply: async () => void (await spawns.kill(name, { force: true })),
        },
      },
    ];
  });
}

/** The ticket says who works on it; where the registry disagrees, the ticket is right and a person decides. */
async function disagreements(
  { tickets, types }: ProjectParts,
  agents: readonly AgentFacts[],
): Promise<readonly ProjectFinding[]> {
  const { tickets: records } = await tickets.list();
  const open = new Map<string, Ticket>();
  for (const { ticket } of records) if (!isFinal(types, ticket)) open.set(ticket.id, ticket);
  const findings: ProjectFinding[] = [];
  for (const ticket of open.values()) {
    const holder = ticket.assignedAgentId;
    if (holder === undefined || parseAgentId(holder) === undefined) continue;
    const facts = agents.find(({ agentId }) => agentId === holder);
    if (facts !== undefined && facts.retiredAt === undefined) continue;
    findings.push({
      area: "agents",
      severity: "warning",
      code: "HOLDER_GONE",
      id: ticket.id,
      message: `${ticket.id} (${printable(ticket.state)}) is held by ${printable(holder)}, ${facts === undefined ? "which the registry does not know" : "which was ended"}`,
      hint: `'wiggum kill ${holder} --release' gives the ticket back, 'wiggum spawn worker ${ticket.id}' puts another agent in its place.`,
    });
  }
  for (const { agentId, ticketId, isLive } of agents) {
    if (!isLive || ticketId === undefined || open.has(ticketId)) continue;
    const isThere = records.some(({ ticket }) => ticket.id === ticketId);
    findings.push({
      area: "agents",
      severity: "warning",
      code: "TICKET_OVER",
      id: ticketId,
      message: `${agentId} runs for ${ticketId}, which ${isThere ? "is over" : "does not exist"}`,
      hint: `'wiggum kill ${agentId}' ends it.`,
    });
  }
  return findings;
}
