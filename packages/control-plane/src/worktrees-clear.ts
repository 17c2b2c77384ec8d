import { existsSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { deleteBranch, type Git, isGitError, listWorktrees, pruneWorktrees, readBranch } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { type AgentId, type ClearedWorkspace, isWorkflowError } from "@wiggum/workflow";
import { unreachableCommits } from "./durable-commits.js";
import type { ProjectPaths } from "./project-paths.js";
import { type Danger, proveSafe, removeProvedWorktree, type SafeToRemove } from "./safe-removal.js";
import { type SalvagedWork, salvageBranch, salvageWorktree } from "./salvage.js";
import { removeStaleLocks } from "./stale-locks.js";
import type { SnapshotRules } from "./work-snapshot.js";

interface Place {
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly rules: SnapshotRules;
}

interface How {
  /** Salvage, then remove, instead of keeping. */
  readonly isForced: boolean;
  readonly reason: string;
  /** The agent's branch, which keeps its own commits. */
  readonly branch?: string | undefined;
}

interface Outcome {
  salvaged?: string;
  keptWorktree?: string;
  keptBranch?: string;
  readonly warnings: string[];
}

/** Removes an agent's worktree and branch as far as nothing is lost. What stays is named, with the reason. Repeatable. */
export async function clearWorkspace(
  place: Place,
  agentId: AgentId,
  remains: { readonly worktree?: string | undefined; readonly branch?: string | undefined },
  how: How,
): Promise<ClearedWorkspace> {
  const outcome: Outcome = { warnings: [] };
  const { worktree, branch } = remains;
  if (worktree !== undefined && existsSync(worktree)) {
    await clearWorktree(place, agentId, worktree, { ...how, branch }, outcome);
  }
  if (branch !== undefined) await clearBranch(place, agentId, branch, how, outcome);
  return outcome;
}

async function clearWorktree(
  place: Place,
  agentId: AgentId,
  worktree: string,
  how: How,
  outcome: Outcome,
): Promise<void> {
  const { git, rules } = place;
  if (!(await isRegistered(git, worktree))) return clearFolder(worktree, outcome);
  await waitForInitialising(git, worktree);
  const { branch } = how;
  let verdict = await proveSafe(git, worktree, rules, { branch });
  if (verdict.status === "unsafe" && mayBeSalvaged(verdict.dangers, how.isForced)) {
    const salvaged = await trySalvage(place, agentId, worktree, how, outcome);
    if (salvaged === undefined) return;
    outcome.salvaged = salvaged.entry.name;
    verdict = await proveSafe(git, worktree, rules, { branch, salvaged });
  }
  const reasons =
    verdict.status === "unsafe"
      ? verdict.dangers.map(({ detail }) => detail)
      : await removeUnlessChanged(place, verdict.proof);
  if (reasons.length > 0) keepWorktree(worktree, reasons, agentId, how, outcome);
}

/** git looks once more itself; what came in since the proof keeps the worktree. */
async function removeUnlessChanged({ git, paths }: Place, proof: SafeToRemove): Promise<readonly string[]> {
  try {
    await removeProvedWorktree(git, paths, proof);
    return [];
  } catch (error) {
    if (!isGitError(error, "WORKTREE_NOT_CLEAN") && !isGitError(error, "WORKTREE_LOCKED")) throw error;
    return [error.message];
  }
}

const salvageable: ReadonlySet<Danger["kind"]> = new Set(["changes", "commits", "ignored"]);

/** Ignored files alone keep no worktree: they are salvaged even without force. What a person may still want to commit is left. */
function mayBeSalvaged(dangers: readonly Danger[], isForced: boolean): boolean {
  return dangers.every(({ kind }) => (isForced ? salvageable.has(kind) : kind === "ignored"));
}

async function trySalvage(
  { git, rules }: Place,
  agentId: AgentId,
  worktree: string,
  how: How,
  outcome: Outcome,
): Promise<SalvagedWork | undefined> {
  try {
    return await salvageWorktree(git, agentId, worktree, { ...rules, reason: how.reason });
  } catch (error) {
    if (!isWorkflowError(error, "WORKTREE_UNSAFE")) throw error;
    keepWorktree(worktree, error.data.reasons, agentId, how, outcome);
    return undefined;
  }
}

function keepWorktree(
  worktree: string,
  reasons: readonly string[],
  agentId: AgentId,
  how: How,
  outcome: Outcome,
): void {
  outcome.keptWorktree = worktree;
  const next = how.isForced
    ? ""
    : ` ('wiggum kill ${agentId} --force' saves what can be saved, then removes it)`;
  outcome.warnings.push(`The worktree ${printable(worktree)} stays: ${reasons.join("; ")}${next}`);
}

/** git knows nothing of this folder, so nothing can be proved about what is in it. */
async function clearFolder(worktree: string, outcome: Outcome): Promise<void> {
  if ((await readdir(worktree)).length === 0) return rmdir(worktree);
  outcome.keptWorktree = worktree;
  outcome.warnings.push(
    `The folder ${printable(worktree)} stays: git knows no worktree there. Look through it and remove it by hand.`,
  );
}

async function isRegistered(git: Git, worktree: string): Promise<boolean> {
  return (await listWorktrees(git)).some(({ path, isMain }) => path === worktree && !isMain);
}

/** git locks a worktree while it makes it. Its process outlives ours when only ours is killed; one that is dead left the lock. */
async function waitForInitialising(git: Git, worktree: string): Promise<void> {
  for (let round = 0; ; round++) {
    const known = (await listWorktrees(git)).find(({ path }) => path === worktree);
    if (known?.locked !== "initializing") return;
    if (round === 50) {
      await git.run(["worktree", "unlock", "--", worktree]);
      return;
    }
    await sleep(100);
  }
}

async function clearBranch(
  place: Place,
  agentId: AgentId,
  branch: string,
  how: How,
  outcome: Outcome,
): Promise<void> {
  const { git } = place;
  await pruneWorktrees(git);
  const tip = await readBranch(git, branch);
  if (tip === undefined) return;
  const checkout = (await listWorktrees(git)).find((worktree) => worktree.branch === branch);
  if (checkout !== undefined) {
    outcome.keptBranch = branch;
    if (outcome.keptWorktree === undefined) {
      outcome.warnings.push(`The branch ${branch} stays: ${printable(checkout.path)} is on it`);
    }
    return;
  }
  if ((await unreachableCommits(git, [tip])).length > 0) {
    if (!how.isForced) {
      outcome.keptBranch = branch;
      outcome.warnings.push(
        `The branch ${branch} stays: it has commits that are merged nowhere ('wiggum kill ${agentId} --force' saves them, then deletes it)`,
      );
      return;
    }
    outcome.salvaged = (await salvageBranch(git, agentId, branch, tip, how.reason)).name;
  }
  await removeStaleLocks(git, { branch });
  try {
    await deleteBranch(git, branch, tip);
  } catch (error) {
    if (!isGitError(error, "REF_MOVED")) throw error;
    outcome.keptBranch = branch;
    outcome.warnings.push(`The branch ${branch} stays: it was moved a moment ago`);
  }
}
