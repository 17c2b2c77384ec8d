import { type CommitSummary, commitsBetween, type Git, readBranch } from "@wiggum/git";
import type { TicketId } from "@wiggum/ticket-core";
import type { AgentFacts } from "@wiggum/workflow";
import { featureBranch } from "./branch-names.js";
import { commitName, findBaseBranch } from "./feature-branch.js";

/** A commit of a ticket's code. JSON-safe. */
export interface ReportedCommit {
  readonly id: string;
  readonly at: string;
  readonly subject: string;
  /** The agent whose branch has it; else the author's name. */
  readonly by: string;
}

export interface TicketCommitsOptions {
  /** Of the main root. */
  readonly git: Git;
  readonly baseBranch: string | undefined;
  /** Retired ones included. */
  readonly agents: readonly AgentFacts[];
  /** Milliseconds since 1970. */
  readonly fromMs: number;
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** Finds a ticket's commits: on its branches, as long as they are there, and below the merge that brought them to the base branch. */
export async function readTicketCommits(
  options: TicketCommitsOptions,
): Promise<(id: TicketId) => Promise<readonly ReportedCommit[]>> {
  const { git, agents, fromMs } = options;
  const base = await findBaseBranch(git, options.baseBranch);
  const merged = base === undefined ? new Map<string, Range>() : await mergesInto(git, base, fromMs);

  return async (id) => {
    const workers = agents.filter(({ ticketId }) => ticketId === id);
    const holders = workers.filter(({ role }) => role === "worker");
    // Whose it was is known from one branch only while that is there.
    const [only] = holders.length === 1 ? holders : [];
    const feature = featureBranch(id);
    const found = new Map<string, ReportedCommit>();
    const add = async ({ from, to }: Range, by: string | undefined) => {
      for (const commit of await commitsBetween(git, from, to)) {
        if (commit.parents.length > 1 || Date.parse(commit.at) < fromMs || found.has(commit.id)) continue;
        found.set(commit.id, summary(commit, by));
      }
    };
    if (base !== undefined) {
      for (const { agentId, branch = agentId } of workers) {
        const to = await readBranch(git, branch);
        // Reviewers stand on the worker's commits.
        const from =
          branch === agentId && holders.some((one) => one.agentId === agentId) ? commitName(base) : undefined;
        if (to !== undefined && from !== undefined) await add({ from, to }, agentId);
      }
      const to = await readBranch(git, feature);
      if (to !== undefined) await add({ from: commitName(base), to }, only?.agentId);
    }
    const range = merged.get(feature);
    if (range !== undefined) await add(range, only?.agentId);
    return [...found.values()].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
  };
}

function summary({ id, at, subject, author }: CommitSummary, by: string | undefined): ReportedCommit {
  return { id, at, subject, by: by ?? author.name };
}

/** What each merge of a feature branch brought, by the branch's name, as our own merges say it. */
async function mergesInto(git: Git, base: string, fromMs: number): Promise<Map<string, Range>> {
  const { stdout } = await git.run([
    "log",
    "-z",
    "--no-show-signature",
    "--first-parent",
    "--merges",
    `--since=${new Date(fromMs).toISOString()}`,
    "--format=%P%n%s",
    commitName(base),
    "--",
  ]);
  const found = new Map<string, Range>();
  for (const entry of stdout.split("\0")) {
    const [parents = "", subject = ""] = entry.split("\n");
    const [from, to] = parents.split(" ");
    const feature = /^Merge (\S+) into /.exec(subject)?.[1];
    if (feature !== undefined && from !== undefined && to !== undefined && !found.has(feature))
      found.set(feature, { from, to });
  }
  return found;
}
