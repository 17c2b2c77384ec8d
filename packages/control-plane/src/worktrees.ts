import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import {
  addWorktree,
  branchExists,
  countCommitsBetween,
  type Git,
  isAncestor,
  isGitError,
  listBranches,
  listWorktrees,
  lookAtWorktreeLink,
  pruneWorktrees,
  readBranch,
  resolveCommit,
  type Worktree,
} from "@wiggum/git";
import type { Tickets } from "@wiggum/ticket-core";
import {
  type AgentFacts,
  type AgentId,
  type AgentWorkspaces,
  type CodeFacts,
  isWorkflowError,
} from "@wiggum/workflow";
import { agentBranch, featureBranch, parseAgentId } from "./branch-names.js";
import { branchMissing } from "./code-errors.js";
import {
  combineForFeature,
  commitName,
  createFeatureBranch,
  findBaseBranch,
  removeFeatureBranch,
  unmergedDependencies,
} from "./feature-branch.js";
import type { ProjectPaths } from "./project-paths.js";
import { salvagedAgents, salvageWorktree } from "./salvage.js";
import { removeStaleLocks } from "./stale-locks.js";
import { hasNoChanges, type SnapshotRules, takeSnapshot } from "./work-snapshot.js";
import { hideOwnFiles } from "./worktree-ignore.js";
import type { TearDownWorktree } from "./worktree-teardown.js";
import { tieWorktree } from "./worktree-tie.js";
import { clearWorkspace } from "./worktrees-clear.js";

/** What `createAgentWorkspaces` works with. */
export interface AgentWorkspacesOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly paths: ProjectPaths;
  readonly tickets: Tickets;
  /** The configured base branch; absent = found. */
  readonly baseBranch?: string | undefined;
  readonly snapshot: Omit<SnapshotRules, "mainRoot">;
  /** Roles that are known here: a branch `<role>-<n>` of another role is a person's. */
  readonly roles: () => Promise<readonly string[]>;
  /** Runs in a worktree before it is removed. */
  readonly tearDown?: TearDownWorktree | undefined;
}

/** Worktrees and branches of agents, over git. */
export function createAgentWorkspaces(options: AgentWorkspacesOptions): AgentWorkspaces {
  const { git, paths, tickets } = options;
  const rules: SnapshotRules = { ...options.snapshot, mainRoot: paths.root };
  const place = (agentId: AgentId) => ({
    worktree: join(paths.worktreesDirectory, agentId),
    branch: agentBranch(agentId),
  });
  const clear = (agentId: AgentId, remains: Remains, how: { isForced: boolean; reason: string }) =>
    clearWorkspace({ git, paths, rules, tearDown: options.tearDown }, agentId, remains, how);

  return {
    place,
    async look(ticket, holder) {
      const base = await findBaseBranch(git, options.baseBranch);
      const hasCommits = base !== undefined || (await resolveCommit(git, "HEAD")) !== undefined;
      const branch = featureBranch(ticket?.id ?? "none");
      const exists = ticket !== undefined && (await branchExists(git, branch));
      return {
        ...(base === undefined ? {} : { baseBranch: base }),
        hasCommits,
        feature: { branch, exists },
        unmergedDependencies:
          ticket === undefined || exists ? [] : await unmergedDependencies(git, tickets, ticket, base),
        ...(await holderFacts(git, holder ?? assigneeOf(ticket), exists ? branch : undefined)),
      };
    },
    async takenNames() {
      const taken = new Set((await listBranches(git)).map(({ name }) => name));
      for (const agentId of await salvagedAgents(git)) taken.add(agentId);
      return (agentId) =>
        taken.has(agentId) ||
        existsSync(place(agentId).worktree) ||
        existsSync(join(paths.stateRoot, agentId));
    },
    combine: (base, branches) => combineForFeature(git, tickets, base, branches),
    createFeature: (branch, commit) => createFeatureBranch(git, branch, commit),
    removeFeature: (branch, commit) => removeFeatureBranch(git, branch, commit),
    async startCommit(branch) {
      const commit = await resolveCommit(git, branch === undefined ? "HEAD" : commitName(branch));
      if (commit === undefined && branch !== undefined) throw branchMissing(branch);
      return commit;
    },
    async create({ worktree, branch, startAt }) {
      await hideOwnFiles(git, paths);
      await addWorktree(git, { path: worktree, branch, ...(startAt === undefined ? {} : { startAt }) });
    },
    async discard({ agentId, worktree, branch }) {
      const remains = await findRemains(git, { worktree, branch });
      return clear(agentId, remains, { isForced: true, reason: "spawn failed" });
    },
    async salvage(agentId, worktree, reason = "before the agent goes on") {
      const tie = await tieWorktree(git, worktree, agentBranch(agentId));
      const warnings = tie.told === undefined ? [] : [tie.told];
      if (!tie.isWhole) return { warnings };
      await removeStaleLocks(git, { worktree, branch: agentBranch(agentId) });
      const snapshot = await takeSnapshot(git, worktree, rules);
      if (hasNoChanges(snapshot) && snapshot.open === undefined) return { warnings };
      try {
        const { entry } = await salvageWorktree(git, agentId, worktree, { ...rules, reason });
        return { name: entry.name, warnings };
      } catch (error) {
        // Nothing is about to be removed: what cannot be saved stays where it is.
        if (!isWorkflowError(error, "WORKTREE_UNSAFE")) throw error;
        return { warnings: [error.message] };
      }
    },
    async hasNewCommits(branch, startAt) {
      const tip = await readBranch(git, branch);
      if (tip === undefined || tip === startAt) return false;
      return startAt === undefined || (await countCommitsBetween(git, startAt, tip)) > 0;
    },
    async remains(agentId, facts) {
      const parsed = parseAgentId(agentId);
      if (facts === undefined && parsed === undefined) return {};
      const { worktree, branch } = place(agentId);
      const found = await findRemains(git, {
        worktree: facts?.worktree ?? worktree,
        branch: facts?.branch ?? branch,
      });
      const isOurs = facts !== undefined || found.worktree !== undefined;
      return isOurs || (await options.roles()).includes(parsed?.role ?? "") ? found : {};
    },
    clear: (agentId, remains, isForced) => clear(agentId, remains, { isForced, reason: "kill" }),
  };
}

