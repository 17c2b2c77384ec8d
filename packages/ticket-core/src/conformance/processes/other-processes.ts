import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { TicketError, type TicketErrorCode, type TicketErrorData } from "../../errors.js";
import type { StoreElsewhere } from "../conformance-case.js";
import type { OtherAnswer, OtherOrder, OtherRequest } from "./requests.js";

/** A process of its own that has the store open. */
export interface OtherProcess {
  /** Asks, and waits for the answer. @throws TicketError as the backend there did */
  ask(request: OtherRequest): Promise<unknown>;
  /** What it said after each step of counting, so far. */
  readonly counted: readonly number[];
  /** SIGKILL; settles when it is gone and all that it said has been read. */
  kill(): Promise<void>;
}

/** Milliseconds within which a process must have opened the store. */
const startLimitMs = 60_000;

/** Starts processes that open the store, lets them work, and ends them whatever happens. All are ready before `work` begins. */
export async function withOtherProcesses<Result>(
  elsewhere: StoreElsewhere,
  count: number,
  work: (processes: readonly OtherProcess[]) => Promise<Result>,
): Promise<Result> {
  const started = Array.from({ length: count }, () => start(elsewhere));
  try {
    return await work(await Promise.all(started.map(({ ready }) => ready)));
  } finally {
    await Promise.all(started.map(({ end }) => end()));
  }
}

function start(elsewhere: StoreElsewhere) {
  const { module, exported = "openBackend", options = null, nodeArguments = [] } = elsewhere;
  const order: OtherOrder = { module, exported, options };
  const { program = ownProgram() } = elsewhere;
  const args = ["--disable-warning=ExperimentalWarning", ...nodeArguments, program, JSON.stringify(order)];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(child, "close");
  // The end of the pipe of a process that was killed is gone.
  child.stdin.on("error", () => {});
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-4_000);
  });
  const counted: number[] = [];
  const waiting: ((answer: OtherAnswer) => void)[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const answer = JSON.parse(line) as OtherAnswer;
    if (answer.counted === undefined) waiting.shift()?.(answer);
    else counted.push(answer.counted);
  });
  void ended.then(() => {
    const gone = { error: { message: `the other process ended: ${errors.trim() || "it was killed"}` } };
    for (const settle of waiting.splice(0)) settle(gone);
  });
  const next = () => new Promise<OtherAnswer>((resolve) => waiting.push(resolve));
  const other: OtherProcess = {
    counted,
    async ask(request) {
      const answer = next();
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answered(await answer);
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
  const ready = withLimit(child, next().then(answered)).then(() => other);
  // Whoever awaits them all sees the first failure; the others are no unhandled ones.
  ready.catch(() => {});
  const end = async () => {
    child.stdin.end();
    const patience = setTimeout(() => child.kill("SIGKILL"), 2_000);
    await ended;
    clearTimeout(patience);
  };
  return { ready, end };
}

/** From source it is TypeScript, which Node strips; built, it lies beside this file's bundle. */
function ownProgram(): string {
  const name = import.meta.url.endsWith(".ts") ? "./other-process.ts" : "./other-process.js";
  return fileURLToPath(new URL(name, import.meta.url));
}

async function withLimit<Value>(child: ChildProcess, value: Promise<Value>): Promise<Value> {
  const limit = setTimeout(() => child.kill("SIGKILL"), startLimitMs);
  try {
    return await value;
  } finally {
    clearTimeout(limit);
  }
}

function answered({ value, error }: OtherAnswer): unknown {
  if (error === undefined) return value;
  if (error.code === undefined) throw new Error(error.message);
  const data = error.data as TicketErrorData[TicketErrorCode];
  throw new TicketError(error.code as TicketErrorCode, error.message, data);
}
