import { createWriteStream, fstatSync, readlinkSync, statSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { isatty } from "node:tty";
import { usageError } from "./command-error.js";
import type { Composition, Host, OutputStream } from "./context.js";

/** This process as the command line sees it, and what became of its standard output. */
export interface ProcessHost extends Host {
  /** Resolves when all output has been handed to the system. */
  flushed(): Promise<void>;
  /** Why standard output could not be written, where that is the system's fault and not a reader's that went away. */
  outputFailure(): Error | undefined;
}

export function processHost(composition: Composition): ProcessHost {
  const interruption = new AbortController();
  const interrupt = (signal?: unknown) => interruption.abort(signal);
  const stdinIsTerminal = isTerminal(0);
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
    ...(canShowScreen(stderr.isTerminal) ? { openTitle } : {}),
    composition,
  };
}

/** Asked of the system: to make the stream takes milliseconds, and so does to load what knows terminals; agents and hooks have none. */
function isTerminal(descriptor: 0 | 1 | 2): boolean {
  try {
    if (process.platform !== "win32") {
      const device = fstatSync(descriptor);
      // A terminal is a character device, and so is the null device.
      if (!device.isCharacterDevice() || device.rdev === statSync("/dev/null").rdev) return false;
    }
  } catch {
    // Closed, or a sandbox forbids to look.
    return false;
  }
  return isatty(descriptor);
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

const openTitle: ProcessHost["openTitle"] = async () => {
  const { openTerminalTitle } = await import("./live/terminal-title.js");
  return openTerminalTitle();
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
  const { Writable: Mute } = process.getBuiltinModule("node:stream");
  const isMute = Object.getPrototypeOf(stream) === Mute.prototype;
  return isMute ? createWriteStream("", { fd: descriptor, autoClose: false }) : stream;
}

interface ProcessOutput extends OutputStream {
  failure(): Error | undefined;
  /** Resolves when all of it has been handed to the system. */
  flushed(): Promise<void>;
}

/**
 * One of the two outputs of this process. What is written goes to the system at once; the stream, which takes as long to make as some commands, is made
 * for a reader that is slow, and for a terminal. A reader that goes away (`wiggum ticket list | head -1`) ends the output, not the command; so
 * does a full disk, which is a failure.
 */
function outputStream(descriptor: 1 | 2, make: () => StandardStream, closed: () => void): ProcessOutput {
  const isOnTerminal = isTerminal(descriptor);
  let isClosed = false;
  let failure: Error | undefined;
  let stream: StandardStream | undefined;
  const failed = (error: NodeJS.ErrnoException) => {
    isClosed = true;
    if (error.code !== "EPIPE") failure ??= error;
    closed();
  };
  const open = () => {
    if (stream !== undefined) return stream;
    stream = speaking(make(), descriptor);
    stream.on("error", failed);
    return stream;
  };
  return {
    isTerminal: isOnTerminal,
    get columns() {
      return isOnTerminal ? open().columns : undefined;
    },
    write(text) {
      if (text.length === 0 || isClosed) return;
      if (isOnTerminal || stream !== undefined || process.platform === "win32") open().write(text);
      else {
        const left = writeAtOnce(descriptor, text, failed);
        if (left.length > 0) open().write(left);
      }
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

/** Writes what the system takes now, and gives the rest: the reader is slow, and somebody made the pipe non-blocking. */
function writeAtOnce(
  descriptor: 1 | 2,
  text: string | Uint8Array,
  failed: (error: NodeJS.ErrnoException) => void,
): Uint8Array {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  let at = 0;
  try {
    while (at < bytes.length) at += writeSync(descriptor, bytes, at);
  } catch (error) {
    const fault = error as NodeJS.ErrnoException;
    if (fault.code === "EAGAIN") return bytes.subarray(at);
    failed(fault);
  }
  return bytes.subarray(bytes.length);
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

/** More is no text for a ticket, a message or a question, and would fill the memory first. */
const mostTextBytes = 256 * 1024 * 1024;

async function readStdin(): Promise<string> {
  const bytes = await readStdinBytes(mostTextBytes);
  if (bytes.length > mostTextBytes)
    throw usageError(
      "Standard input has more than 256 MiB of text",
      "Hand over less, or attach it as a file.",
    );
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw usageError("Standard input is not UTF-8 text", "Convert it first, for example with iconv.");
  }
}
