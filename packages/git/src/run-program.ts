import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export interface ProgramCall {
  readonly cwd: string | undefined;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard input; without it there is none. */
  readonly input: string | Uint8Array | undefined;
  /** Milliseconds until it is stopped; 0 = no limit. */
  readonly timeoutMs: number;
  /** Largest output, of each of the two streams. */
  readonly maxBufferBytes: number;
  readonly abort: AbortSignal | undefined;
  /** In a session of its own, where no Ctrl-C meant for the caller reaches it; it outlives a killed caller. Default `false`. */
  readonly isUninterrupted?: boolean | undefined;
}

/** How a program ended. */
export interface Ended {
  /** Absent where it could not be started, or where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly isTimeout: boolean;
  readonly isTooLarge: boolean;
  readonly error: unknown;
}

/** Milliseconds that a program has to clean up (git removes its lock files) before it is killed. */
const graceMs = 5000;

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

const running = new Set<ChildProcess>();

/** Nobody waits for their answers any more. */
function endAll(): void {
  for (const child of running) child.kill();
}

/** Runs a program to its end. Never rejects but with the reason of `abort`. */
export async function runProgram(
  program: string,
  args: readonly string[],
  call: ProgramCall,
): Promise<Ended> {
  call.abort?.throwIfAborted();
  let child: Child;
  try {
    child = spawn(program, args, {
      ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
      env: call.env,
      stdio: [call.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      windowsHide: true,
      detached: call.isUninterrupted === true,
    }) as Child;
  } catch (error) {
    return notStarted(error);
  }
  if (running.size === 0) process.once("exit", endAll);
  if (call.isUninterrupted !== true) running.add(child);
  try {
    const ended = await follow(child, call);
    call.abort?.throwIfAborted();
    return ended;
  } finally {
    running.delete(child);
    if (running.size === 0) process.off("exit", endAll);
  }
}

function follow(child: Child, { input, timeoutMs, maxBufferBytes, abort }: ProgramCall): Promise<Ended> {
  return new Promise((resolve) => {
    let isTimeout = false;
    let isTooLarge = false;
    let isStopped = false;
    const timers: NodeJS.Timeout[] = [];

    const stop = () => {
      if (isStopped) return;
      isStopped = true;
      child.kill();
      timers.push(setTimeout(() => child.kill("SIGKILL"), graceMs));
      // What it started may hold on to its output: nobody waits for that.
      child.once("exit", () => {
        child.stdout.destroy();
        child.stderr.destroy();
      });
    };
    const finish = (ended: Ended) => {
      for (const timer of timers) clearTimeout(timer);
      abort?.removeEventListener("abort", stop);
      resolve(ended);
    };
    const collect = (stream: Readable) => {
      const parts: Uint8Array[] = [];
      let bytes = 0;
      stream.on("data", (part: Uint8Array) => {
        bytes += part.length;
        if (bytes <= maxBufferBytes) parts.push(part);
        else if (!isStopped) {
          isTooLarge = true;
          stop();
        }
      });
      return () => Buffer.concat(parts);
    };

    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // It may end without having read all of it: its exit code says what that means.
    child.stdin?.on("error", () => {});
    if (input !== undefined) child.stdin?.end(input);
    if (timeoutMs > 0) {
      const expire = () => {
        isTimeout = !isStopped;
        stop();
      };
      timers.push(setTimeout(expire, timeoutMs));
    }
    abort?.addEventListener("abort", stop, { once: true });
    child.once("error", (error) => finish(notStarted(error)));
    child.once("close", (code, signal) => {
      const end = { exitCode: code ?? undefined, signal: signal ?? undefined };
      finish({ ...end, stdout: stdout(), stderr: stderr(), isTimeout, isTooLarge, error: undefined });
    });
  });
}

function notStarted(error: unknown): Ended {
  const nothing = new Uint8Array();
  return {
    exitCode: undefined,
    signal: undefined,
    stdout: nothing,
    stderr: nothing,
    isTimeout: false,
    isTooLarge: false,
    error,
  };
}
