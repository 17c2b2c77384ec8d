import { existsSync } from "node:fs";
import type { Git } from "@wiggum/git";
import type { SafeToRemove } from "./safe-removal.js";

/**
 * Removes a worktree whose uncommitted work lies in a salvage point (or that has unchanged sub-modules, which git removes only so).
 * The one place where git is told not to look again; the proof is what was looked at.
 */
export async function removeSalvagedWorktree(git: Git, proof: SafeToRemove): Promise<void> {
  if (!existsSync(proof.worktree)) return;
  await git.run(["worktree", "remove", "--force", "--", proof.worktree]);
}
