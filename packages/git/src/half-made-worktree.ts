// git makes and removes its own folder of a worktree in steps. Another git that comes across it in between gives up.
import { setTimeout as sleep } from "node:timers/promises";

/** How often a command that came across such a folder is run. */
export const worktreeTries = 10;

/** Did git give up because of a folder that was just made or removed? */
export function metHalfMadeWorktree(stderr: string | Uint8Array): boolean {
  const text = typeof stderr === "string" ? stderr : Buffer.from(stderr).toString("utf8");
  return /^fatal: .*worktrees\b.*: (?:No such file or directory|Success)$/m.test(text);
}

/** Commands that change nothing before they have looked at all worktrees: they can be run again. */
export function looksOnlyOrFirst([command = "", kind]: readonly string[]): boolean {
  if (command === "worktree") return kind !== "add";
  return ["branch", "for-each-ref", "log", "merge-base", "rev-list", "rev-parse", "status"].includes(command);
}

/** Longer each time, and never the same. */
export async function betweenWorktreeTries(tries: number): Promise<void> {
  await sleep(20 * (tries + Math.random()));
}
