import { branchRef, type CommitId, type Git, listRefs } from "@wiggum/git";
import { parseAgentId } from "./branch-names.js";

/**
 * Which of these commits no durable ref holds: no branch but agents' own (they come and go), no tag, no remote's branch, no salvage
 * point, none of `alsoDurable` (full ref names). One answer stands for all commits below it.
 */
export async function unreachableCommits(
  git: Git,
  commits: readonly CommitId[],
  alsoDurable: readonly string[] = [],
): Promise<readonly CommitId[]> {
  if (commits.length === 0) return [];
  const refs = await listRefs(git, ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/wiggum/"]);
  const heads = branchRef("");
  const durable = refs.filter(
    ({ name }) =>
      !name.startsWith(heads) ||
      parseAgentId(name.slice(heads.length)) === undefined ||
      alsoDurable.includes(name),
  );
  const lines = [...commits, ...durable.map(({ commit }) => `^${commit}`)];
  const { stdout } = await git.run(["rev-list", "--stdin"], { input: `${lines.join("\n")}\n` });
  const missing = new Set(stdout.split("\n"));
  return commits.filter((commit) => missing.has(commit));
}
