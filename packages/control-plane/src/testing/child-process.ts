import { type ChildProcess, spawn } from "node:child_process";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { inject } from "vitest";

/** A process of its own that runs a file of this folder, as it was bundled before the tests. Standard output is read line by line. */
export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line it prints; rejects with its standard error when it ended instead. */
  line(): Promise<string>;
  /** SIGKILL, and wait until it is gone. */
  kill(): Promise<void>;
  /** Exit code (or signal name) when it is gone. */
  ended(): Promise<number | string>;
  readonly errors: () => string;
}

const running = new Set<ChildProcess>();
// A test that fails leaves nothing behind.
process.once("exit", killChildren);

/** Ends every child that still runs. For `afterEach`. */
export function killChildren(): void {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}

export function startChild(
  file: URL,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const program = join(inject("programs"), `${basename(file.pathname, ".ts")}.mjs`);
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
  running.add(child);
  child.once("exit", () => running.delete(child));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | string>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  return {
    process: child,
    pid: child.pid ?? -1,
    errors: () => errors,
    ended: () => ended,
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error(`ended (${await ended}) without a line: ${errors}`);
      return next.value;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
