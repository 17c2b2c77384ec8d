import { createReadStream } from "node:fs";

/**
 * All bytes of a file, which may have no size and no end: a pipe, a device. `undefined` = there are more than `most`, and nobody has read on.
 * Rejects as opening and reading do.
 */
export async function readFileBounded(path: string, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
