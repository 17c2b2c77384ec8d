import { existsSync, realpathSync } from "node:fs";
import {
  branchRef,
  type CommitId,
  changedFiles,
  countCommitsBetween,
  type Git,
  listWorktrees,
  mergeCommits,
  mergeInto,
  mergeTrees,
  readBranch,
  readStatus,
} from "@wiggum/git";
import type { Ticket, Tickets } from "@wiggum/ticket-core";
import { type AgentRegistry, type HandInPort, holderRoles } from "@wiggum/workflow";
import { agentBranch, featureBranch, parseAgentId } from "./branch-names.js";
import { checkoutOverlap, explainingCheckouts, mergeConflict } from "./code-errors.js";
import { createFeatureBranch, findBaseBranch } from "./feature-branch.js";
import { isOwnFile } from "./ignored-files.js";

/** What `createHandIn` works with. */
export interface HandInOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly tickets: Tickets;
  readonly registry: Pick<AgentRegistry, "read">;
  /** The configured base branch; absent = found. */
  readonly baseBranch?: string | undefined;
}

/** The hand-in over git: the assignee's branch goes into `feature/<ticket>`, in nobody's checkout. */
export function createHandIn(options: HandInOptions): Required<HandInPort> {
  const { git, tickets } = options;
  return {
    async facts(ticket) {
      const target = featureBranch(ticket.id);
      const holder = await findHolder(options, ticket);
      const base = await findBaseBranch(git, options.baseBranch);
      const baseCommit = base === undefined ? undefined : await tipOf(git, base);
      const targetCommit = await readBranch(git, target);
      const source = holder === undefined ? undefined : await readBranch(git, holder.branch);
      const excluded = await dependencyTips(git, ticket);
      return {
        ...(holder === undefined || source === undefined ? {} : { source: holder.branch }),
        target,
        ...(base === undefined ? {} : { base }),
        newCommits: await newCommits(git, source, targetCommit, baseCommit),
        workCommits: await ownCommits(
          git,
          [source, targetCommit].filter(isThere),
          [baseCommit, ...excluded].filter(isThere),
        ),
        uncommittedFiles: await uncommittedFiles(git, holder?.worktree),
        conflictsWithBase: await conflicts(git, source, targetCommit, baseCommit),
      };
    },
    async handIn(ticket) {
      const target = featureBranch(ticket.id);
      const holder = await findHolder(options, ticket);
      const source = holder === undefined ? undefined : await readBranch(git, holder.branch);
      const before = await readBranch(git, target);
      if (holder === undefined || source === undefined) {
        return before === undefined ? { status: "nothing" } : { status: "nothing", commit: before };
      }
      if (before === undefined) {
        await createFeatureBranch(git, target, source);
        // Somebody else may have made it in between, at another commit: then it is merged like any other.
        if ((await readBranch(git, target)) === source) return { status: "merged", commit: source };
      }
      const result = await explainingCheckouts(() =>
        mergeInto(git, {
          target,
          source: branchRef(holder.branch),
          message: `Merge ${holder.agentId} into ${target}`,
          // Started before the first commit of the project, it shares no history with what is there now.
          allowUnrelated: true,
        }),
      );
      if (result.status === "conflict") throw conflictOf(holder, target, result.files);
      return { status: result.status === "merged" ? "merged" : "up-to-date", commit: result.commit };
    },
    async check(ticket) {
      const target = featureBranch(ticket.id);
      const holder = await findHolder(options, ticket);
      const source = holder === undefined ? undefined : await readBranch(git, holder.branch);
      const before = await readBranch(git, target);
      if (holder === undefined || source === undefined || before === undefined) return;
      const result = await mergeCommits(git, before, source, lookAhead);
      if (result.status === "conflict") throw conflictOf(holder, target, result.files);
      const files = await changedFiles(git, before, result.commit);
      for (const { path } of (await listWorktrees(git)).filter(({ branch }) => branch === target)) {
        if (!existsSync(path)) continue;
        const local = (await statusOf(git, path)).map((entry) => entry.path);
        const inTheWay = local.filter((file) => files.includes(file));
        if (inTheWay.length > 0) throw checkoutOverlap(target, path, inTheWay);
      }
    },
  };

  function conflictOf(holder: Holder, target: string, files: readonly string[]) {
    return mergeConflict(
      holder.branch,
      target,
      files,
      `Nothing was changed. In ${holder.agentId}'s worktree run 'wiggum rebase', resolve the files, then hand in again.`,
    );
  }

  /** The ticket's assignee, if it is an agent of a role that holds tickets; who reviews or tests hands nothing in. */
  async function findHolder({ registry }: HandInOptions, ticket: Ticket): Promise<Holder | undefined> {
    const agentId = ticket.assignedAgentId;
    const parsed = agentId === undefined ? undefined : parseAgentId(agentId);
    if (agentId === undefined || parsed === undefined) return undefined;
    const roles = holderRoles(tickets.types.types[ticket.type]);
    if (!(roles.length === 0 ? ["worker"] : roles).includes(parsed.role)) return undefined;
    const facts = await registry.read(agentId);
    return { agentId, branch: facts?.branch ?? agentBranch(agentId), worktree: facts?.worktree };
  }
}

