import { type FileHandle, open, stat } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./failures.js";

const chunkBytes = 64 * 1024;

export interface FollowPorts {
  readonly pollMs: number;
  /** Will nothing be added any more? */
  readonly hasEnded: () => Promise<boolean>;
}

/** A place in a file. */
export interface FilePlace {
  /** Of the file that is meant; `undefined` = there was none. */
  readonly inode: number | undefined;
  readonly position: number;
}

/**
 * What is added to a file behind `from`, in pieces that never cut a character, until it has ended or the signal comes. The path is what is followed,
 * as `tail -F` does: a file that was moved away is read to its end, and the one that has its name then from its beginning; so is one that was cut.
 */
export async function* followFile(
  path: string,
  from: FilePlace,
  signal: AbortSignal,
  ports: FollowPorts,
): AsyncIterable<string> {
  const decoder = new StringDecoder("utf8");
  const file = createReader(path, from);
  try {
    while (!signal.aborted) {
      // Asked before reading: what was written before the end is then read for sure.
      const hasEnded = await ports.hasEnded();
      for (;;) {
        const bytes = await file.next();
        if (bytes.length === 0 || signal.aborted) break;
        const text = decoder.write(bytes);
        if (text !== "") yield text;
      }
      if (hasEnded || signal.aborted) break;
      await sleep(ports.pollMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
  const rest = signal.aborted ? "" : decoder.end();
  if (rest !== "") yield rest;
}

function createReader(path: string, from: FilePlace) {
  let { inode, position } = from;
  let opened: FileHandle | undefined;

  async function close(): Promise<void> {
    await opened?.close();
    opened = undefined;
  }

  /** Opens what has the name now. `false` = nothing has. */
  async function reopen(): Promise<boolean> {
    await close();
    opened = await open(path, "r").catch(absent);
    if (opened === undefined) return false;
    const found = await opened.stat();
    if (inode !== undefined && found.ino !== inode) position = 0;
    inode = found.ino;
    return true;
  }

  async function read(): Promise<Buffer> {
    if (opened === undefined && !(await reopen())) return Buffer.alloc(0);
    if (opened === undefined) return Buffer.alloc(0);
    if ((await opened.stat()).size < position) position = 0;
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  }

  return {
    close,
    /** What comes next; nothing = that is all for now. */
    async next(): Promise<Buffer> {
      // Looked at before reading: what was added before it was moved away is then read for sure.
      const named = (await stat(path).catch(absent))?.ino;
      const bytes = await read();
      if (bytes.length > 0 || named === undefined || named === inode) return bytes;
      return (await reopen()) ? read() : bytes;
    },
  };
}

function absent(error: unknown): undefined {
  if (systemCode(error) !== "ENOENT") throw error;
  return undefined;
}
