import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { drainVariable, outsideSessions } from "@wiggum/workflow";
import { findProgram } from "./find-program.js";
import { outsideEveryAgent } from "./hook-environment.js";
import type { ProjectPaths } from "./project-paths.js";

export interface WakeOptions {
  readonly paths: ProjectPaths;
  /** Program and arguments that are the `wiggum` of this installation, for example `[node, "/…/bin.cjs"]`. */
  readonly wiggumCommand: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What it is to do. Default: run the hooks that are due. */
  readonly order?: readonly string[] | undefined;
}

const longestLogBytes = 1024 * 1024;

/**
 * Starts `wiggum hook drain` as a process of its own and does not wait for it: a new session in the main root, its output in a log, nothing in
 * it that marks it as part of an agent or a hook. So a hook may end the agent whose command woke it. Resolves when the process runs; an
 * answer of `undefined` says that it could not be started (the next command will wake one again).
 */
export async function wakeDrain({
  paths,
  wiggumCommand,
  environment,
  order = ["hook", "drain"],
}: WakeOptions): Promise<number | undefined> {
  const [program] = wiggumCommand;
  if (program === undefined) throw new Error("wakeDrain needs the command that starts wiggum");
  const [first = program, ...args] = outsideAgents([...wiggumCommand, ...order]);
  const log = openLog(paths.hookLogs);
  try {
    if (findProgram(program, environment, paths.root) === undefined) return undefined;
    const child = spawn(first, args, {
      cwd: paths.root,
      env: { ...outsideEveryAgent(environment), [drainVariable]: "1" },
      detached: true,
      stdio: ["ignore", log, log],
    });
    const pid = await new Promise<number | undefined>((resolve) => {
      child.once("spawn", () => resolve(child.pid));
      child.once("error", () => resolve(undefined));
    });
    child.unref();
    return pid;
  } finally {
    closeSync(log);
  }
}

/** Only Linux has limits that mark an agent's processes. Elsewhere a shell in between would only hide whose process it is. */
function outsideAgents(command: readonly string[]): readonly string[] {
  return process.platform === "linux" ? outsideSessions(command) : command;
}

/** The log of drains; a long one becomes `drain.log.old`. */
function openLog(folder: string): number {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "drain.log");
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > longestLogBytes) renameSync(path, `${path}.old`);
  return openSync(path, "a");
}
