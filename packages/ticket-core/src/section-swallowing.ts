import { indentOf, type Line, lineAt } from "./section-lines.js";

/** A block that takes every line up to its end, whatever they look like. */
export interface Swallowing {
  /** Fenced code: a backslash in there is a backslash. */
  readonly isLiteral: boolean;
  /** A line that ends it. */
  readonly closing: string;
  /** Its last line, where `first` is its first; `undefined` = nothing ends it. */
  readonly lastLine: (text: string, first: Line) => Line | undefined;
  /** Its last line if that is the same whether the block belongs to a list item that may be open or to the document, else `undefined`. */
  readonly listedEnd: (text: string, first: Line) => Line | undefined;
}

/** The block that begins with this line and takes all lines up to its end; `undefined` = none does. */
export function swallowingBlockOf(line: string): Swallowing | undefined {
  const body = line.replace(/^ {0,3}/, "");
  return fenceOf(body) ?? htmlOf(body);
}

/** Fenced code. `body`: the line without its indent. */
export function fenceOf(body: string): Swallowing | undefined {
  const [, ticks, tildes] = /^(?:(`{3,})[^`]*$|(~{3,}))/s.exec(body) ?? [];
  const fence = ticks ?? tildes;
  if (fence === undefined) return undefined;
  const closes = (text: string, { start, end }: Line) => {
    const [, marks] = /^[ \t]*(`{3,}|~{3,})[ \t]*$/.exec(text.slice(start, end)) ?? [];
    return marks?.startsWith(fence) === true;
  };
  return {
    isLiteral: true,
    closing: fence,
    lastLine(text, first) {
      for (let line = lineAt(text, first.next); line.start < text.length; line = lineAt(text, line.next)) {
        if (closes(text, line) && Number(indentOf(text, line)) <= 3) return line;
      }
      return undefined;
    },
    // Every line must be indented as far as the first: then they are all in the item, if that is in it.
    listedEnd(text, first) {
      const margin = Number(indentOf(text, first));
      for (let line = lineAt(text, first.next); line.start < text.length; line = lineAt(text, line.next)) {
        const indent = indentOf(text, line);
        if (indent === "blank") continue;
        if (indent < margin) return undefined;
        if (closes(text, line)) return indent <= 3 ? line : undefined;
      }
      return undefined;
    },
  };
}

/** HTML that goes on over blank lines: comments, scripts and the like. */
function htmlOf(body: string): Swallowing | undefined {
  const end = htmlEndOf(body);
  if (end === undefined) return undefined;
  return {
    isLiteral: false,
    closing: end.closing,
    lastLine(text, first) {
      for (let line = first; line.start < text.length; line = lineAt(text, line.next)) {
        if (end.pattern.test(text.slice(line.start, line.end))) return line;
      }
      return undefined;
    },
    listedEnd: (_text, first) => (end.pattern.test(body) ? first : undefined),
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
