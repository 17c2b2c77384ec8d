import { realpathSync } from "node:fs";
import {
  abortRebase,
  branchRef,
  type CommitId,
  conflictedFiles,
  type Git,
  identityVariables,
  isAncestor,
  isRebaseOpen,
  mergeInto,
  mergeTrees,
  readBranch,
  readHead,
  readStatus,
  resolveCommit,
  startRebase,
} from "@wiggum/git";
import { printable, type Ticket } from "@wiggum/ticket-core";
import { type AgentId, WorkflowError } from "@wiggum/workflow";
import { featureBranch } from "./branch-names.js";
import { branchMissing, explainingCheckouts } from "./code-errors.js";
import { commitName, findBaseBranch } from "./feature-branch.js";
import { isOwnFile } from "./ignored-files.js";
import type { RebaseOutcome } from "./project.js";
import { salvageWorktree } from "./salvage.js";
import { mayBeUnrelated } from "./unrelated-work.js";
import type { SnapshotRules } from "./work-snapshot.js";

export interface Rebases {
  /** Of the main root. */
  readonly git: Git;
  readonly baseBranch?: string | undefined;
  readonly rules: SnapshotRules;
}

export interface RebaseRequest {
  readonly ticket: Pick<Ticket, "id" | "createdAt">;
  /** Top of the checkout whose branch is rebased. */
  readonly worktree: string;
  /** The agent whose own worktree this is: only there a conflict is left open. */
  readonly agentId?: AgentId | undefined;
  /** That agent holds the ticket: the feature branch is its to bring up to date. */
  readonly isHolder?: boolean | undefined;
}

/**
 * Brings a branch together with its ticket's feature branch, so that a hand-in goes through.
 *
 * In an agent's own worktree it also resolves what was merged meanwhile. A hand-in that conflicts with the base branch cannot be mended by
 * a rebase onto a feature branch that lacks the base branch's new work, so that work is first merged into the feature branch, in nobody's
 * checkout, where it goes in without a conflict. Where it does not, the conflict is with work handed in earlier, which no rebase of the
 * agent's own commits touches: then the base branch is merged into the agent's branch, and handing that in resolves the feature branch, too.
 * @throws BRANCH_MISSING REBASE_REFUSED CHECKOUT_OVERLAP WORKTREE_UNSAFE UNRELATED_HISTORIES
 */
export async function rebaseOnFeature(rebases: Rebases, request: RebaseRequest): Promise<RebaseOutcome> {
  const { git } = rebases;
  const feature = featureBranch(request.ticket.id);
  const inside = git.with({ cwd: request.worktree, gitDirectory: undefined, workTree: undefined });
  const open = await stillOpen(inside, feature, request);
  if (open !== undefined) return open;
  if ((await readBranch(git, feature)) === undefined) {
    throw branchMissing(feature, "A worker's first spawn makes it; there is nothing to rebase onto yet.");
  }
  const base = await findBaseBranch(git, rebases.baseBranch);
  const before = await requireRebasable(inside, [feature, base]);
  await requireClean(inside, request.worktree);
  const isHolder = request.isHolder === true;
  const needsBase =
    isHolder && base !== undefined ? await bringBaseIn(git, feature, base, request.ticket) : undefined;
  await keepOriginal(rebases, request, before, feature, needsBase);
  const own = request.agentId === undefined ? undefined : request.worktree;
  const conflict =
    (await putOnTop(inside, feature, own)) ??
    (needsBase === undefined
      ? undefined
      : await mergeBaseHere(inside, needsBase, base ?? "base", own, request));
  if (conflict !== undefined) return { status: "conflict", target: feature, ...conflict };
  const after = (await readHead(inside)).commit;
  return { status: after === before ? "up-to-date" : "rebased", target: feature, files: [] };
}

const rebaseCommands = { continue: "git rebase --continue", abort: "git rebase --abort" };
const mergeCommands = { continue: "git merge --continue", abort: "git merge --abort" };

type Stopped = Pick<RebaseOutcome, "files" | "leftOpenIn" | "commands">;

/** One that was begun before: what is left to do is said again. Elsewhere it is the person's own, and not ours to go on with. */
async function stillOpen(
  inside: Git,
  feature: string,
  request: RebaseRequest,
): Promise<RebaseOutcome | undefined> {
  const isRebase = await isRebaseOpen(inside);
  const isMerge = !isRebase && (await resolveCommit(inside, "MERGE_HEAD")) !== undefined;
  if (!isRebase && !isMerge) return undefined;
  const commands = isRebase ? rebaseCommands : mergeCommands;
  if (request.agentId === undefined) {
    const reason = `a ${isRebase ? "rebase" : "merge"} is open in ${printable(request.worktree)}`;
    throw refused(
      undefined,
      reason,
      `Finish it with '${commands.continue}' or give it up with '${commands.abort}'.`,
    );
  }
  const files = await conflictedFiles(inside);
  return { status: "conflict", target: feature, files, leftOpenIn: request.worktree, commands };
}

