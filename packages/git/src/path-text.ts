// A file name on Linux is bytes, not text. As a string it stays what it is: bytes that are no UTF-8 become code points that no text has.
import { isUtf8 } from "node:buffer";

/** U+DC80 ... U+DCFF stand for the bytes 0x80 ... 0xFF. As half of a pair they are text: only alone they are bytes. */
const firstEscape = 0xdc00;
const loneByte = /[\u{dc80}-\u{dcff}]/u;

/**
 * Bytes of a path, or of a whole output with paths in it, as a string that `pathBytes` turns back exactly. Text stays itself; each byte
 * that is no part of UTF-8 becomes one code unit (as Python's `surrogateescape` does).
 */
export function pathText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  let text = "";
  let from = 0;
  for (let at = 0; at < buffer.length; ) {
    const length = sequenceLength(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += buffer.toString("utf8", from, at) + String.fromCharCode(firstEscape + (buffer[at] ?? 0));
    at += 1;
    from = at;
  }
  return text + buffer.toString("utf8", from);
}

/** The bytes that `pathText` was made of. For any other text: its UTF-8. */
export function pathBytes(path: string): Buffer {
  if (!loneByte.test(path)) return Buffer.from(path, "utf8");
  const parts: Buffer[] = [];
  for (const part of path.split(/([\u{dc80}-\u{dcff}]+)/u)) {
    const isBytes = loneByte.test(part);
    parts.push(
      isBytes ? Buffer.from([...part].map((unit) => unit.charCodeAt(0) - firstEscape)) : Buffer.from(part),
    );
  }
  return Buffer.concat(parts);
}

/** Can the path be an argument of a program? Node hands arguments over as UTF-8. */
export function isTextPath(path: string): boolean {
  return !loneByte.test(path);
}

/** How many bytes the UTF-8 sequence at this place has; 0 = none begins here. */
function sequenceLength(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
