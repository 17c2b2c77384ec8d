/** A piece of text up to and without its line end. */
export interface Line {
  readonly start: number;
  /** Offset of the line end, or of the end of the text. */
  readonly end: number;
  /** Offset of the next line. */
  readonly next: number;
}

/** What ends a line in Markdown: `\n`, `\r\n`, or a `\r` alone. */
export type LineEnd = "\n" | "\r\n" | "\r";

/** The line that starts at `start`. */
export function lineAt(text: string, start: number): Line {
  let end = start;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === 10) return { start, end, next: end + 1 };
    if (code === 13) return { start, end, next: text.charCodeAt(end + 1) === 10 ? end + 2 : end + 1 };
    end += 1;
  }
  return { start, end, next: end };
}

/** Every line, in order. A text that ends with a line end has an empty last line; an empty text has one line. */
export function* linesOf(text: string, from = 0): Generator<Line> {
  for (let start = from; ; ) {
    const line = lineAt(text, start);
    yield line;
    if (line.next === line.end) return;
    start = line.next;
  }
}

/** Where the line begins that holds this offset. */
export function lineStartAt(text: string, offset: number): number {
  let start = offset;
  while (start > 0) {
    const code = text.charCodeAt(start - 1);
    if (code === 10 || code === 13) break;
    start -= 1;
  }
  return start;
}

/** The first line end in the text, else `\n`. */
export function lineEndOf(text: string): LineEnd {
  const { end, next } = lineAt(text, 0);
  return next === end ? "\n" : (text.slice(end, next) as LineEnd);
}

/** 1 = first line. */
export function lineNumberAt(text: string, offset: number): number {
  let number = 1;
  for (
    let line = lineAt(text, 0);
    line.next <= offset && line.next > line.end;
    line = lineAt(text, line.next)
  ) {
    number += 1;
  }
  return number;
}

/** The text with each line (its line end apart) replaced by what `change` makes of it. */
export function mapLines(
  text: string,
  change: (line: string, index: number, start: number) => string,
): string {
  const pieces: string[] = [];
  let index = 0;
  for (const { start, end, next } of linesOf(text)) {
    pieces.push(change(text.slice(start, end), index, start), text.slice(end, next));
    index += 1;
  }
  return pieces.join("");
}

/** Columns of white space before the text; a tab counts as four, for less it never is. */
export function indentOf(text: string, { start, end }: Line): number | "blank" {
  let columns = 0;
  for (let at = start; at < end; at += 1) {
    const character = text[at];
    if (character === " ") columns += 1;
    else if (character === "\t") columns += 4;
    else return columns;
  }
  return "blank";
}

/** Without spaces and tabs at the end. */
export function trimBlankEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end -= 1;
  return text.slice(0, end);
}
