import { existsSync } from "node:fs";
import { type CommitSummary, commitsBetween, type Git, isGitError, mergeBase, readBranch } from "@wiggum/git";
import type { AgentFacts } from "@wiggum/workflow";
import { commitName, findBaseBranch } from "./feature-branch.js";

/** What an agent's branch and worktree have that the base branch has not. JSON-safe. */
export interface AgentChanges {
  /** Newest first, at most 100. */
  readonly commits: readonly CommitSummary[];
  /** As `git diff --stat` says it, what is not committed included; empty = nothing changed. */
  readonly stat: string;
  /** The same in full; empty where it would be larger than `largestDiffBytes`. */
  readonly diff: string;
  /** Files that git does not know yet, at most 100. */
  readonly untracked: readonly string[];
}

const mostCommits = 100;
const mostFiles = 100;
const largestDiffBytes = 8 * 1024 * 1024;
/** Neither programs of the repository's configuration nor colours. */
const plain = ["--no-ext-diff", "--no-textconv", "--no-color"] as const;

/**
 * Looks at the agent's work, in its worktree or, where that is gone, on its branch. Only reads.
 * @param git of the main root
 */
export async function readAgentChanges(
  git: Git,
  agent: Pick<AgentFacts, "worktree" | "branch">,
  baseBranch: string | undefined,
): Promise<AgentChanges> {
  const nothing: AgentChanges = { commits: [], stat: "", diff: "", untracked: [] };
  const { worktree, branch } = agent;
  const tip = branch === undefined ? undefined : await readBranch(git, branch);
  const base = await findBaseBranch(git, baseBranch);
  const hasWorktree = worktree !== undefined && existsSync(worktree);
  if (!hasWorktree && tip === undefined) return nothing;
  const own = hasWorktree ? git.with({ ...git.options, cwd: worktree }) : git;
  const since =
    tip === undefined || base === undefined ? undefined : await mergeBase(git, tip, commitName(base));
  const from = since ?? (await emptyTree(git));
  const compared = hasWorktree ? [from] : [from, tip ?? from];
  return {
    commits:
      tip === undefined || since === undefined ? [] : await commitsBetween(git, since, tip, mostCommits),
    stat: await limited(own, ["diff", ...plain, "--stat=100", ...compared, "--"]),
    diff: await limited(own, ["diff", ...plain, ...compared, "--"]),
    untracked: hasWorktree ? await untrackedFiles(own) : [],
  };
}

async function limited(git: Git, words: readonly string[]): Promise<string> {
  try {
    return (await git.run(words, { maxBufferBytes: largestDiffBytes })).stdout;
  } catch (error) {
    if (isGitError(error, "OUTPUT_TOO_LARGE")) return "";
    throw error;
  }
}

async function untrackedFiles(git: Git): Promise<readonly string[]> {
  const listed = await limited(git, ["ls-files", "--others", "--exclude-standard", "-z"]);
  return listed
    .split("\0")
    .filter((name) => name !== "")
    .slice(0, mostFiles);
}

/** What everything differs from where nothing was ever committed. */
async function emptyTree(git: Git): Promise<string> {
  return (await git.run(["hash-object", "-t", "tree", "--stdin"], { input: "" })).stdout.trim();
}
