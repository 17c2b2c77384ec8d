import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { boundedText } from "./bounded-text.js";

/** A program to run in a session of its own, with everything that it starts. */
export interface HookProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. It must hold `WIGGUM_HOOK_RUN=<runId>`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runId: string;
  /** Written to standard input; absent = empty. */
  readonly input?: string | undefined;
  readonly timeoutMs: number;
  /** Time between the polite and the final signal, in milliseconds. */
  readonly graceMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

export interface HookEnd {
  readonly status: "exited" | "timed-out" | "aborted" | "broken";
  /** Of an exited program; 128 + number where a signal ended it. */
  readonly exitCode?: number | undefined;
  /** Why it could not be started, or what of it is left. */
  readonly reason?: string | undefined;
  /** What it printed, both streams in the order in which it came; bounded, control characters escaped. */
  readonly output: string;
  readonly pid?: number | undefined;
}

/** Output that is still in the pipe when the program is gone. Whatever holds the pipe open after that is not waited for. */
const drainMs = 200;
const finalMs = 5_000;

/**
 * Runs a program to its end or its time limit. Then its whole process group, and what left the group but carries its marker, is ended and
 * proved gone. Never throws for what the program does.
 */
export async function runHookProgram(program: HookProgram): Promise<HookEnd> {
  const started = await start(program);
  if (typeof started === "string") return { status: "broken", reason: started, output: "" };
  const { child, output } = started;
  const pid = child.pid ?? 0;
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const limit = new AbortController();
  const stop = limitOf(program, limit.signal);
  const first = await Promise.race([ended, stop]);
  limit.abort();
  if (first === "timed-out" || first === "aborted") {
    const left = await endRun(pid, program);
    await Promise.race([ended, pause(finalMs)]);
    closePipes(child);
    const reason = left.length > 0 ? `processes that could not be ended: ${left.join(", ")}` : undefined;
    return { status: first, output: output.text(), pid, ...(reason !== undefined && { reason }) };
  }
  await Promise.race([closed, pause(drainMs)]);
  closePipes(child);
  const { code, signal } = first;
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return { status: "exited", exitCode, output: output.text(), pid };
}

/**
 * Ends what is left of earlier runs (their starter was killed): processes that carry all variables of one of these sets. Returns what could
 * not be ended.
 */
export async function endMarked(
  marks: readonly (readonly string[])[],
  graceMs: number,
): Promise<readonly number[]> {
  const find = () =>
    processIds().filter(
      (pid) => pid !== process.pid && marks.some((variables) => hasVariables(pid, variables)),
    );
  return find().length === 0 ? [] : endAll(find, graceMs);
}

async function start(
  program: HookProgram,
): Promise<{ readonly child: ChildProcess; readonly output: ReturnType<typeof boundedText> } | string> {
  for (let attempt = 1; ; attempt++) {
    const result = await tryStart(program);
    // Somebody has the file open for writing, or had it when another program was started at the same moment.
    if (result !== "ETXTBSY" || attempt === 5) return result;
    await sleep(20 * attempt);
  }
}

function tryStart(program: HookProgram) {
  const { file, args, cwd, environment, input } = program;
  return new Promise<{ child: ChildProcess; output: ReturnType<typeof boundedText> } | string>((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        cwd,
        env: environment,
        // A session of its own: no signal meant for the caller reaches it, and the group is known by its number.
        detached: true,
        stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      });
    } catch (error) {
      resolve(codeOf(error)); // arguments or environment that the system cannot take
      return;
    }
    const output = boundedText();
    // A pipe that breaks is the program's business; without a listener it would end ours.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on("error", () => {});
    child.stdout?.on("data", (chunk: Buffer) => output.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.add(chunk));
    child.once("error", (error) => resolve(codeOf(error)));
    child.once("spawn", () => {
      child.stdin?.end(input);
      resolve({ child, output });
    });
  });
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function limitOf(program: HookProgram, over: AbortSignal): Promise<"timed-out" | "aborted"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("timed-out"), program.timeoutMs);
    const abort = () => resolve("aborted");
    if (program.signal?.aborted) abort();
    program.signal?.addEventListener("abort", abort, { once: true });
    over.addEventListener("abort", () => {
      clearTimeout(timer);
      program.signal?.removeEventListener("abort", abort);
    });
  });
}

/** Does not keep the process alive by itself. */
function pause(durationMs: number): Promise<void> {
  return sleep(durationMs, undefined, { ref: false });
}

function closePipes(child: ChildProcess): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
}

/** The group, and what went out of it with our marker. */
function endRun(group: number, { runId, graceMs }: HookProgram): Promise<readonly number[]> {
  if (!hasProcessTable()) return endGroup(group, graceMs);
  const marker = [`WIGGUM_HOOK_RUN=${runId}`];
  return endAll(
    () => processIds().filter((pid) => sessionOf(pid) === group || hasVariables(pid, marker)),
    graceMs,
  );
}

async function endAll(find: () => readonly number[], graceMs: number): Promise<readonly number[]> {
  for (const [signal, patienceMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", finalMs],
  ] as const) {
    const deadline = performance.now() + patienceMs;
    const told = new Set<number>();
    for (let isClear = false; ; ) {
      const found = find();
      if (found.length === 0 && isClear) return []; // twice: one that was being born is seen the second time
      isClear = found.length === 0;
      for (const pid of found) {
        if (signal === "SIGKILL" || !told.has(pid)) signalTo(pid, signal);
        told.add(pid);
      }
      if (performance.now() > deadline && found.length > 0) break;
      await sleep(40);
    }
  }
  return find();
}

/** Where there is no process table to read (macOS): the group alone. */
async function endGroup(group: number, graceMs: number): Promise<readonly number[]> {
  for (const [signal, patienceMs] of [
    ["SIGTERM", graceMs],
    ["SIGKILL", finalMs],
  ] as const) {
    signalTo(-group, signal);
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      if (!signalTo(-group, 0)) return [];
      await sleep(20);
    }
  }
  return [group];
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

function hasProcessTable(): boolean {
  return textOf(process.pid, "stat") !== "";
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
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

function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it is gone, or not ours to read
  }
}
