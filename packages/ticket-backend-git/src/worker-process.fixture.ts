import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { bundleForNode } from "./bundle.fixture.js";
import type { WorkerOrder } from "./worker.fixture.js";

export interface Started {
  readonly child: ChildProcess;
  /** Its answers, line by line. */
  readonly lines: AsyncIterator<string>;
  readonly ended: Promise<{
    readonly code: number | null;
    readonly signal: string | null;
    readonly errors: string;
  }>;
}

/** Starts the program of `worker.fixture.ts` as a process of its own. Call it in the body of a test file. */
export function workerStarter(): ((order: WorkerOrder, env?: NodeJS.ProcessEnv) => Started) & {
  readonly program: { readonly path: string };
} {
  const program = bundleForNode("worker.fixture");
  const start = (order: WorkerOrder, env: NodeJS.ProcessEnv = {}): Started => {
    const args = [program.path, JSON.stringify(order)];
    const child = spawn(process.execPath, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let errors = "";
    child.stderr.on("data", (data) => {
      errors += data;
    });
    // A killed child's end of the pipe is gone.
    child.stdin.on("error", () => {});
    const ended = once(child, "exit").then(([code, signal]) => ({ code, signal, errors }));
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), ended };
  };
  return Object.assign(start, { program });
}
