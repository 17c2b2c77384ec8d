import { open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { systemCode } from "./failures.js";

const chunkBytes = 64 * 1024;

export interface FollowPorts {
  readonly pollMs: number;
  /** Will nothing be added any more? */
  readonly hasEnded: () => Promise<boolean>;
}

/** What is added to a file after `from`, in pieces that never cut a character, until it has ended or the signal comes. */
export async function* followFile(
  path: string,
  from: number,
  signal: AbortSignal,
  ports: FollowPorts,
): AsyncIterable<string> {
  const decoder = new StringDecoder("utf8");
  let position = from;
  while (!signal.aborted) {
    // Asked before reading: what was written before the end is then read for sure.
    const hasEnded = await ports.hasEnded();
    for (;;) {
      const bytes = await readAt(path, position);
      if (bytes.length === 0 || signal.aborted) break;
      position += bytes.length;
      const text = decoder.write(bytes);
      if (text !== "") yield text;
    }
    if (hasEnded || signal.aborted) break;
    await sleep(ports.pollMs, undefined, { signal }).catch(() => undefined);
  }
  const rest = signal.aborted ? "" : decoder.end();
  if (rest !== "") yield rest;
}

async function readAt(path: string, position: number): Promise<Buffer> {
  const file = await open(path, "r").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
