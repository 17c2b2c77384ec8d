import { open } from "node:fs/promises";
import { systemCode } from "./failures.js";

const lineEnd = 0x0a;

/**
 * The last `lastLines` lines of a file, without the line end after the last; reads from the end, at most `maxBytes`. Where the limit
 * cuts, the text begins in the middle of a line. Bytes that are no UTF-8 become U+FFFD. A missing file is empty.
 */
export async function readLastLines(
  path: string,
  lastLines: number,
  maxBytes: number,
  chunkBytes = 64 * 1024,
): Promise<string> {
  if (!(lastLines > 0)) return "";
  const file = await open(path, "r").catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const chunks: Buffer[] = [];
    let from = size;
    let lineEnds = 0;
    while (from > 0 && size - from < maxBytes && lineEnds <= lastLines) {
      const length = Math.min(chunkBytes, from, maxBytes - (size - from));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from - length);
      from -= length;
      const chunk = buffer.subarray(0, bytesRead);
      lineEnds += count(chunk, lineEnd);
      chunks.unshift(chunk);
    }
    return lastLinesOf(Buffer.concat(chunks), lastLines, from > 0);
  } finally {
    await file.close();
  }
}

function lastLinesOf(bytes: Buffer, lastLines: number, isCut: boolean): string {
  const end = bytes.at(-1) === lineEnd ? bytes.length - 1 : bytes.length;
  let start = end;
  for (let lines = 0; lines < lastLines && start >= 0; lines += 1) {
    start = start === 0 ? -1 : bytes.lastIndexOf(lineEnd, start - 1);
  }
  const text = bytes.subarray(start + 1, end);
  return (isCut && start < 0 ? text.subarray(continuationBytes(text)) : text).toString("utf8");
}

/** How many bytes at the beginning are the rest of a character that was cut. */
function continuationBytes(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

function count(bytes: Buffer, value: number): number {
  let found = 0;
  for (let at = bytes.indexOf(value); at >= 0; at = bytes.indexOf(value, at + 1)) found += 1;
  return found;
}
