import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentId, type ProcessSummary, WorkflowError } from "@wiggum/workflow";

// Read from /proc. Where there is none (macOS) nothing is found: the runner's own stop is then the only proof.

/**
 * Processes whose working directory is the folder or lies in it, except this one and those that wait for it. A git command that just
 * looks is gone in a moment: only those that stay for `patienceMs` count.
 */
export async function processesIn(folder: string, patienceMs = 2_000): Promise<readonly ProcessSummary[]> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(250, pauseMs * 2)) {
    const waiting = ancestors();
    const found = processIds().filter((pid) => !waiting.has(pid) && isWithin(folder, linkOf(pid, "cwd")));
    if (found.length === 0 || performance.now() >= deadline) return found.map(summary);
    await sleep(pauseMs);
  }
}

/** Processes that work in this folder and say in their environment that they are a session of this agent. */
export function claimedProcessesIn(folder: string, agentId: AgentId): readonly ProcessSummary[] {
  const waiting = ancestors();
  return processIds()
    .filter((pid) => !waiting.has(pid) && isWithin(folder, linkOf(pid, "cwd")))
    .filter((pid) => {
      const environment = textOf(pid, "environ").split("\0");
      const isSession = environment.some((variable) => variable.startsWith("WIGGUM_GENERATION="));
      return isSession && environment.includes(`WIGGUM_AGENT_ID=${agentId}`) && !isZombie(pid);
    })
    .map(summary);
}

/**
 * Ends every process with this variable (`NAME=value`) in its environment. The value must name one project and one session: other
 * projects of this host have agents of the same names. @throws AGENT_SURVIVES
 */
export async function stopMarkedProcesses(marker: string, agentId: AgentId): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (let round = 0; round < 40; round++) {
      const found = markedProcesses(marker);
      if (found.length === 0) return;
      // Looked at again right before the signal: a number that was given to another process meanwhile is left alone.
      for (const pid of found) if (hasVariable(pid, marker)) signalTo(pid, signal);
      await sleep(50);
    }
  }
  const survivors = markedProcesses(marker).map(summary);
  if (survivors.length === 0) return;
  throw new WorkflowError(
    "AGENT_SURVIVES",
    `${agentId} could not be ended: ${survivors.map(({ pid }) => `process ${pid}`).join(", ")} still there`,
    { agentId, survivors },
    { hint: `End these processes, then run 'wiggum kill ${agentId}' again. Nothing was removed.` },
  );
}

/** Numbers of the processes with this variable (`NAME=value`) in their environment, this one apart. */
export function markedProcesses(marker: string): readonly number[] {
  return processIds().filter((pid) => pid !== process.pid && hasVariable(pid, marker));
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** This process and those above it: a person's shell that stands in the worktree and called us. */
function ancestors(): ReadonlySet<number> {
  const found = new Set<number>();
  for (let pid = process.pid; pid > 0 && !found.has(pid); pid = parentOf(pid)) found.add(pid);
  return found;
}

function parentOf(pid: number): number {
  // The name, in brackets, may hold anything: the fields are counted behind its end.
  const status = textOf(pid, "stat");
  return Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function hasVariable(pid: number, variable: string): boolean {
  return textOf(pid, "environ").split("\0").includes(variable) && !isZombie(pid);
}

/** Ended, and only waiting to be collected: nothing is left to stop. */
function isZombie(pid: number): boolean {
  const status = textOf(pid, "stat");
  return /^[ZX]/.test(status.slice(status.lastIndexOf(")") + 2));
}

function isWithin(folder: string, path: string | undefined): boolean {
  if (path === undefined) return false;
  const plain = path.replace(/ \(deleted\)$/, "");
  return plain === folder || plain.startsWith(`${folder}/`);
}

function summary(pid: number): ProcessSummary {
  const command = textOf(pid, "cmdline").replaceAll("\0", " ").trim();
  return { pid, command: command === "" ? `process ${pid}` : command };
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // It is gone, or not ours to read.
  }
}

function linkOf(pid: number, file: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/${file}`);
  } catch {
    return undefined;
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
