import { execFile } from "node:child_process";
import type { ProcessEntry, ProcessTable } from "./process-table.js";
import { hookVariables, tokenVariable, toldSession } from "./process-variables.js";

/**
 * Asks `ps`, where there is no `/proc` (macOS). Weaker than `/proc`, and to be known: start times are full seconds, sessions are not
 * told (so process groups and the marker must do), and the environment is visible for programs only that the system does not protect.
 */
export function createPsProcesses(platform: NodeJS.Platform): ProcessTable {
  // The environment is `-E` for BSD's ps and the old-style letter `e` for Linux's.
  const everything = platform === "darwin" ? ["-A", "-E", "-ww"] : ["axeww"];
  const list = async (): Promise<readonly ProcessEntry[]> => {
    const { pid, output } = await runPs([...everything, "-o", "pid=,ppid=,pgid=,stat=,lstart=,command="]);
    return output
      .split("\n")
      .map(parseLine)
      .filter((entry) => entry !== undefined && entry.pid !== pid) as ProcessEntry[];
  };
  return {
    list,
    read: async (pid) => (await list()).find((entry) => entry.pid === pid),
  };
}

function parseLine(line: string): ProcessEntry | undefined {
  const parts = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
  const [, pid, parentPid, groupId, state, startedAt, words] = parts ?? [];
  if (state === undefined || startedAt === undefined || words === undefined || state.startsWith("Z")) {
    return undefined;
  }
  const variableIn = (variable: string) => new RegExp(`\\s${variable}=(\\S+)`).exec(words)?.[1];
  const token = variableIn(tokenVariable);
  // A path may have spaces: it goes on to the next variable.
  const pathIn = (variable: string) =>
    new RegExp(`\\s${variable}=(.*?)(?=\\s[A-Za-z_][A-Za-z0-9_]*=|\\s*$)`).exec(words)?.[1];
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    startedAt,
    // What follows the arguments is the environment, which is nobody's business.
    command: words.split(/\s[A-Za-z_][A-Za-z0-9_]*=/, 1)[0] ?? "",
    ...(token === undefined ? {} : { token, ...toldSession(pathIn) }),
    isOfHook: hookVariables.some((variable) => variableIn(variable) !== undefined),
  };
}

function runPs(
  words: readonly string[],
): Promise<{ readonly pid: number | undefined; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "ps",
      [...words],
      { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 64 * 1024 * 1024, timeout: 10_000 },
      (error, output) => (error === null ? resolve({ pid: child.pid, output }) : reject(error)),
    );
  });
}
