// Which work could not be merged as it was, and was on main in the end all the same: proved by commits, not by what anybody said.
import { askGit, git } from "./verify.mjs";

/**
 * A conflict is work of a ticket as it was first (a commit that was handed in before, or one that a salvage point keeps from before a rebase)
 * which git cannot merge with what the work that came to main contains of main.
 * @param rows as `summarize` gives them
 * @returns `{ key, work, main }`, the two commits that do not go together
 */
export function conflictsOf(project, rows) {
  const states = git(project, "rev-list", "--first-parent", "--reverse", "main").trim().split("\n");
  return rows
    .filter(({ isMerged }) => isMerged)
    .flatMap(({ key, handIns }) => {
      const last = handIns.at(-1).commit;
      const merge = states.findIndex((state) => isAncestor(project, last, state));
      if (merge < 1) return [];
      const main = git(project, "merge-base", last, states[merge - 1]).trim();
      const workers = new Set(handIns.map(({ worker }) => worker));
      const before = new Set([
        ...handIns.slice(0, -1).map(({ commit }) => commit),
        ...[...workers].flatMap((worker) => salvagedHeads(project, worker)),
      ]);
      return [...before]
        .filter((work) => clash(project, work, main))
        .slice(0, 1)
        .map((work) => ({ key, work, main }));
    });
}

/** What was checked out where the agent's salvage points were made. */
function salvagedHeads(project, agent) {
  const format = "--format=%(objectname)";
  return git(project, "for-each-ref", format, `refs/wiggum/salvage/${agent}/`)
    .split("\n")
    .filter((point) => point !== "")
    .map((point) => git(project, "rev-parse", `${point}^1`).trim());
}

function isAncestor(project, commit, of) {
  return askGit(project, ["merge-base", "--is-ancestor", commit, of], [0, 1]).status === 0;
}

function clash(project, one, other) {
  return askGit(project, ["merge-tree", "--write-tree", one, other], [0, 1]).status === 1;
}
