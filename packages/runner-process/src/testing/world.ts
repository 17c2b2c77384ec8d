import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentOrder } from "@wiggum/workflow";
import { onTestFinished } from "vitest";

export interface World {
  readonly root: string;
  readonly stateRoot: string;
  order(command: readonly string[], changes?: Partial<AgentOrder>): AgentOrder;
  /** Text of a file in the agents' folder, once it is there and has a line end. */
  written(name: string): Promise<string>;
}

/** A folder of its own for one test, with a worktree. Afterwards every process with that folder in its environment is ended. */
export async function createWorld(): Promise<World> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "wiggum-runner-")));
  const cwd = join(root, "worktree");
  await mkdir(cwd);
  onTestFinished(async () => {
    for (const pid of carrying(root)) signalIfThere(pid);
    await until("all processes of the test are gone", async () => {
      const left = carrying(root);
      for (const pid of left) signalIfThere(pid);
      return left.length === 0;
    });
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });
  const stateRoot = join(root, "state");
  return {
    root,
    stateRoot,
    order: (command, changes = {}) => {
      const { agentId = "tester-0", generation = 1 } = changes;
      return {
        agentId,
        generation,
        role: "tester",
        cwd,
        command,
        promptFile: join(root, "prompt.md"),
        promptLine: "Read the prompt.",
        environment: environmentOf(root),
        stateDirectory: join(stateRoot, agentId, String(generation)),
        inboxFile: join(cwd, "inbox.jsonl"),
        startTimeoutMs: 20_000,
        ...changes,
      };
    },
    written: (name) => until(`${name} is written`, () => textWithLineEnd(join(cwd, name))),
  };
}

/** Environment by which the test's end finds its processes. */
export function environmentOf(root: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", WIGGUM_TEST_ROOT: root };
}

/** Looks again and again, at most 20 s. */
export async function until<Value>(
  what: string,
  look: () => Promise<Value | undefined | false>,
): Promise<Value> {
  const giveUpAtMs = performance.now() + 20_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > giveUpAtMs) throw new Error(`Waited in vain: ${what}`);
    await sleep(10);
  }
}

/** Is that process there and no zombie? */
export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`).length > 0;
  } catch {
    return false;
  }
}

/** Pids of all processes with that folder in their environment. */
export function carrying(root: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(`WIGGUM_TEST_ROOT=${root}`);
      } catch {
        return false;
      }
    });
}

function signalIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

async function textWithLineEnd(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.endsWith("\n") ? text : undefined;
}