/** What is left of an agent: its worktree (an absolute path) and its branch (a short name). Absent = gone. */
export interface Remains {
  readonly worktree?: string | undefined;
  readonly branch?: string | undefined;
}

async function findRemains(git: Git, wanted: Required<Remains>): Promise<Remains> {
  const { worktree, branch } = wanted;
  const isThere = worktree !== undefined && existsSync(worktree);
  if (!isThere) await pruneWorktrees(git); // A folder that was deleted by hand would keep its branch checked out.
  return {
    ...(isThere ? { worktree: realpathSync(worktree) } : {}),
    ...(branch !== undefined && (await isBranchThere(git, branch, isThere ? worktree : undefined))
      ? { branch }
      : {}),
  };
}

/** A branch without a commit yet exists only in its worktree. */
async function isBranchThere(git: Git, branch: string, worktree: string | undefined): Promise<boolean> {
  if (worktree !== undefined) return true;
  try {
    return await branchExists(git, branch);
  } catch (error) {
    if (isGitError(error, "REF_NAME_INVALID")) return false;
    throw error;
  }
}

/** The registry may have been lost: the name of the assignee still says which branch and folder are its own. */
function assigneeOf(ticket: { readonly assignedAgentId?: string | undefined } | undefined) {
  const agentId = ticket?.assignedAgentId;
  return agentId === undefined || parseAgentId(agentId) === undefined ? undefined : { agentId };
}

async function holderFacts(
  git: Git,
  holder: (Pick<AgentFacts, "agentId"> & Partial<AgentFacts>) | undefined,
  feature: string | undefined,
): Promise<Pick<CodeFacts, "holder">> {
  if (holder === undefined) return {};
  const branch = holder.branch ?? agentBranch(holder.agentId);
  const tip = await readBranch(git, branch);
  const containsFeature =
    tip !== undefined && (feature === undefined || (await isAncestor(git, commitName(feature), tip)));
  const worktree = await checkoutOf(git, holder.worktree, branch);
  return {
    holder: {
      ...(tip === undefined ? {} : { branch }),
      containsFeature,
      ...(worktree === undefined ? {} : { worktree }),
    },
  };
}

/** The worktree, if git still knows it and it is the agent's: on its branch, or detached in the middle of a rebase. */
async function checkoutOf(
  git: Git,
  worktree: string | undefined,
  branch: string,
): Promise<string | undefined> {
  if (worktree === undefined || !existsSync(worktree)) return undefined;
  const path = realpathSync(worktree);
  const known = (await listWorktrees(git)).find((candidate: Worktree) => candidate.path === path);
  // It moved along with the project, and is tied to it again before anything is done there.
  if (known === undefined) return (await lookAtWorktreeLink(git, path)) === "moved" ? path : undefined;
  return known.branch === undefined || known.branch === branch ? path : undefined;
}
