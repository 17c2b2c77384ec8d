// Resolves conflicts in files whose lines are entries of sorted lists: both sides' lines stay.
import { readFileSync, writeFileSync } from "node:fs";
import { git, runTests, say } from "./run-program.mjs";

const hunk = /^<<<<<<< .*\n([\s\S]*?)^=======\n([\s\S]*?)^>>>>>>> .*\n/gm;

export function keepBothSides(text) {
  return text.replace(hunk, (_all, ours, theirs) => {
    const lines = [...ours.split("\n"), ...theirs.split("\n")].filter((line) => line !== "");
    return [...new Set(lines)]
      .sort()
      .map((line) => `${line}\n`)
      .join("");
  });
}

export function unmergedFiles() {
  return git("diff", "--name-only", "--diff-filter=U", "-z")
    .out.split("\0")
    .filter((name) => name !== "");
}

function gitPath(name) {
  return git("rev-parse", "--git-path", name).out.trim();
}

async function exists(path) {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Which operation stands open in this worktree. */
export async function openOperation() {
  if ((await exists(gitPath("rebase-merge"))) || (await exists(gitPath("rebase-apply")))) return "rebase";
  return (await exists(gitPath("MERGE_HEAD"))) ? "merge" : undefined;
}

/** Goes on with an open rebase or merge until it is finished. */
export async function resolveOpenOperation() {
  for (let round = 0; round < 20; round += 1) {
    const operation = await openOperation();
    if (operation === undefined) return;
    for (const file of unmergedFiles()) {
      say(`conflict in ${file}: keeping the lines of both sides`);
      writeFileSync(file, keepBothSides(readFileSync(file, "utf8")));
    }
    git("add", "--all");
    const next = git("-c", "core.editor=true", operation, "--continue");
    // A commit of which nothing is left is no conflict: git asks to leave it out.
    if (next.code !== 0 && operation === "rebase" && unmergedFiles().length === 0) git("rebase", "--skip");
  }
  if ((await openOperation()) !== undefined) throw new Error("the conflict could not be resolved");
  const tests = runTests();
  if (!tests.passed)
    throw new Error(`tests fail after the conflict was resolved:\n${tests.output.slice(-2000)}`);
}
