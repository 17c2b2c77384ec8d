import { createWriteStream, readlinkSync } from "node:fs";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { usageError } from "./command-error.js";
import { composition } from "./compose.js";
import type { Host, OutputStream } from "./context.js";

/** This process as the command line sees it, and what became of its standard output. */
export interface ProcessHost extends Host {
  /** Resolves when all output has been handed to the system. */
  flushed(): Promise<void>;
  /** Why standard output could not be written, where that is the system's fault and not a reader's that went away. */
  outputFailure(): Error | undefined;
}

export function processHost(): ProcessHost {
  const interruption = new AbortController();
  const interrupt = (signal?: unknown) => interruption.abort(signal);
  // Asked of the system: to make the stream takes milliseconds, and most commands read nothing.
  const stdinIsTerminal = isatty(0);
  const stdout = outputStream(1, () => process.stdout, interrupt);
  const stderr = outputStream(
    2,
    () => process.stderr,
    () => {},
  );
  return {
    stdout,
    stderr,
    environment: process.env,
    workingDirectory: workingDirectory(),
    program: [process.execPath, ...process.argv.slice(1, 2)],
    stdinIsTerminal,
    // An agent in a pane has a terminal, too, and nobody who answers a question.
    isInteractive: stdinIsTerminal && stderr.isTerminal && !process.env["WIGGUM_SESSION_TOKEN"],
    readStdin,
    readStdinBytes,
    async ask(question) {
      const { createInterface } = await import("node:readline/promises");
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        // Ctrl-D ends the input without an answer: `question` alone would wait for ever.
        const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
        return await Promise.race([lines.question(question), ended]);
      } finally {
        lines.close();
      }
    },
    async runOnTerminal([program = "", ...words]) {
      const { spawn } = await import("node:child_process");
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
    interruption(signals = ["SIGINT", "SIGTERM"]) {
      for (const signal of signals) process.once(signal, interrupt);
      return interruption.signal;
    },
    async flushed() {
      await Promise.all([stdout.flushed(), stderr.flushed()]);
    },
    outputFailure: () => stdout.failure(),
    ...(canShowScreen(stdout.isTerminal && stderr.isTerminal) ? { openScreen } : {}),
    composition,
  };
}

/** Whoever switched colours off, or has a terminal that only prints, gets lines one below the other. */
function canShowScreen(isTerminal: boolean): boolean {
  const { TERM = "", NO_COLOR, WIGGUM_SESSION_TOKEN } = process.env;
  return isTerminal && TERM !== "" && TERM !== "dumb" && !NO_COLOR && !WIGGUM_SESSION_TOKEN;
}

const openScreen: ProcessHost["openScreen"] = async (listeners) => {
  const { openTerminalScreen } = await import("./live/terminal-screen.js");
  return openTerminalScreen(listeners);
};

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

type StandardStream = Writable & { readonly columns?: number };

/**
 * In a sandbox that forbids to ask a socket what it is (Codex's; a program that Node starts there with pipes has sockets), Node gives out a
 * stream that swallows everything without a word. Writing to the descriptor works there.
 */
function speaking(stream: StandardStream, descriptor: 1 | 2): StandardStream {
  const isMute = Object.getPrototypeOf(stream) === Writable.prototype;
  return isMute ? createWriteStream("", { fd: descriptor, autoClose: false }) : stream;
}

interface ProcessOutput extends OutputStream {
  failure(): Error | undefined;
  /** Resolves when all of it has been handed to the system. */
  flushed(): Promise<void>;
}

/**
 * One of the two outputs of this process; the stream is made at the first write, which takes as long as some commands. A reader that goes away
 * (`wiggum ticket list | head -1`) ends the output, not the command; so does a full disk, which is a failure.
 */
function outputStream(descriptor: 1 | 2, make: () => StandardStream, closed: () => void): ProcessOutput {
  const isTerminal = isatty(descriptor);
  let isClosed = false;
  let failure: Error | undefined;
  let stream: StandardStream | undefined;
  const open = () => {
    if (stream !== undefined) return stream;
    stream = speaking(make(), descriptor);
    stream.on("error", (error: NodeJS.ErrnoException) => {
      isClosed = true;
      if (error.code !== "EPIPE") failure ??= error;
      closed();
    });
    return stream;
  };
  return {
    isTerminal,
    get columns() {
      return isTerminal ? open().columns : undefined;
    },
    write(text) {
      if (text.length > 0 && !isClosed) open().write(text);
    },
    failure: () => failure,
    flushed: () =>
      new Promise((resolve) => {
        // An error is told a tick after the write that it is about.
        const settled = () => setImmediate(resolve);
        if (stream === undefined) resolve();
        else if (stream.destroyed || !stream.writable) settled();
        else stream.write("", settled);
      }),
  };
}

async function readStdinBytes(most = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    parts.push(Buffer.from(part));
    bytes += part.length;
    if (bytes > most) break;
  }
  return Buffer.concat(parts);
}

async function readStdin(): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readStdinBytes());
  } catch {
    throw usageError("Standard input is not UTF-8 text", "Convert it first, for example with iconv.");
  }
}
