import {
  branchExists,
  branchRef,
  combineBranches,
  createBranch,
  defaultBranch,
  deleteBranch,
  type Git,
  isAncestor,
  isGitError,
  listWorktrees,
  readBranch,
  readHead,
  resolveCommit,
} from "@wiggum/git";
import { isDelivered, printable, type Ticket, type Tickets } from "@wiggum/ticket-core";
import { featureBranch, ticketOfFeature } from "./branch-names.js";
import { branchMissing, mergeConflict } from "./code-errors.js";
import { mayBeUnrelated } from "./unrelated-work.js";

/**
 * The branch that finished work goes to; `undefined` = nothing has been committed yet. A detached HEAD without any such branch answers
 * `HEAD`: its commit is what there is to start from.
 * @throws BRANCH_MISSING the configured one does not exist
 */
export async function findBaseBranch(git: Git, configured: string | undefined): Promise<string | undefined> {
  const name = configured ?? (await defaultBranch(git));
  if (name !== undefined && (await branchExists(git, name))) return name;
  const { commit } = await readHead(git);
  if (commit === undefined) return undefined;
  if (configured === undefined) return "HEAD";
  throw branchMissing(configured, "It is named as the base branch in config.yaml (baseBranch).");
}

/** A commit name that no tag or file of the same name can take the place of. */
export function commitName(branch: string): string {
  return branch === "HEAD" ? branch : branchRef(branch);
}

/** Feature branches of delivered dependencies that exist and whose work the base branch lacks, in the ticket's order. */
export async function unmergedDependencies(
  git: Git,
  tickets: Tickets,
  ticket: Ticket,
  base: string | undefined,
): Promise<readonly string[]> {
  if (ticket.dependsOn.length === 0 || base === undefined) return [];
  const { tickets: records } = await tickets.list({ ids: ticket.dependsOn });
  const delivered = new Set(
    records.filter((record) => isDelivered(tickets.types, record.ticket)).map((record) => record.ticket.id),
  );
  const branches: string[] = [];
  for (const id of ticket.dependsOn) {
    const branch = featureBranch(id);
    const tip = delivered.has(id) ? await readBranch(git, branch) : undefined;
    if (tip !== undefined && !(await isAncestor(git, tip, commitName(base)))) branches.push(branch);
  }
  return branches;
}

/** Commit that contains base and these branches; no ref moves. @throws MERGE_CONFLICT BRANCH_MISSING UNRELATED_HISTORIES */
export async function combineForFeature(
  git: Git,
  tickets: Tickets,
  base: string,
  branches: readonly string[],
): Promise<string> {
  const start = await resolveCommit(git, commitName(base));
  if (start === undefined) throw branchMissing(base);
  const combined = await combineBranches(git, start, branches.map(branchRef), {
    message: (source) => `Merge ${source.replace(/^refs\/heads\//, "")} into the start of a dependant`,
    async allowUnrelated(source, commit) {
      const id = ticketOfFeature(source.replace(/^refs\/heads\//, ""));
      // A branch whose ticket is gone may be merged like any other, but not without a common history.
      const [found] = id === undefined ? [] : (await tickets.list({ ids: [id] })).tickets;
      return found !== undefined && mayBeUnrelated(git, commit, source, found.ticket);
    },
  });
  if (combined.status === "combined") return combined.commit;
  const source = combined.source.replace(/^refs\/heads\//, "");
  const { hint, commands } = wayOut(source, branches);
  const target = [base, ...branches.slice(0, branches.indexOf(source))].join(" with ");
  throw mergeConflict(source, target, combined.files, hint, commands);
}

/** Only what conflicts with the base branch itself can be sent back at once; else one of the two has to be merged before. */
function wayOut(
  source: string,
  branches: readonly string[],
): { readonly hint: string; readonly commands: readonly [string, ...string[]] } {
  const merge = (branch: string) => `wiggum branch merge ${printable(ticketOfFeature(branch) ?? branch)}`;
  const giveBack = `${merge(source)} --send-back`;
  const hint = `'${giveBack}' gives it back to its worker, who brings both together.`;
  const [first = source] = branches;
  if (first === source) return { hint, commands: [giveBack] };
  return {
    hint: `The ticket builds on both. Merge one of them: ${merge(first)}. Then ${hint}`,
    commands: [merge(first), giveBack],
  };
}

/** Makes the branch; one that somebody made in between is as good. */
export async function createFeatureBranch(git: Git, branch: string, commit: string): Promise<void> {
  try {
    await createBranch(git, branch, commit);
  } catch (error) {
    if (!isGitError(error, "REF_MOVED") || !(await branchExists(git, branch))) throw error;
  }
}

/** Deletes the branch where it is still at that commit and in no checkout: it has no work then. */
export async function removeFeatureBranch(git: Git, branch: string, commit: string): Promise<void> {
  if ((await readBranch(git, branch)) !== commit) return;
  if ((await listWorktrees(git)).some((worktree) => worktree.branch === branch)) return;
  try {
    await deleteBranch(git, branch, commit);
  } catch (error) {
    if (!isGitError(error, "REF_MOVED")) throw error;
  }
}
