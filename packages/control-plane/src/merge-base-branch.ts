import { lstat } from "node:fs/promises";
import { join } from "node:path";
import {
  type CommitId,
  type Git,
  isGitError,
  listWorktrees,
  mergeCommits,
  mergeInto,
  pathBytes,
  pathText,
  readBranch,
  readHead,
} from "@wiggum/git";
import { printable, type Ticket } from "@wiggum/ticket-core";
import { isWorkflowError, WorkflowError } from "@wiggum/workflow";
import { featureBranch } from "./branch-names.js";
import { checkCommit, type MergeChecks } from "./check-merge.js";
import { branchMissing, explainingCheckouts, mergeConflict } from "./code-errors.js";
import { exclusively } from "./exclusively.js";
import { createFeatureBranch, findBaseBranch } from "./feature-branch.js";
import { mayBeUnrelated } from "./unrelated-work.js";

export interface BaseMerges extends MergeChecks {
  /** The configured base branch; absent = found. */
  readonly baseBranch?: string | undefined;
  /** Asked right before the branch moves; what it throws keeps it where it is. */
  readonly beforeMove?: (() => Promise<void>) | undefined;
}

/** What a merge has to know of the ticket. */
export type MergedTicket = Pick<Ticket, "id" | "createdAt">;

export interface BaseMergeResult {
  readonly status: "merged" | "up-to-date";
  readonly into: string;
  readonly commit: CommitId;
}

/** How long a merge waits for another one, whose checks may take as long as they may. */
export const mergeLockWaitMs = 20 * 60_000;
const attempts = 4;

/**
 * Moves the base branch to a tested merge with `feature/<ticket>`, in nobody's checkout; one that is on the base branch follows. One at a
 * time: two branches that are green each can be red together, so what was checked is exactly what the branch moves to.
 * @throws BRANCH_MISSING MERGE_CONFLICT UNRELATED_HISTORIES CHECKS_FAILED CHECKOUT_OVERLAP MERGE_BUSY; nothing was moved
 */
export async function mergeFeature(merges: BaseMerges, ticket: MergedTicket): Promise<BaseMergeResult> {
  const { git, paths } = merges;
  const feature = featureBranch(ticket.id);
  if ((await readBranch(git, feature)) === undefined) throw missingFeature(feature);
  const base = await findBaseBranch(git, merges.baseBranch);
  if (base === "HEAD") {
    throw branchMissing(
      "main",
      "HEAD is detached and there is no main branch: name one (baseBranch in config.yaml).",
    );
  }
  try {
    return await exclusively(
      join(paths.ownersDirectory, "merge.db"),
      () =>
        base === undefined ? startBase(merges, feature) : mergeUntilItStays(merges, feature, base, ticket),
      mergeLockWaitMs,
    );
  } catch (error) {
    if (!isWorkflowError(error, "PROJECT_BUSY")) throw error;
    throw mergeBusy(base ?? "the base branch", error.data.waitedMs, error);
  }
}

/** Nothing was moved, and it may be tried again. */
export function mergeBusy(branch: string, waitedMs: number, cause: unknown): WorkflowError<"MERGE_BUSY"> {
  return new WorkflowError(
    "MERGE_BUSY",
    `Somebody else keeps moving ${branch}`,
    { branch, waitedMs },
    { hint: "Nothing was moved. Run the merge again.", cause },
  );
}

async function mergeUntilItStays(
  merges: BaseMerges,
  feature: string,
  base: string,
  ticket: MergedTicket,
): Promise<BaseMergeResult> {
  const { git } = merges;
  for (let attempt = 1; ; attempt++) {
    const before = await readBranch(git, base);
    const source = await readBranch(git, feature);
    if (before === undefined) throw branchMissing(base);
    if (source === undefined) throw missingFeature(feature);
    const merge = await mergeCommits(git, before, source, {
      message: `Merge ${feature} into ${base}`,
      allowFastForward: false,
      allowUnrelated: await mayBeUnrelated(git, before, source, ticket),
    });
    if (merge.status === "conflict") {
      throw mergeConflict(
        feature,
        base,
        merge.files,
        `Nothing was changed. 'wiggum branch merge ${ticket.id} --send-back' gives it back to its worker, who brings both together.`,
      );
    }
    if (merge.status === "up-to-date") return { status: "up-to-date", into: base, commit: before };
    await checkCommit(merges, merge.commit);
    await merges.beforeMove?.();
    try {
      await moveTo(git, base, merge.commit, before);
      return { status: "merged", into: base, commit: merge.commit };
    } catch (error) {
      // Somebody's commit came in during the checks: what was checked is not what would be. Once more, on top of it.
      if (!isGitError(error, "REF_MOVED") && !isGitError(error, "REF_LOCKED")) throw error;
      if (attempt === attempts) throw mergeBusy(base, 0, error);
    }
  }
}

/** The checked commit contains the branch as it was, so the move is a fast-forward, or nothing at all. */
export async function moveTo(git: Git, base: string, commit: CommitId, before: CommitId): Promise<void> {
  await explainingCheckouts(() =>
    mergeInto(git, { target: base, source: commit, message: `Merge into ${base}`, expected: before }),
  );
}

/** Nothing was ever committed on the base branch: it begins with the feature branch. */
export async function startBase(merges: BaseMerges, feature: string): Promise<BaseMergeResult> {
  const { git } = merges;
  const source = await readBranch(git, feature);
  if (source === undefined) throw missingFeature(feature);
  const into = merges.baseBranch ?? (await readHead(git)).branch ?? "main";
  await checkCommit(merges, source);
  await merges.beforeMove?.();
  const checkout = (await listWorktrees(git)).find((worktree) => worktree.branch === into);
  if (checkout === undefined) await createFeatureBranch(git, into, source);
  else {
    const inside = git.with({ cwd: checkout.path, gitDirectory: undefined, workTree: undefined });
    try {
      const options = ["--ff-only", "--no-autostash", "--no-overwrite-ignore", "--quiet"];
      await inside.run(["merge", ...options, source], { isUninterrupted: true });
    } catch (error) {
      if (!isGitError(error, "GIT_FAILED")) throw error;
      const files = await filesInTheWay(git, checkout.path, source);
      throw new WorkflowError(
        "CHECKOUT_OVERLAP",
        `Files in ${printable(checkout.path)} are in the way of the first commit of ${into}: ${files.map((file) => printable(file)).join(", ")}`,
        { worktree: checkout.path, files },
        { hint: "Move them, then run the merge again. Nothing was moved.", cause: error },
      );
    }
  }
  return { status: "merged", into, commit: source };
}

/** Files of the commit in whose place something lies. Nothing there is committed, so nothing of it can be told from local work. */
async function filesInTheWay(git: Git, worktree: string, commit: CommitId): Promise<readonly string[]> {
  const { stdoutBytes } = await git.run(["ls-tree", "-r", "-z", "--name-only", commit]);
  const paths = pathText(stdoutBytes)
    .split("\0")
    .filter((path) => path !== "");
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        await lstat(pathBytes(join(worktree, path)));
        return true;
      } catch (error) {
        // ENOTDIR: a file lies where a folder of the commit would be.
        return (error as NodeJS.ErrnoException).code === "ENOTDIR";
      }
    }),
  );
  return paths.filter((_, index) => found[index]);
}

function missingFeature(feature: string): WorkflowError<"BRANCH_MISSING"> {
  return branchMissing(feature, "A worker's first spawn makes it; 'wiggum branch list' shows what there is.");
}
