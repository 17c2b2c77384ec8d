// Which agents there are and were, without the registry: what a registry is made from, the first one or one whose file is gone.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { type Git, isGitError, listBranches, listWorktrees, type Worktree } from "@wiggum/git";
import { printable, type Tickets } from "@wiggum/ticket-core";
import { type AgentHandle, type AgentId, type AgentRunner, WorkflowError } from "@wiggum/workflow";
import { readAgentFile } from "./agent-file.js";
import { parseAgentId } from "./branch-names.js";
import { readOriginalAgents } from "./original-agents.js";
import type { ProjectPaths } from "./project-paths.js";
import type { AdoptedAgent } from "./registry-adoption.js";
import { salvagedAgents } from "./salvage.js";
import { claimedProcessesIn } from "./worktree-processes.js";

export interface AgentSources {
  readonly paths: ProjectPaths;
  /** Of the main root. */
  readonly git: Git;
  readonly tickets: Tickets;
  readonly runner: Pick<AgentRunner, "discover" | "name">;
}

export interface FoundAgents {
  /** Every name that anything bears or bore: their numbers are never given again. */
  readonly names: readonly AgentId[];
  /** Those that have a worktree or run. */
  readonly agents: readonly AdoptedAgent[];
}

/**
 * Looks at worktrees, branches, logs, salvage points, running sessions and the whole history of the tickets.
 * @throws REGISTRY_BROKEN an agent runs that this runner does not know: it would be started a second time; RUNNER_FAILED; of git and store
 */
export async function findAgents(sources: AgentSources): Promise<FoundAgents> {
  const { paths, git, tickets, runner } = sources;
  const running = await runner.discover({ stateRoot: paths.stateRoot });
  const worktrees = (await inRepository(() => listWorktrees(git))).filter(
    ({ isMain, path }) => !isMain && existsSync(path),
  );
  const described = await Promise.all(worktrees.map((worktree) => describe(paths, worktree, running)));
  const placed = described.filter((agent) => agent !== undefined);
  for (const { agentId, handle } of placed)
    if (handle === undefined) refuseStranger(paths, agentId, runner.name);
  const alone = running.filter(({ agentId }) => !placed.some((agent) => agent.agentId === agentId));
  const held = await tickets.list({ assignedAgentIds: alone.map(({ agentId }) => agentId) });
  const ticketOf = (agentId: AgentId) =>
    held.tickets.find(({ ticket }) => ticket.assignedAgentId === agentId)?.ticket.id;
  return {
    names: await namesIn(sources),
    agents: [
      ...placed,
      ...alone.map((handle) => ({ agentId: handle.agentId, handle, ticketId: ticketOf(handle.agentId) })),
    ],
  };
}

/** Names of agents that left a worktree or logs. */
function agentNamesOnDisk(paths: ProjectPaths): readonly AgentId[] {
  return [paths.worktreesDirectory, paths.stateRoot].flatMap(namesOf);
}

async function namesIn({ paths, git, tickets }: AgentSources): Promise<readonly AgentId[]> {
  const names = new Set<string>([
    ...agentNamesOnDisk(paths),
    ...readOriginalAgents(paths),
    ...(await inRepository(() => listBranches(git))).map(({ name }) => name),
    ...(await inRepository(() => salvagedAgents(git))),
    ...(await tickets.list()).tickets.map(({ ticket }) => ticket.assignedAgentId ?? ""),
  ]);
  // Who once held or changed a ticket may have left nothing else.
  for await (const change of tickets.backend.watch?.(undefined, { follow: false }) ?? []) {
    if (change.actor.kind === "agent") names.add(change.actor.id);
    names.add(change.before?.ticket.assignedAgentId ?? "");
    names.add(change.after?.ticket.assignedAgentId ?? "");
  }
  return [...names].filter((name) => parseAgentId(name) !== undefined);
}

/** The agent of a worktree, as its own file says; a worktree of anybody else is none. */
async function describe(
  paths: ProjectPaths,
  worktree: Worktree,
  running: readonly AgentHandle[],
): Promise<AdoptedAgent | undefined> {
  const name = basename(worktree.path);
  const file = await readAgentFile(worktree.path).catch(() => undefined); // A damaged one says nothing.
  const agentId =
    file?.agentId ?? (worktree.branch === name && parseAgentId(name) !== undefined ? name : undefined);
  if (agentId === undefined) return undefined;
  const handle = newest(running.filter((candidate) => candidate.agentId === agentId));
  // The shell version noted no sessions: its agents had one, and it is over.
  const first = file === undefined && existsSync(paths.adoptionBackup) ? 1 : 0;
  const generation = Math.max(file?.generation ?? first, ...generationsOf(paths, agentId));
  return {
    agentId,
    worktree: worktree.path,
    branch: worktree.branch ?? agentId,
    ...(generation === 0 ? {} : { generation }),
    ...(file === undefined
      ? {}
      : { ticketId: file.ticketId, isSupervised: file.isSupervised, epoch: file.epoch }),
    ...(handle === undefined ? {} : { handle }),
  };
}

function newest(handles: readonly AgentHandle[]): AgentHandle | undefined {
  return handles.toSorted((one, other) => other.generation - one.generation)[0];
}

/** Sessions that left a folder: the next one must not get the number of one of these. */
function generationsOf(paths: ProjectPaths, agentId: AgentId): readonly number[] {
  const folder = join(paths.stateRoot, agentId);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes that call themselves this agent, in its worktree, and that no session of this runner accounts for. */
function refuseStranger(paths: ProjectPaths, agentId: AgentId, runner: string): void {
  const place = join(paths.worktreesDirectory, agentId);
  const strangers = existsSync(place) ? claimedProcessesIn(realpathSync(place), agentId) : [];
  if (strangers.length === 0) return;
  const pids = strangers.map(({ pid }) => `process ${pid}`).join(", ");
  throw new WorkflowError(
    "REGISTRY_BROKEN",
    `The registry of agents is gone, and ${printable(agentId)} runs (${pids}) in a way that the ${printable(runner)} runner does not know`,
    { path: paths.agentsDatabase, isReplaceable: false },
    {
      hint: "Use the program that started it, or end these processes, then try again: a new registry is made by itself.",
    },
  );
}

function namesOf(folder: string): readonly AgentId[] {
  return (existsSync(folder) ? readdirSync(folder) : []).filter((name) => parseAgentId(name) !== undefined);
}

/** Without a repository there are no worktrees and no branches. */
async function inRepository<Item>(ask: () => Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await ask();
  } catch (error) {
    if (isGitError(error, "NOT_A_REPOSITORY")) return [];
    throw error;
  }
}
