import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type AskAnswer, type AskOrder, answerIn } from "@wiggum/workflow";
import { describeFailure, printable, runnerFailed } from "./failures.js";
import { findProgram } from "./find-program.js";
import { type ProcessTable, signalProcess } from "./process-table.js";

/** More than that of an answer is not kept: a program that prints without end must not fill the memory. */
const maxOutputBytes = 16 * 1024 * 1024;
/** From the first SIGKILL until what is left is left. */
const killWaitMs = 5_000;
const pollMs = 20;
/** From a program's end until its last words are in, although something of it still holds the pipe. */
const drainMs = 1_000;

/**
 * Starts a program for one question, in a session of its own, and reads its answer. All that carries this question's marker is ended
 * before the promise settles, however it ends.
 * @throws AGENT_COMMAND_MISSING RUNNER_FAILED
 */
export async function askProgram(
  order: AskOrder,
  {
    runner,
    processes,
    signal,
  }: {
    readonly runner: string;
    readonly processes: ProcessTable;
    /** Breaks the question off. */
    readonly signal?: AbortSignal | undefined;
  },
): Promise<AskAnswer> {
  const failed = (what: string, remarks: string) => failure(runner, what, remarks);
  const program = await findProgram(order);
  if (signal?.aborted) throw failed("was not asked: that was broken off", "");
  const token = randomBytes(16).toString("hex");
  const isArgument = order.command.some((word) => word.includes("{prompt}"));
  const words = order.command.slice(1).map((word) => word.replaceAll("{prompt}", () => order.prompt));
  const begin = () =>
    spawn(program, words, {
      cwd: order.cwd,
      env: { ...order.environment, WIGGUM_SESSION_TOKEN: token },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
  let child: ReturnType<typeof begin>;
  try {
    child = begin();
  } catch (error) {
    throw failed(`could not be started: ${describeFailure(error)}`, "");
  }
  // A program that ends without reading it has its own reason to tell.
  child.stdin.on("error", () => undefined);
  child.stdin.end(isArgument ? "" : order.prompt);
  const output = collect(child.stdout);
  const remarks = collect(child.stderr);
  try {
    const end = await endOf(child, order.timeoutMs, signal);
    if (typeof end === "object" && "message" in end)
      throw failed(`could not be started: ${describeFailure(end)}`, "");
    if (end === "broken off") throw failed("was ended: the question was broken off", "");
    if (end === "late") throw failed(`gave no answer within ${order.timeoutMs} ms`, remarks());
    const answer = answerIn(order.answer, output());
    if (end.code === 0 && "text" in answer) return answer;
    if (end.code === 0 && "failure" in answer) throw failed(answer.failure, remarks());
    const reason = "failure" in answer && order.answer !== undefined ? `: ${answer.failure}` : "";
    throw failed(`ended with ${end.signal ?? `code ${end.code}`}${reason}`, remarks());
  } finally {
    await endAll(token, processes);
  }
}

type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

async function endOf(
  child: ChildProcess,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<End | Error | "late" | "broken off"> {
  const late = new AbortController();
  try {
    return await Promise.race([
      new Promise<End | Error>((resolve) => {
        child.once("error", resolve);
        child.once("close", (code, signal) => resolve({ code, signal }));
        // What it printed last may still be in the pipe; what it left running may hold the pipe open for ever.
        child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), drainMs).unref());
      }),
      sleep(timeoutMs, "late" as const, { signal: late.signal }),
      new Promise<"broken off">((resolve) => {
        if (signal?.aborted) resolve("broken off");
        signal?.addEventListener("abort", () => resolve("broken off"), { once: true, signal: late.signal });
      }),
    ]);
  } finally {
    late.abort();
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= maxOutputBytes) parts.push(part);
  });
  return () => Buffer.concat(parts).toString("utf8");
}

async function endAll(token: string, processes: ProcessTable): Promise<void> {
  const giveUpAtMs = performance.now() + killWaitMs;
  while (performance.now() < giveUpAtMs) {
    const left = (await processes.list()).filter((entry) => entry.token === token);
    if (left.length === 0) return;
    for (const entry of left) await signalProcess(processes, entry, "SIGKILL");
    await sleep(pollMs);
  }
}

function failure(runner: string, what: string, remarks: string) {
  const last = remarks.trim().split("\n").slice(-5).join("\n");
  const said = last === "" ? "" : `; it said: ${printable(last).slice(0, 1_000)}`;
  return runnerFailed(runner, `The agent program ${what}${said}`);
}
