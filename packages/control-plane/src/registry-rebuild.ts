import { existsSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { type Git, listBranches, listWorktrees, type Worktree } from "@wiggum/git";
import type { Tickets } from "@wiggum/ticket-core";
import type { AgentHandle, AgentId, AgentRunner } from "@wiggum/workflow";
import { readAgentFile } from "./agent-file.js";
import { parseAgentId } from "./branch-names.js";
import { exclusively } from "./exclusively.js";
import { writePanels } from "./panels-view.js";
import type { ProjectPaths } from "./project-paths.js";
import { adoptAgent } from "./registry-adoption.js";
import { reserveNames } from "./registry-changes.js";
import { openRegistryDatabase } from "./registry-database.js";
import { listAgents } from "./registry-rows.js";
import { salvagedAgents } from "./salvage.js";
import { newUlid } from "./ulid.js";

export interface RegistryRebuild {
  readonly paths: ProjectPaths;
  /** Of the main root. */
  readonly git: Git;
  readonly tickets: Tickets;
  readonly runner: AgentRunner;
}

export interface RebuiltRegistry {
  /** Where the damaged file went. */
  readonly movedTo: string;
  /** Agents that were found on disk or running. */
  readonly adopted: readonly AgentId[];
}

/**
 * For a registry that cannot be read: moves it aside and makes a new one from what is on disk. Numbers go on above every name that a
 * branch, worktree, log, salvage point or ticket bears; agents with a worktree are taken in again, those that run keep their place.
 */
export async function rebuildRegistry(rebuild: RegistryRebuild): Promise<RebuiltRegistry> {
  const { paths, git, tickets, runner } = rebuild;
  // Everything is looked at first: what cannot be looked at must not cost the old file.
  const names = await agentNamesInUse(rebuild);
  const running = await runner.discover({ stateRoot: paths.stateRoot });
  const worktrees = (await listWorktrees(git)).filter(({ isMain, path }) => !isMain && existsSync(path));
  const agents = await Promise.all(worktrees.map((worktree) => describe(worktree, running)));
  const found = agents.filter((agent) => agent !== undefined);
  const alone = running.filter(({ agentId }) => !found.some((agent) => agent.agentId === agentId));
  const held = await tickets.list({ assignedAgentIds: alone.map(({ agentId }) => agentId) });
  const at = new Date().toISOString();
  return exclusively(join(paths.ownersDirectory, "rebuild.db"), async () => {
    const movedTo = `${paths.agentsDatabase}.damaged-${newUlid()}`;
    for (const suffix of ["", "-journal", "-wal", "-shm"]) {
      const file = `${paths.agentsDatabase}${suffix}`;
      if (existsSync(file)) renameSync(file, `${movedTo}${suffix}`);
    }
    const database = openRegistryDatabase(paths.agentsDatabase, (fresh) => reserveNames(fresh, names));
    await database.change((inside) => {
      for (const agent of found) adoptAgent(inside, agent, at);
      for (const handle of alone) {
        const ticket = held.tickets.find(
          (record) => record.ticket.assignedAgentId === handle.agentId,
        )?.ticket;
        adoptAgent(inside, { agentId: handle.agentId, handle, ticketId: ticket?.id }, at);
      }
      writePanels(paths.panelsFile, listAgents(inside, false));
    });
    database.close();
    return { movedTo, adopted: [...found, ...alone].map(({ agentId }) => agentId) };
  });
}

/** The agent of a worktree, as its own file says; a worktree of anybody else is none. */
async function describe(worktree: Worktree, running: readonly AgentHandle[]) {
  const name = basename(worktree.path);
  const file = await readAgentFile(worktree.path).catch(() => undefined); // A damaged one says nothing.
  const agentId =
    file?.agentId ?? (worktree.branch === name && parseAgentId(name) !== undefined ? name : undefined);
  if (agentId === undefined) return undefined;
  const handle = running.find((candidate) => candidate.agentId === agentId);
  return {
    agentId,
    worktree: worktree.path,
    branch: worktree.branch ?? agentId,
    ...(file === undefined
      ? {}
      : {
          ticketId: file.ticketId,
          isSupervised: file.isSupervised,
          epoch: file.epoch,
          generation: file.generation,
        }),
    ...(handle === undefined ? {} : { handle }),
  };
}

/** Every name of an agent that anything bears. */
export async function agentNamesInUse(rebuild: Omit<RegistryRebuild, "runner">): Promise<readonly AgentId[]> {
  const { paths, git, tickets } = rebuild;
  const names = [
    ...agentNamesOnDisk(paths),
    ...(await listBranches(git)).map(({ name }) => name),
    ...(await salvagedAgents(git)),
    ...(await tickets.list()).tickets.map(({ ticket }) => ticket.assignedAgentId ?? ""),
  ];
  return [...new Set(names)].filter((name) => parseAgentId(name) !== undefined);
}

/** Names of agents that left a worktree or logs: for a registry that is made anew because its file is gone. */
export function agentNamesOnDisk(paths: ProjectPaths): readonly AgentId[] {
  return [paths.worktreesDirectory, paths.stateRoot]
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []))
    .filter((name) => parseAgentId(name) !== undefined);
}
