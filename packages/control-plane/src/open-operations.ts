import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommitId, type Git, listRefs, resolveCommit } from "@wiggum/git";

const openFiles = [
  ["rebase", "rebase-merge/orig-head"],
  ["rebase", "rebase-merge/onto"],
  ["rebase", "rebase-merge/autostash"],
  ["rebase", "rebase-merge/stopped-sha"],
  ["rebase", "rebase-apply/orig-head"],
  ["rebase", "rebase-apply/autostash"],
  ["merge", "MERGE_HEAD"],
  ["merge", "MERGE_AUTOSTASH"],
  ["cherry-pick", "CHERRY_PICK_HEAD"],
  ["revert", "REVERT_HEAD"],
  ["bisect", "BISECT_START"],
] as const;

/** Commits that a stopped rebase, merge, ... refers to, and those of the worktree's own refs. */
export async function openCommits(
  inside: Git,
  folder: string,
): Promise<{ readonly commits: readonly CommitId[]; readonly open: string | undefined }> {
  const commits: CommitId[] = [];
  let open: string | undefined;
  for (const [what, name] of openFiles) {
    const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    open ??= what;
    for (const line of text.split("\n")) {
      const commit = /^[0-9a-f]{40,64}$/.test(line) ? await resolveCommit(inside, line) : undefined;
      if (commit !== undefined) commits.push(commit);
    }
  }
  const own = await listRefs(inside, ["refs/worktree/", "refs/bisect/", "refs/rewritten/"]);
  for (const { commit } of own) {
    const resolved = await resolveCommit(inside, commit);
    if (resolved !== undefined) commits.push(resolved);
  }
  return { commits, open };
}
