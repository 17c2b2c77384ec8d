import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

/**
 * Pids of all living processes whose environment (a list of `NAME=value`) passes the test. The kit finds its own processes by a folder
 * in their environment, so that a pid which was given again is never taken for one of them.
 */
export async function findProcesses(
  belongs: (environment: readonly string[]) => boolean,
): Promise<readonly number[]> {
  const all = process.platform === "linux" ? readProc() : await readPs();
  return all.filter(({ environment }) => belongs(environment)).map(({ pid }) => pid);
}

export function processesWith(...variables: readonly string[]): Promise<readonly number[]> {
  return findProcesses((environment) => variables.every((variable) => environment.includes(variable)));
}

/** A process may end by itself between a look and the signal. */
export function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

interface Running {
  readonly pid: number;
  readonly environment: readonly string[];
}

/** Of a zombie the environment is empty, so none of them is ever found. */
function readProc(): readonly Running[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        return { pid: Number(name), environment };
      } catch {
        return { pid: Number(name), environment: [] };
      }
    });
}

async function readPs(): Promise<readonly Running[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-E", "-ww", "-o", "pid=,command="], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split("\n").map((line) => {
    const [pid, ...words] = line.trim().split(" ");
    return { pid: Number(pid), environment: words };
  });
}
