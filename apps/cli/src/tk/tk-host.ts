import { readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { printable } from "../printable.js";
import { TkFailure } from "./tk-failure.js";

/** The process as far as `tk` needs it. */
export interface TkHost {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  isTerminal(descriptor: 0 | 1): boolean;
  /** A result: lines with their ends. What would steer a terminal is escaped. */
  print(text: string): void;
  /** A result as it is; only on a terminal is it made safe. */
  printExactly(text: string | Uint8Array): void;
  /** A line for people, on standard error. */
  say(line: string): void;
  readStdin(): string;
}

/** Bytes that are handed to the system at once. */
const chunkSize = 64 * 1024;

/** This process. Call `flush` at the end. */
export function processTkHost(): TkHost & { flush(): void } {
  const output = descriptorOutput(1);
  return {
    environment: process.env,
    workingDirectory: process.cwd(),
    isTerminal: isatty,
    print: (text) => output.write(printable(text, "lines")),
    printExactly(text) {
      if (isatty(1)) output.write(printable(typeof text === "string" ? text : decode(text), "lines"));
      else output.write(text);
    },
    say(line) {
      output.flush();
      writeAll(2, Buffer.from(`${printable(line)}\n`));
    },
    readStdin: () => decode(readAll(0)),
    flush: output.flush,
  };
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** Nothing here waits for anything, so the streams of Node, which take longer to make than most commands, are not needed. */
function descriptorOutput(descriptor: number) {
  let parts: Uint8Array[] = [];
  let size = 0;
  let isOpen = true;
  const flush = () => {
    const bytes = Buffer.concat(parts);
    parts = [];
    size = 0;
    if (!isOpen || bytes.length === 0) return;
    // Until it is known to go on: what failed is not tried again.
    isOpen = false;
    isOpen = writeAll(descriptor, bytes);
  };
  return {
    write(text: string | Uint8Array) {
      const bytes = typeof text === "string" ? Buffer.from(text) : text;
      parts.push(bytes);
      size += bytes.length;
      if (size >= chunkSize) flush();
    },
    flush,
  };
}

/** Writes all of it; `false` = nobody reads any more, which ends the output and is no failure. @throws TkFailure it cannot be written */
function writeAll(descriptor: number, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return false;
      // Somebody made the pipe non-blocking, and it is full.
      if (code !== "EAGAIN") {
        const why = code === "ENOSPC" ? "there is no room" : (code ?? String(error));
        throw new TkFailure([`Error: the output cannot be written: ${why}`], { cause: error });
      }
      waitAMoment();
    }
  }
  return true;
}

/** More is no note, and would fill the memory first. */
const mostInputBytes = 256 * 1024 * 1024;

/** @throws TkFailure it does not end */
function readAll(descriptor: number): Buffer {
  const parts: Buffer[] = [];
  const part = Buffer.allocUnsafe(chunkSize);
  for (let bytes = 0; ; ) {
    try {
      const length = readSync(descriptor, part);
      if (length === 0) return Buffer.concat(parts);
      // A copy: a pipe gives little at a time, and a part of a piece would keep all of it.
      parts.push(Buffer.from(part.subarray(0, length)));
      bytes += length;
      if (bytes > mostInputBytes) throw new TkFailure(["Error: standard input has more than 256 MiB"]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF" || code === "EBADF") return Buffer.concat(parts);
      if (code !== "EAGAIN") throw error;
      waitAMoment();
    }
  }
}

function waitAMoment(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}