async function requireRebasable(
  inside: Git,
  shared: readonly (string | undefined)[],
): Promise<CommitId | undefined> {
  const { branch, commit } = await readHead(inside);
  if (branch === undefined) {
    throw refused(undefined, "HEAD is detached", "Switch to the branch that is to be rebased first.");
  }
  if (shared.includes(branch)) {
    const hint = "Others build on it: rebase your own branch, in your own worktree.";
    throw refused(branch, `${printable(branch)} is shared`, hint);
  }
  return commit;
}

async function requireClean(inside: Git, worktree: string): Promise<void> {
  const top = realpathSync(worktree);
  const { entries } = await readStatus(inside);
  const changed = entries.filter((entry) => entry.kind !== "untracked" && !isOwnFile(top, entry.path));
  if (changed.length === 0) return;
  const shown = changed.slice(0, 5).map((entry) => printable(entry.path));
  throw refused(
    undefined,
    `there are uncommitted changes: ${shown.join(", ")}${changed.length > 5 ? ", ..." : ""}`,
    "Commit them, then run it again.",
  );
}

/** Merges the base branch into the feature branch where that goes without a conflict; answers the base commit where it does not. */
async function bringBaseIn(
  git: Git,
  feature: string,
  base: string,
  ticket: RebaseRequest["ticket"],
): Promise<CommitId | undefined> {
  const theirs = await resolveCommit(git, commitName(base));
  const ours = await readBranch(git, feature);
  if (theirs === undefined || ours === undefined || (await isAncestor(git, theirs, ours))) return undefined;
  const allowUnrelated = await mayBeUnrelated(git, theirs, ours, ticket);
  if ((await mergeTrees(git, ours, theirs, { allowUnrelated })).status === "conflict") return theirs;
  const message = `Merge ${base} into ${feature}`;
  const merged = await explainingCheckouts(() =>
    mergeInto(git, { target: feature, source: theirs, message, allowUnrelated }),
  );
  return merged.status === "conflict" ? theirs : undefined;
}

/** A rebase makes new commits in the place of old ones: those stay reachable under a salvage point. */
async function keepOriginal(
  rebases: Rebases,
  request: RebaseRequest,
  before: CommitId | undefined,
  feature: string,
  needsBase: CommitId | undefined,
): Promise<void> {
  const { git, rules } = rebases;
  if (request.agentId === undefined || before === undefined) return;
  const hasFeature = await isAncestor(git, branchRef(feature), before);
  const hasBase = needsBase === undefined || (await isAncestor(git, needsBase, before));
  if (hasFeature && hasBase) return;
  await salvageWorktree(git, request.agentId, request.worktree, { ...rules, reason: "before a rebase" });
}

/** The branch on top of the feature branch. One with merges in it is merged: a rebase would drop what those resolved. */
async function putOnTop(inside: Git, feature: string, own: string | undefined): Promise<Stopped | undefined> {
  const target = branchRef(feature);
  const head = await resolveCommit(inside, "HEAD");
  if (head !== undefined && (await isAncestor(inside, target, head))) return undefined;
  const merges = await inside.run(["rev-list", "--count", "--merges", `${target}..HEAD`, "--"]);
  if (Number(merges.stdout.trim()) > 0) return mergeHere(inside, target, feature, own);
  const result = await startRebase(inside, target);
  if (result.status === "done") return undefined;
  if (own !== undefined) return { files: result.files, leftOpenIn: own, commands: rebaseCommands };
  await abortRebase(inside);
  return { files: result.files };
}

async function mergeBaseHere(
  inside: Git,
  commit: CommitId,
  base: string,
  own: string | undefined,
  { ticket }: RebaseRequest,
): Promise<Stopped | undefined> {
  const isAllowed = await mayBeUnrelated(inside, commit, "HEAD", ticket);
  return mergeHere(inside, commit, base, own, isAllowed ? ["--allow-unrelated-histories"] : []);
}

/** Merges into the branch that is checked out here. A conflict stays open in an agent's own worktree and is taken back elsewhere. */
async function mergeHere(
  inside: Git,
  source: string,
  name: string,
  own: string | undefined,
  flags: readonly string[] = [],
): Promise<Stopped | undefined> {
  const { branch = "HEAD" } = await readHead(inside);
  const message = `Merge ${name} into ${branch}`;
  const variables = await identityVariables(inside);
  const merged = await inside
    .with({ env: { ...inside.options.env, ...variables } })
    .run(
      ["merge", "--no-edit", "--no-autostash", "--no-stat", "--no-squash", ...flags, "-m", message, source],
      {
        allowedExitCodes: [0, 1],
      },
    );
  if (merged.exitCode === 0) return undefined;
  const files = await conflictedFiles(inside);
  if (files.length === 0) throw refused(branch, printable(merged.stderr.trim() || merged.stdout.trim()));
  if (own !== undefined) return { files, leftOpenIn: own, commands: mergeCommands };
  await inside.run(["merge", "--abort"]);
  return { files };
}

function refused(branch: string | undefined, reason: string, hint?: string): WorkflowError<"REBASE_REFUSED"> {
  return new WorkflowError(
    "REBASE_REFUSED",
    `Nothing was rebased: ${reason}`,
    { branch, reason },
    hint === undefined ? {} : { hint },
  );
}