interface Holder {
  readonly agentId: string;
  readonly branch: string;
  readonly worktree: string | undefined;
}

/** A merge that no branch will show. */
const lookAhead = { message: "Look ahead", allowUnrelated: true, sign: "never" } as const;

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined;
}

async function tipOf(git: Git, base: string): Promise<CommitId | undefined> {
  if (base !== "HEAD") return readBranch(git, base);
  return (await git.run(["rev-parse", "HEAD"])).stdout.trim();
}

async function newCommits(
  git: Git,
  source: CommitId | undefined,
  target: CommitId | undefined,
  base: CommitId | undefined,
): Promise<number> {
  if (source === undefined) return 0;
  const from = target ?? base;
  return from === undefined ? countAll(git, [source], []) : countCommitsBetween(git, from, source);
}

/** What its dependencies delivered is not the ticket's own work, though the feature branch starts from it. */
async function dependencyTips(git: Git, ticket: Ticket): Promise<readonly CommitId[]> {
  const tips = await Promise.all(ticket.dependsOn.map((id) => readBranch(git, featureBranch(id))));
  return tips.filter(isThere);
}

/** Commits but merges: a merge brings together what others count. */
async function ownCommits(
  git: Git,
  tips: readonly CommitId[],
  without: readonly CommitId[],
): Promise<number> {
  return tips.length === 0 ? 0 : countAll(git, tips, without, ["--no-merges"]);
}

async function countAll(
  git: Git,
  tips: readonly CommitId[],
  without: readonly CommitId[],
  options: readonly string[] = [],
): Promise<number> {
  const lines = [...tips, ...without.map((commit) => `^${commit}`)];
  const { stdout } = await git.run(["rev-list", "--count", ...options, "--stdin"], {
    input: `${lines.join("\n")}\n`,
  });
  return Number(stdout.trim());
}

async function uncommittedFiles(git: Git, worktree: string | undefined): Promise<readonly string[]> {
  if (worktree === undefined || !existsSync(worktree)) return [];
  const path = realpathSync(worktree);
  if (!(await listWorktrees(git)).some((known) => known.path === path)) return [];
  const entries = await statusOf(git, path);
  return entries
    .filter((entry) => entry.kind !== "untracked" || !isOwnFile(path, entry.path))
    .map((entry) => entry.path);
}

async function statusOf(git: Git, path: string) {
  return (await readStatus(git.with({ cwd: path, gitDirectory: undefined, workTree: undefined }))).entries;
}

/** Files in which what would be handed in conflicts with the base branch. A conflict on the way there is the hand-in's own. */
async function conflicts(
  git: Git,
  source: CommitId | undefined,
  target: CommitId | undefined,
  base: CommitId | undefined,
): Promise<readonly string[]> {
  const tips = [target, source].filter(isThere);
  const [first, second] = tips;
  if (first === undefined || base === undefined) return [];
  let work = first;
  if (second !== undefined) {
    const merged = await mergeCommits(git, first, second, lookAhead);
    if (merged.status === "conflict") work = second;
    else work = merged.commit;
  }
  const result = await mergeTrees(git, base, work, { allowUnrelated: true });
  return result.status === "conflict" ? result.files : [];
}
