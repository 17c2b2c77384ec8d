import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { boundedText } from "./bounded-text.js";
import { endProcesses } from "./end-processes.js";
import { isTextBusy, startFailure, startKept } from "./kept-program.js";

/** A program to run in a session of its own, with everything that it starts. */
export interface HookProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. It must hold `WIGGUM_HOOK_RUN=<runId>`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runId: string;
  /** What the kernel marks its processes by; runs of one name never go on beside one another. Default: `runId`. */
  readonly run?: string | undefined;
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
 * proved gone. When the calling process is gone before that, the group is ended, too. Never throws for what the program does.
 */
export async function runHookProgram(program: HookProgram): Promise<HookEnd> {
  for (let attempt = 1; ; attempt++) {
    const end = await runOnce(program);
    // Somebody has the file open for writing, or had it when another program was started at the same moment.
    if (!isTextBusy({ output: end.output, exitCode: end.exitCode }) || attempt === 5)
      return judged(program, end);
    await sleep(20 * attempt);
  }
}

function judged(program: HookProgram, end: HookEnd): HookEnd {
  const { output, exitCode } = end;
  if (end.status !== "exited") return end;
  const reason = startFailure(program, { output, exitCode });
  return reason === undefined ? end : { status: "broken", reason, output: "" };
}

async function runOnce(program: HookProgram): Promise<HookEnd> {
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
  const { code, signal } = first;
  // Not the program, whose end its keeper tells as a number: somebody killed the keeper, and the program goes on.
  if (code === null) await endRun(pid, program);
  await Promise.race([closed, pause(drainMs)]);
  closePipes(child);
  const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  return { status: "exited", exitCode, output: output.text(), pid };
}

/** The group, and what went out of it with our marker. */
function endRun(session: number, { runId, run, graceMs }: HookProgram): Promise<readonly number[]> {
  return endProcesses({ session, marks: [[`WIGGUM_HOOK_RUN=${runId}`]], runs: [run ?? runId] }, graceMs);
}

function start(program: HookProgram) {
  const { input, runId, run = runId } = program;
  return new Promise<{ child: ChildProcess; output: ReturnType<typeof boundedText> } | string>((resolve) => {
    let child: ChildProcess;
    try {
      child = startKept({ ...program, stdin: input === undefined ? "ignore" : "pipe", name: runId, run });
    } catch (error) {
      resolve(systemFailure(error)); // arguments or environment that the system cannot take
      return;
    }
    const output = boundedText();
    // A pipe that breaks is the program's business; without a listener it would end ours.
    for (const stream of child.stdio) stream?.on("error", () => {});
    child.stdout?.on("data", (chunk: Buffer) => output.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.add(chunk));
    child.once("error", (error) => resolve(systemFailure(error)));
    child.once("spawn", () => {
      child.stdin?.end(input);
      resolve({ child, output });
    });
  });
}

function systemFailure(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "E2BIG" ? "its environment is too large" : message;
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
  for (const stream of child.stdio) stream?.destroy();
}
