import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { WriteStream } from "node:tty";
import { usageError } from "./command-error.js";
import { composition } from "./compose.js";
import type { Host, OutputStream } from "./context.js";

/** This process as the command line sees it, and what became of its standard output. */
export interface ProcessHost extends Host {
  /** Why standard output could not be written, where that is the system's fault and not a reader's that went away. */
  outputFailure(): Error | undefined;
}

export function processHost(): ProcessHost {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  const { stdin } = process;
  const stdout = outputStream(process.stdout, interrupt);
  return {
    stdout,
    stderr: outputStream(process.stderr, () => {}),
    environment: process.env,
    workingDirectory: workingDirectory(),
    program: [process.execPath, ...process.argv.slice(1, 2)],
    stdinIsTerminal: stdin.isTTY === true,
    // An agent in a pane has a terminal, too, and nobody who answers a question.
    isInteractive:
      stdin.isTTY === true && process.stderr.isTTY === true && !process.env["WIGGUM_SESSION_TOKEN"],
    readStdin,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: process.stderr });
      try {
        // Ctrl-D ends the input without an answer: `question` alone would wait for ever.
        const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
        return await Promise.race([lines.question(question), ended]);
      } finally {
        lines.close();
      }
    },
    async runOnTerminal([program = "", ...words]) {
      const child = spawn(program, words, { stdio: "inherit" });
      // Ctrl-C belongs to the program.
      const leaveAlone = () => {};
      process.on("SIGINT", leaveAlone);
      try {
        return await new Promise<number>((resolve, reject) => {
          child.once("error", reject);
          child.once("exit", (code) => resolve(code ?? 1));
        });
      } finally {
        process.off("SIGINT", leaveAlone);
      }
    },
    interruption() {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
      return interruption.signal;
    },
    outputFailure: () => stdout.failure(),
    composition,
  };
}

/** One that was removed under this process has no path; then what it was called, which the project says more about. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    try {
      return readlinkSync("/proc/self/cwd");
    } catch {
      return process.env["PWD"] ?? "/";
    }
  }
}

/** A reader that goes away (`wiggum ticket list | head -1`) ends the output, not the command; so does a full disk, which is a failure. */
function outputStream(
  stream: NodeJS.WriteStream & Partial<WriteStream>,
  closed: () => void,
): OutputStream & { failure(): Error | undefined } {
  let isClosed = false;
  let failure: Error | undefined;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    isClosed = true;
    if (error.code !== "EPIPE") failure ??= error;
    closed();
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY === true ? stream.columns : undefined;
    },
    write(text) {
      if (!isClosed) stream.write(text);
    },
    failure: () => failure,
  };
}

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(Buffer.from(part));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts));
  } catch {
    throw usageError("Standard input is not UTF-8 text", "Convert it first, for example with iconv.");
  }
}
