import { branchRef, type CommitId, type Git, listRefs } from "@wiggum/git";
import { parseAgentId } from "./branch-names.js";
import { salvagePrefix } from "./salvage-record.js";

/**
 * Which of these commits no durable ref holds: no branch but agents' own (they come and go), no tag, no remote's branch, none of
 * `alsoDurable` (full ref names). An older salvage point does not count: it goes when its time is over, maybe tomorrow. One answer stands for
 * all commits below it.
 */
export async function unreachableCommits(
  git: Git,
  commits: readonly CommitId[],
  alsoDurable: readonly string[] = [],
): Promise<readonly CommitId[]> {
  if (commits.length === 0) return [];
  const refs = await listRefs(git, ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/wiggum/"]);
  const heads = branchRef("");
  const comesAndGoes = (name: string) =>
    name.startsWith(salvagePrefix) ||
    (name.startsWith(heads) && parseAgentId(name.slice(heads.length)) !== undefined);
  const durable = refs.filter(({ name }) => !comesAndGoes(name) || alsoDurable.includes(name));
  const lines = [...commits, ...durable.map(({ commit }) => `^${commit}`)];
  const { stdout } = await git.run(["rev-list", "--stdin"], { input: `${lines.join("\n")}\n` });
  const missing = new Set(stdout.split("\n"));
  return commits.filter((commit) => missing.has(commit));
}
