// From bytes to text, with the line at which it goes wrong.
import type { SourceFile, SourceProblem } from "./imported-ticket.js";

/** The text of a whole file without a byte order mark, or where it is no text. */
export function textOf({
  path,
  bytes,
}: SourceFile): { readonly text: string } | { readonly problem: SourceProblem } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    // A file of lines may be larger: those are never one text.
    if ((error as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG")
      return { problem: { path, message: "It is over 512 MiB, more than one text may be: split it" } };
    const line = lineThat(bytes, (part) => decode(part) === undefined);
    return { problem: { path, line, message: "It is no text in UTF-8" } };
  }
}

export interface TextLine {
  /** 1 = first. */
  readonly line: number;
  /** Absent = these bytes are no UTF-8. */
  readonly text: string | undefined;
  /** The file ends here without a line end. */
  readonly isUnended: boolean;
}

/** The lines of a file, one at a time: a file of any size is never one text in memory. Empty lines are left out. */
export function* linesOf({ bytes }: SourceFile): Generator<TextLine> {
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (let line = 1; start < bytes.length; line += 1) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const text = decode(bytes.subarray(start, end));
    if (text === undefined || text.trim() !== "") yield { line, text, isUnended: found === -1 };
    start = end + 1;
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function lineThat(bytes: Uint8Array, isIt: (part: Uint8Array) => boolean): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const found = bytes.indexOf(0x0a, start);
    if (found === -1 || isIt(bytes.subarray(start, found))) return line;
    start = found + 1;
  }
}

/** Line number of an offset in a text. 1 = first. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
