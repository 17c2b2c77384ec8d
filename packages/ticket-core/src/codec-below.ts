import { type Line, lineAt } from "./section-lines.js";
import { fenceOf, swallowingBlockOf } from "./section-swallowing.js";

/** What stands below the front matter. */
export interface TextBelow {
  readonly preamble: string;
  readonly title: string;
  /** The line of the title, its line end included; empty when there is none. */
  readonly titleLine: string;
  readonly body: string;
}

/**
 * Title = the first line `# <title>` that stands before any section, in no fence and no HTML comment; exactly what follows `# `.
 * Without one all of the text is the body.
 */
export function textBelow(text: string, from: number): TextBelow {
  const line = titleLineIn(text, from);
  if (line === undefined) return { preamble: "", title: "", titleLine: "", body: text.slice(from) };
  return {
    preamble: text.slice(from, line.start),
    title: text.slice(line.start + "# ".length, line.end),
    titleLine: text.slice(line.start, line.next),
    body: text.slice(line.next),
  };
}

function titleLineIn(text: string, from: number): Line | undefined {
  for (let line = lineAt(text, from); ; line = lineAt(text, line.next)) {
    const source = text.slice(line.start, line.end);
    if (source.startsWith("# ") && source.length > 2) return line;
    if (/^##(?=[ \t]|$)/.test(source)) return undefined;
    const block = swallowingBlockOf(source);
    const last = block === undefined ? line : block.lastLine(text, line);
    if (last === undefined || last.next === last.end) return undefined;
    line = last;
  }
}

/** Where git left a conflict in the text: its three kinds of line in their order, in no code fence. */
export function conflictBelow(text: string, from: number): number | undefined {
  if (!text.includes("<<<<<<< ", from)) return undefined;
  let start: number | undefined;
  let isHalf = false;
  for (let line = lineAt(text, from); line.start < text.length; line = lineAt(text, line.next)) {
    const source = text.slice(line.start, line.end);
    if (source.startsWith("<<<<<<< ")) {
      start = line.start;
      isHalf = false;
    } else if (start !== undefined && source === "=======") {
      isHalf = true;
    } else if (start !== undefined && isHalf && source.startsWith(">>>>>>> ")) {
      return start;
    }
    const fence = fenceOf(source.replace(/^ {0,3}/, ""));
    line =
      fence === undefined
        ? line
        : (fence.lastLine(text, line) ?? { start: text.length, end: text.length, next: text.length });
  }
  return undefined;
}
