import { lstat, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { branchRef, type Git, listWorktrees, readRef, removeWorktree } from "@wiggum/git";
import { printable } from "@wiggum/ticket-core";
import { unreachableCommits } from "./durable-commits.js";
import { isLinkedFolder } from "./linked-control.js";
import { type ProjectPaths, worktreePaths } from "./project-paths.js";
import type { SalvagedWork } from "./salvage.js";
import { removeSalvagedWorktree } from "./salvage-removal.js";
import { hasNoChanges, isSameWork, type SnapshotRules, takeSnapshot } from "./work-snapshot.js";
import { processesIn } from "./worktree-processes.js";

const proved = Symbol("proved");

/** A worktree of which nothing would be lost. Only `proveSafe` makes one; it holds for the moment that it was made in. */
export interface SafeToRemove {
  readonly worktree: string;
  readonly isSalvaged: boolean;
  readonly [proved]: true;
}

/** Why a worktree may not be removed. `changes`, `commits` and `ignored` can be salvaged, the others cannot. */
export interface Danger {
  readonly kind: "process" | "locked" | "obstacle" | "commits" | "changes" | "ignored";
  readonly detail: string;
}

export type SafetyVerdict =
  | { readonly status: "safe"; readonly proof: SafeToRemove }
  | { readonly status: "unsafe"; readonly dangers: readonly Danger[] };

/**
 * Judges, in this order: no process works there; it is not locked and holds nothing that cannot be kept; every commit that only it refers
 * to is in a durable ref (or on `branch`, which stays and is judged by itself); nothing is uncommitted; no ignored file is the only copy.
 * `salvaged` = a salvage point made before: the last three are met when the worktree is still exactly as it was then.
 */
export async function proveSafe(
  git: Git,
  worktree: string,
  rules: SnapshotRules,
  known: { readonly branch?: string | undefined; readonly salvaged?: SalvagedWork | undefined } = {},
): Promise<SafetyVerdict> {
  const dangers: Danger[] = [];
  for (const { pid, command } of await processesIn(worktree)) {
    const shown = printable(command).slice(0, 80);
    dangers.push({ kind: "process", detail: `process ${pid} (${shown}) works in it` });
  }
  const listed = (await listWorktrees(git)).find(({ path }) => path === worktree);
  if (listed?.locked !== undefined) {
    const why = listed.locked === "" ? "" : `: ${printable(listed.locked)}`;
    dangers.push({ kind: "locked", detail: `it is locked${why}` });
  }
  const snapshot = await takeSnapshot(git, worktree, rules);
  for (const detail of snapshot.obstacles) dangers.push({ kind: "obstacle", detail });
  const { salvaged, branch } = known;
  const isKept =
    salvaged !== undefined &&
    isSameWork(snapshot, salvaged.snapshot) &&
    (await readRef(git, salvaged.entry.ref)) === salvaged.entry.commit;
  if (!isKept) {
    const held = branch === undefined ? [] : [branchRef(branch)];
    for (const commit of await unreachableCommits(git, snapshot.commits, held)) {
      dangers.push({ kind: "commits", detail: `commit ${commit.slice(0, 12)} is on no other branch` });
    }
    if (!hasNoChanges(snapshot)) {
      const paths = [...snapshot.changed.map(({ path }) => path), ...snapshot.deleted];
      dangers.push({ kind: "changes", detail: `uncommitted: ${someOf(paths, "staged content")}` });
    }
    if (snapshot.ignored.length > 0) {
      const paths = snapshot.ignored.map(({ path }) => path);
      dangers.push({ kind: "ignored", detail: `ignored, and nowhere else: ${someOf(paths)}` });
    }
  }
  if (dangers.length > 0) return { status: "unsafe", dangers };
  const needsForce = isKept && (!hasNoChanges(snapshot) || snapshot.open !== undefined);
  return { status: "safe", proof: { worktree, isSalvaged: needsForce, [proved]: true } };
}

function someOf(paths: readonly string[], otherwise = "nothing"): string {
  if (paths.length === 0) return otherwise;
  const shown = paths.slice(0, 5).map((path) => printable(path));
  return `${shown.join(", ")}${paths.length > 5 ? ` and ${paths.length - 5} more` : ""}`;
}

/** Removes a worktree that was proved safe: first what we put there ourselves, then the rest by git. The branch stays. */
export async function removeProvedWorktree(
  git: Git,
  paths: ProjectPaths,
  proof: SafeToRemove,
): Promise<void> {
  await removeOwnFiles(proof.worktree, paths);
  if (proof.isSalvaged || (await hasSubmodules(git, proof.worktree))) {
    await removeSalvagedWorktree(git, proof);
  } else await removeWorktree(git, proof.worktree);
}

/** Ticket view, prompt, agent file, inbox, and the link to the main checkout's agent settings. */
async function removeOwnFiles(worktree: string, paths: ProjectPaths): Promise<void> {
  const { controlDirectory, ticketView, promptFile, agentFile, inboxFile } = worktreePaths(worktree);
  // What lies behind a link in the place of the control folder is somebody else's; the link itself goes with the worktree.
  const own = isLinkedFolder(controlDirectory) ? [] : [ticketView, promptFile, agentFile, inboxFile];
  for (const path of own) await rm(path, { recursive: true, force: true });
  const link = join(worktree, paths.claudeDirectory.slice(paths.root.length + 1));
  const status = await lstat(link).catch(() => undefined);
  if (status?.isSymbolicLink() && (await readlink(link)) === paths.claudeDirectory) await rm(link);
}

/** git removes no worktree with sub-modules unless it is told twice; that none of them has changes was looked at. */
async function hasSubmodules(git: Git, worktree: string): Promise<boolean> {
  const { stdout } = await git.with({ cwd: worktree }).run(["ls-files", "-s", "-z"]);
  return stdout.split("\0").some((line) => line.startsWith("160000 "));
}
