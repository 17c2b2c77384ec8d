import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { findType, isFinal, printable, type Ticket } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentHandle,
  isWorkflowError,
  reachesSessionsOf,
  sessionEndOf,
  stopProved,
  WorkflowError,
} from "@wiggum/workflow";
import { parseAgentId } from "./branch-names.js";
import { type FoundAgents, findAgents } from "./find-agents.js";
import { fromRoot } from "./init-files.js";
import type { ProjectFinding } from "./project.js";
import { examineTies } from "./project-doctor-ties.js";
import type { ProjectParts } from "./project-parts.js";
import type { ProjectSpawns } from "./project-spawns.js";
import { hasRegistry } from "./registry-database.js";
import { rebuildRegistry } from "./registry-rebuild.js";

/** Agents: what the registry says, what runs, what lies on disk, and what the tickets say. */
export async function examineAgents(
  parts: ProjectParts,
  spawns: ProjectSpawns,
  isTypesKnown: boolean,
): Promise<readonly ProjectFinding[]> {
  let agents: readonly AgentFacts[] = [];
  try {
    // Looking into a registry that is not there would make it.
    if (!hasRegistry(parts.paths.agentsDatabase)) {
      const found = await findAgents(parts);
      if (found.agents.length > 0) return [missingRegistry(parts, found)];
    } else agents = await parts.registry.list({ includeRetired: true });
  } catch (error) {
    if (!isWorkflowError(error, "REGISTRY_BROKEN")) throw error;
    return [brokenRegistry(parts, error)];
  }
  const running = await parts.runner.discover({ stateRoot: parts.paths.stateRoot });
  return [
    // First: until they are mended no agent is ended or recovered.
    ...(await examineTies(parts, agents)),
    ...(await examineSessions(parts, spawns, agents)),
    ...orphans(parts, agents, running),
    ...leftovers(parts, spawns, agents, running),
    ...goneWorktrees(parts, agents, running),
    ...(isTypesKnown ? await disagreements(parts, agents) : []),
  ];
}

function brokenRegistry(
  parts: ProjectParts,
  { message, hint, data }: WorkflowError<"REGISTRY_BROKEN">,
): ProjectFinding {
  const { paths } = parts;
  const finding = { area: "agents", severity: "error", code: "REGISTRY_BROKEN", message } as const;
  // A new one would be wrong, or lose something: the error says what to do first.
  if (!data.isReplaceable) return { ...finding, ...(hint === undefined ? {} : { hint }) };
  const file = fromRoot(paths, paths.agentsDatabase);
  const plan = `move ${file} aside and make a new one from the worktrees, logs and processes that are there`;
  return { ...finding, fix: { plan, apply: () => makeAnew(parts) } };
}

/** Gone, and agents are there: whatever asks for it next makes a new one, too. */
function missingRegistry(parts: ProjectParts, { agents }: FoundAgents): ProjectFinding {
  const { paths } = parts;
  const file = fromRoot(paths, paths.agentsDatabase);
  const names = agents.map(({ agentId, handle }) => (handle === undefined ? agentId : `${agentId} (runs)`));
  return {
    area: "agents",
    severity: "warning",
    code: "REGISTRY_MISSING",
    message: `The registry of agents ${file} is gone; agents are here: ${names.map((name) => printable(name)).join(", ")}`,
    hint: "The next command that needs it makes a new one by itself.",
    fix: {
      plan: `make ${file} from the worktrees, logs and processes that are there`,
      apply: () => makeAnew(parts),
    },
  };
}

async function makeAnew({ paths, git, tickets, runner, registry }: ProjectParts): Promise<void> {
  await registry.close();
  await rebuildRegistry({ paths, git, tickets, runner });
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
    if (!reachesSessionsOf(runner, session.runner)) continue;
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
        apply: async () => void (await stopProved(runner, handle)),
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
          async apply() {
            const { unfinished } = await spawns.kill(name, { force: true });
            if (unfinished.length > 0) throw notRemoved(path, unfinished);
          },
        },
      },
    ];
  });
}

function notRemoved(path: string, reasons: readonly string[]): WorkflowError<"WORKTREE_UNSAFE"> {
  return new WorkflowError(
    "WORKTREE_UNSAFE",
    `${path} is still there: ${reasons.join("; ")}`,
    { worktree: path, reasons },
    { hint: "Put right what is named, then try again." },
  );
}

/** Agents whose folder somebody removed: nothing of the session says so, and whatever it writes from now on is lost. */
function goneWorktrees(
  { paths }: ProjectParts,
  agents: readonly AgentFacts[],
  running: readonly AgentHandle[],
): readonly ProjectFinding[] {
  return agents.flatMap(({ agentId, role, ticketId, worktree, branch, retiredAt }): ProjectFinding[] => {
    if (retiredAt !== undefined || worktree === undefined || existsSync(worktree)) return [];
    const runs = running.some((handle) => handle.agentId === agentId);
    const gone = `The worktree of ${agentId}, ${fromRoot(paths, worktree)}, is gone`;
    const again = ticketId === undefined ? "" : `, then 'wiggum spawn ${role} ${ticketId}'`;
    return [
      {
        area: "worktrees",
        severity: "error",
        code: "WORKTREE_GONE",
        ...(ticketId === undefined ? {} : { id: ticketId }),
        message: runs ? `${gone}, and its session still runs: what it writes now is lost` : gone,
        hint: `'wiggum kill ${agentId}'${again}. What it committed is on the branch ${printable(branch ?? agentId)}.`,
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
    const role = holder === undefined ? undefined : parseAgentId(holder)?.role;
    if (holder === undefined || role === undefined) continue;
    // Who handed in waits for others, who are started without it: there is nobody to be put in its place.
    const state = findType(types, ticket.type)?.states.find(({ name }) => name === ticket.state);
    if (state !== undefined && !state.roles.includes(role)) continue;
    const facts = agents.find(({ agentId }) => agentId === holder);
    if (facts !== undefined && facts.retiredAt === undefined) continue;
    findings.push({
      area: "agents",
      severity: "warning",
      code: "HOLDER_GONE",
      id: ticket.id,
      message: `${ticket.id} (${printable(ticket.state)}) is held by ${printable(holder)}, ${facts === undefined ? "which the registry does not know" : "which was ended"}`,
      hint: `'wiggum ticket release ${ticket.id}' gives the ticket back, 'wiggum spawn ${role} ${ticket.id}' puts another agent in its place.`,
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
