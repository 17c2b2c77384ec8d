import { printable } from "@wiggum/ticket-core";
import { startFailure, startKept } from "./kept-program.js";
import { limitTime } from "./time-limit.js";

/** What became of a program. */
export interface ProgramEnd {
  /** Absent = it was ended by a signal, or could not be started. */
  readonly exitCode?: number | undefined;
  readonly isTimeout: boolean;
  /** The last of what it printed, both streams together, control characters but line ends escaped. */
  readonly output: string;
}

export interface BoundedProgram {
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Name of the run: what left its group is found by it, see `runMark`. */
  readonly run?: string | undefined;
  /** What it leaves in the background ends with it. Default `false`. */
  readonly endsAlone?: boolean | undefined;
  /** Gets all that it prints, as it comes. Must not throw. */
  readonly record?: ((chunk: Buffer) => void) | undefined;
}

const keptBytes = 64 * 1024;

/**
 * Runs a program in a process group of its own until it ends or its time is over; then the whole group is killed. The group ends with the
 * calling process, too, however that ends.
 */
export async function runProgram(program: BoundedProgram): Promise<ProgramEnd> {
  const { command, cwd, environment } = program;
  const [file = ""] = command;
  const end = await runToEnd(program);
  const reason = startFailure({ file, cwd, environment }, { exitCode: end.exitCode, output: end.output });
  return reason === undefined ? end : { isTimeout: false, output: reason };
}

function runToEnd(program: BoundedProgram): Promise<ProgramEnd> {
  const { command, cwd, environment, timeoutMs, endsAlone, run, record } = program;
  const [file = "", ...args] = command;
  return new Promise((resolve) => {
    const tail = createTail(keptBytes);
    const child = startKept({ file, args, cwd, environment, stdin: "ignore", run });
    const limit = limitTime(child, timeoutMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", tail.add);
      if (record !== undefined) stream?.on("data", record);
    }
    child.once("error", (error) => {
      limit.stop();
      resolve({ isTimeout: false, output: printable(error.message) });
    });
    // "exit", not "close": something that it left in the background may hold the pipes open for ever.
    child.once("exit", (code) => {
      limit.stop();
      // Without a code it was its keeper that somebody killed: the program may go on.
      if (endsAlone === true || code === null) limit.endGroup();
      setImmediate(() => {
        for (const stream of child.stdio) stream?.destroy();
        const isTimeout = limit.isOver();
        resolve({ ...(code === null ? {} : { exitCode: code }), isTimeout, output: tail.text() });
      });
    });
  });
}

function createTail(limitBytes: number) {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add: (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= 2 * limitBytes) return;
      chunks = [Buffer.concat(chunks).subarray(-limitBytes)];
      size = limitBytes;
    },
    text: () => {
      const text = Buffer.concat(chunks).subarray(-limitBytes).toString("utf8");
      return text.split("\n").map(printable).join("\n").trimEnd();
    },
  };
}

/** The end in words: `ended with code 2`, `was stopped after 60 s`. */
export function describeEnd(end: ProgramEnd, timeoutMs: number): string {
  if (end.isTimeout) return `was stopped after ${Math.round(timeoutMs / 1000)} s`;
  if (end.exitCode === undefined) return "could not be run to its end";
  return `ended with code ${end.exitCode}`;
}

/** Program and arguments for a message. */
export function shownCommand(command: readonly string[]): string {
  return printable(
    command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" "),
  );
}
