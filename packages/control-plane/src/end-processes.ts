import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { keeperName } from "./kept-program.js";
import { markIn, runMark } from "./run-mark.js";

/** What the processes of a run are known by. Any of the properties that are given is enough. */
export interface RunTraces {
  /** Number of the session (and process group) that it was started in. */
  readonly session?: number | undefined;
  /** Sets of variables (`NAME=value`): whoever carries all of one set in its environment belongs to the run. */
  readonly marks?: readonly (readonly string[])[] | undefined;
  /** Names of runs that the kernel marked, see `runMark`: found also without environment, session and parent. */
  readonly runs?: readonly string[] | undefined;
  /** Names that its keepers show in the list of processes, for systems that show no environment. */
  readonly keepers?: readonly string[] | undefined;
}

/** After SIGKILL: longer than the kernel needs to end anything that it can end. */
const finalMs = 5_000;

/**
 * `table`: `/proc` shows sessions and environments, and every process is found. `list`: only `ps` (macOS), and groups stand for what is in
 * them; what left its group is not found.
 */
export type ProcessSight = "table" | "list";

/** Numbers of the run's processes that are there now, this one apart; of its groups where `sight` is `list`. */
export function processesOf(traces: RunTraces, sight: ProcessSight = systemSight()): readonly number[] {
  if (sight === "list") return [...listedGroups(traces)];
  const { session, marks = [] } = traces;
  const kernelMarks = (traces.runs ?? []).map(runMark);
  return processIds().filter(
    (pid) =>
      pid !== process.pid &&
      ((session !== undefined && sessionOf(pid) === session) ||
        marks.some((variables) => hasVariables(pid, variables)) ||
        (kernelMarks.length > 0 && hasMark(pid, kernelMarks))),
  );
}

/**
 * Ends everything of the run: SIGTERM, and SIGKILL after `graceMs` milliseconds, until nothing of it is seen twice in a row. Returns what
 * could not be ended.
 */
export async function endProcesses(
  traces: RunTraces,
  graceMs: number,
  sight: ProcessSight = systemSight(),
): Promise<readonly number[]> {
  const sign = sight === "table" ? 1 : -1;
  for (const [signal, patienceMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", finalMs],
  ] as const) {
    const deadline = performance.now() + patienceMs;
    const told = new Set<number>();
    for (let isClear = false; ; ) {
      const found = processesOf(traces, sight);
      if (found.length === 0 && isClear) return []; // twice: one that was being born is seen the second time
      isClear = found.length === 0;
      for (const pid of found) {
        if (signal === "SIGKILL" || !told.has(pid)) signalTo(sign * pid, signal);
        told.add(pid);
      }
      if (performance.now() > deadline && found.length > 0) break;
      await sleep(40);
    }
  }
  return processesOf(traces, sight);
}

/** The groups of the run in which something runs, by number or by the name of their leader. */
function listedGroups({ session, keepers = [] }: RunTraces): ReadonlySet<number> {
  const isOurs = ({ group, command }: ListedProcess) =>
    group === session || keepers.some((name) => command.split(" ").includes(keeperName(name)));
  return new Set(
    listProcesses()
      .filter(isOurs)
      .map(({ group }) => group),
  );
}

interface ListedProcess {
  readonly group: number;
  readonly command: string;
}

/** All but what has ended. The keeper's script stands in its command line: its lines are lines of the list, too. */
function listProcesses(): readonly ListedProcess[] {
  const text = execFileSync("ps", ["-A", "-ww", "-o", "pgid=,stat=,command="], { encoding: "utf8" });
  const found: { group: number; state: string; command: string }[] = [];
  for (const line of text.split("\n")) {
    const [, group, state, command] = /^ *(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (group !== undefined && state !== undefined && command !== undefined)
      found.push({ group: Number(group), state, command });
    else if (last !== undefined) last.command += ` ${line}`;
  }
  return found.filter(({ state }) => !state.startsWith("Z"));
}

function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    if ((error as NodeJS.ErrnoException).code === "EPERM") return true; // there, but not ours: reported as left
    throw error;
  }
}

/** As `endProcesses`, for what is most probably not there: then one look is enough. */
export async function endLeftOver(traces: RunTraces, graceMs: number): Promise<readonly number[]> {
  return processesOf(traces).length === 0 ? [] : endProcesses(traces, graceMs);
}

function systemSight(): ProcessSight {
  return textOf(process.pid, "stat") === "" ? "list" : "table";
}

function processIds(): readonly number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

/** Fields of `/proc/<pid>/stat` behind the name, which may hold anything: state, parent, group, session. */
function statusOf(pid: number): readonly string[] {
  const status = textOf(pid, "stat");
  return status.slice(status.lastIndexOf(")") + 2).split(" ");
}

function isGone(state: string | undefined): boolean {
  return state === undefined || state === "" || state === "Z" || state === "X";
}

/** The session, which a program's children share until they make one of their own; undefined when the process is over. */
function sessionOf(pid: number): number | undefined {
  const [state, , , session] = statusOf(pid);
  return isGone(state) ? undefined : Number(session);
}

function hasVariables(pid: number, wanted: readonly string[]): boolean {
  const variables = textOf(pid, "environ").split("\0");
  return wanted.every((variable) => variables.includes(variable)) && !isGone(statusOf(pid)[0]);
}

function hasMark(pid: number, marks: readonly string[]): boolean {
  const mark = markIn(textOf(pid, "limits"));
  return mark !== undefined && marks.includes(mark) && !isGone(statusOf(pid)[0]);
}

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it is gone, or not ours to read
  }
}
