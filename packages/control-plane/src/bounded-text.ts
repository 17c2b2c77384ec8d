import { StringDecoder } from "node:string_decoder";

const headBytes = 16 * 1024;
const tailBytes = 48 * 1024;

/** Collects what a program prints: all of a little, beginning and end of a lot. */
export interface BoundedText {
  add(chunk: Buffer): void;
  /** As text; control characters other than line ends and tabs are shown escaped. */
  text(): string;
}

export function boundedText(): BoundedText {
  const head: Buffer[] = [];
  let headLength = 0;
  let tail: Buffer[] = [];
  let tailLength = 0;
  let seen = 0;
  const shorten = () => {
    const all = Buffer.concat(tail);
    tail = [Buffer.from(all.subarray(Math.max(0, all.length - tailBytes)))];
    tailLength = tail[0]?.length ?? 0;
  };
  return {
    add(chunk) {
      const room = Math.max(0, headBytes - headLength);
      if (room > 0) head.push(Buffer.from(chunk.subarray(0, room)));
      headLength += Math.min(room, chunk.length);
      const rest = chunk.subarray(room);
      if (rest.length === 0) return;
      // Copied: a slice would keep the whole of a large buffer alive.
      tail.push(Buffer.from(rest.subarray(Math.max(0, rest.length - tailBytes))));
      tailLength += Math.min(rest.length, tailBytes);
      seen += rest.length;
      if (tailLength > 4 * tailBytes) shorten();
    },
    text() {
      shorten();
      const [end = Buffer.alloc(0)] = tail;
      const lost = seen - end.length;
      if (lost === 0) return escaped(Buffer.concat([...head, end]));
      return `${escaped(Buffer.concat(head))}\n[… ${lost} bytes are left out …]\n${escaped(end)}`;
    },
  };
}

function escaped(bytes: Buffer): string {
  return new StringDecoder("utf8")
    .end(bytes)
    .replaceAll("\r\n", "\n")
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
