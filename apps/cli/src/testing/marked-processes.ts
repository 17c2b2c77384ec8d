// Processes of a test, found by what stands in their environment: also those that nobody waits for.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Is there a process table to look into? */
export const isProcessTableThere = existsSync("/proc/self/environ");

/** Pids of living processes with that text in their environment. */
export function carrying(assignment: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(assignment))
    .map(Number);
}

/** Kills them all: until twice in a row none is found, since one may just have started another. */
export async function killCarrying(assignment: string): Promise<void> {
  for (let calm = 0; calm < 2; await sleep(10)) {
    const found = carrying(assignment);
    calm = found.length === 0 ? calm + 1 : 0;
    for (const pid of found) killIfThere(pid);
  }
}

/** Empty for a process that is over and was not waited for. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
