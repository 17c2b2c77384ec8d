import { indentOf, type Line, lineAt } from "./section-lines.js";

/** A block that takes every line up to its end, whatever they look like. */
export interface Swallowing {
  readonly isLiteral: boolean;
  /** A line that ends it. */
  readonly closing: string;
  /** Does it end on the line that it begins with? */
  readonly endsWith: (line: string) => boolean;
  /** Its last line; `undefined` = nothing ends it. */
  readonly lastLine: (text: string, first: Line) => Line | undefined;
}

export interface Fence extends Swallowing {
  readonly closes: (line: string) => boolean;
}

export function fenceOf(body: string): Fence | undefined {
  const [, ticks, tildes] = /^(?:(`{3,})[^`]*$|(~{3,}))/s.exec(body) ?? [];
  const fence = ticks ?? tildes;
  if (fence === undefined) return undefined;
  const closes = (line: string) => {
    const [, marks] = /^ *(`{3,}|~{3,})[ \t]*$/.exec(line) ?? [];
    return marks !== undefined && marks.startsWith(fence);
  };
  return {
    isLiteral: true,
    closing: fence,
    closes,
    endsWith: () => false,
    lastLine(text, first) {
      for (let line = lineAt(text, first.next); line.start < text.length; line = lineAt(text, line.next)) {
        const indent = indentOf(text, line);
        if (indent !== "blank" && indent <= 3 && closes(text.slice(line.start, line.end))) return line;
      }
      return undefined;
    },
  };
}

/** HTML that goes on over blank lines: comments, scripts and the like. `undefined` = no such block begins here. */
export function htmlOf(body: string): Swallowing | undefined {
  const end = htmlEndOf(body);
  if (end === undefined) return undefined;
  return {
    isLiteral: false,
    closing: end.closing,
    endsWith: (line) => end.pattern.test(line),
    lastLine(text, first) {
      for (let line = first; line.start < text.length; line = lineAt(text, line.next)) {
        if (end.pattern.test(text.slice(line.start, line.end))) return line;
      }
      return undefined;
    },
  };
}

function htmlEndOf(body: string): { readonly pattern: RegExp; readonly closing: string } | undefined {
  const [, name] = /^<(script|pre|style|textarea)(?=[ \t>]|$)/i.exec(body) ?? [];
  if (name !== undefined) return { pattern: /<\/(?:script|pre|style|textarea)>/i, closing: `</${name}>` };
  if (body.startsWith("<!--")) return { pattern: /-->/, closing: "-->" };
  if (body.startsWith("<?")) return { pattern: /\?>/, closing: "?>" };
  if (body.startsWith("<![CDATA[")) return { pattern: /\]\]>/, closing: "]]>" };
  return /^<![A-Za-z]/.test(body) ? { pattern: />/, closing: ">" } : undefined;
}

/** The block that begins with this line and takes all lines up to its end; `undefined` = none does. */
export function swallowingBlockOf(line: string): Swallowing | undefined {
  const body = line.replace(/^ {0,3}/, "");
  return fenceOf(body) ?? htmlOf(body);
}

/**
 * The last line of a fence that begins, indented, where a list item may be open: only if it ends on the same line whether it belongs to
 * the item or to the document, that is if every line of it is indented as far as its first.
 */
export function listedFenceEnd(text: string, first: Line, indent: number, fence: Fence): Line | undefined {
  for (let line = lineAt(text, first.next); line.start < text.length; line = lineAt(text, line.next)) {
    const columns = indentOf(text, line);
    if (columns === "blank") continue;
    if (columns < indent) return undefined;
    if (fence.closes(text.slice(line.start, line.end).replace(/^[ \t]+/, ""))) {
      return columns <= 3 ? line : undefined;
    }
  }
  return undefined;
}
