import { existsSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deleteBranch, type Git, isGitError, listWorktrees, pruneWorktrees, readBranch } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { type AgentId, type ClearedWorkspace, isWorkflowError } from "@wiggum/workflow";
import { unreachableCommits } from "./durable-commits.js";
import type { ProjectPaths } from "./project-paths.js";
import { type Danger, proveSafe, removeProvedWorktree, type SafeToRemove } from "./safe-removal.js";
import { type SalvagedWork, salvageBranch, salvageWorktree } from "./salvage.js";
import { salvagePrefix } from "./salvage-record.js";
import { removeStaleLocks } from "./stale-locks.js";
import type { SnapshotRules } from "./work-snapshot.js";
import type { TearDownWorktree } from "./worktree-teardown.js";
import { tieWorktree } from "./worktree-tie.js";

interface Place {
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly rules: SnapshotRules;
  readonly tearDown?: TearDownWorktree | undefined;
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
  readonly unfinished: string[];
}

/** Removes an agent's worktree and branch as far as nothing is lost. What stays is named, with the reason. Repeatable. */
export async function clearWorkspace(
  place: Place,
  agentId: AgentId,
  remains: { readonly worktree?: string | undefined; readonly branch?: string | undefined },
  how: How,
): Promise<ClearedWorkspace> {
  const outcome: Outcome = { warnings: [], unfinished: [] };
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
  if ((await readdir(worktree)).length === 0 && !(await isRegistered(git, worktree))) return rmdir(worktree);
  const tie = await tieWorktree(git, worktree, how.branch);
  if (!tie.isWhole)
    return keepWorktree(worktree, [tie.told ?? ""], agentId, { ...how, isUnsaved: true }, outcome);
  if (tie.told !== undefined) outcome.warnings.push(tie.told);
  await waitForInitialising(git, worktree);
  const { branch } = how;
  let verdict = await proveSafe(git, worktree, rules, { branch });
  const mayGo = verdict.status === "safe" || isToBeSalvaged(verdict.dangers, how.isForced);
  if (mayGo && place.tearDown !== undefined) {
    outcome.warnings.push(...(await place.tearDown(agentId, worktree)));
    // Whatever it left is judged as the agent's own work is.
    verdict = await proveSafe(git, worktree, rules, { branch });
  }
  if (verdict.status === "unsafe" && isToBeSalvaged(verdict.dangers, how.isForced)) {
    const salvaged = await trySalvage(place, agentId, worktree, how.reason);
    if ("reasons" in salvaged) {
      const others = verdict.dangers.filter(({ kind }) => kind === "process" || kind === "locked");
      const reasons = [...others.map(({ detail }) => detail), ...salvaged.reasons];
      return keepWorktree(worktree, reasons, agentId, how, outcome);
    }
    outcome.salvaged = salvaged.entry.name;
    verdict = await proveSafe(git, worktree, rules, { branch, salvaged });
  }
  const reasons =
    verdict.status === "unsafe"
      ? verdict.dangers.map(({ detail }) => detail)
      : await removeUnlessChanged(place, verdict.proof);
  if (reasons.length === 0) return;
  // A person's work keeps a worktree as it should; a process in it is something to be ended.
  const isInUse = verdict.status === "unsafe" && verdict.dangers.some(({ kind }) => kind === "process");
  keepWorktree(worktree, reasons, agentId, { ...how, isInUse }, outcome);
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

/**
 * Ignored files alone keep no worktree: they are salvaged even without force. What a person may still want to commit is left. With force all
 * that can be saved is, also where something else (a process in it) will keep the worktree.
 */
function isToBeSalvaged(dangers: readonly Danger[], isForced: boolean): boolean {
  return isForced
    ? dangers.some(({ kind }) => salvageable.has(kind))
    : dangers.every(({ kind }) => kind === "ignored");
}

async function trySalvage(
  { git, rules }: Place,
  agentId: AgentId,
  worktree: string,
  reason: string,
): Promise<SalvagedWork | { readonly reasons: readonly string[] }> {
  try {
    return await salvageWorktree(git, agentId, worktree, { ...rules, reason });
  } catch (error) {
    if (!isWorkflowError(error, "WORKTREE_UNSAFE")) throw error;
    return { reasons: error.data.reasons };
  }
}

function keepWorktree(
  worktree: string,
  reasons: readonly string[],
  agentId: AgentId,
  how: How & { readonly isInUse?: boolean; readonly isUnsaved?: boolean },
  outcome: Outcome,
): void {
  outcome.keptWorktree = worktree;
  const isUnfinished = how.isForced || how.isInUse === true;
  const next =
    isUnfinished || how.isUnsaved === true
      ? ""
      : ` ('wiggum kill ${agentId} --force' saves what can be saved, then removes it)`;
  keep(outcome, `The worktree ${printable(worktree)} stays: ${reasons.join("; ")}${next}`, isUnfinished);
}

function keep(outcome: Outcome, warning: string, isUnfinished: boolean): void {
  outcome.warnings.push(warning);
  if (isUnfinished) outcome.unfinished.push(warning);
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
      keep(
        outcome,
        `The branch ${branch} stays: it is checked out in ${printable(checkout.path)}, which is not where the agent worked; move that folder back to ${printable(join(place.paths.worktreesDirectory, agentId))}, or switch it to another branch`,
        how.isForced,
      );
    }
    return;
  }
  // What was saved a moment ago, by this very removal, holds the branch's commits for as long as they are promised to be kept.
  const saved = outcome.salvaged === undefined ? [] : [`${salvagePrefix}${outcome.salvaged}`];
  if ((await unreachableCommits(git, [tip], saved)).length > 0) {
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
    keep(outcome, `The branch ${branch} stays: it was moved a moment ago`, true);
  }
}
