import { fromMarkdown } from "mdast-util-from-markdown";
import type { MarkdownNode } from "./parser-port.js";

/** Constructs within a line. They never decide which block a line belongs to, and cost three quarters of the time. */
const inlineConstructs = [
  "attention",
  "autolink",
  "characterEscape",
  "characterReference",
  "codeText",
  "hardBreakEscape",
  "htmlText",
  "labelEnd",
  "labelStartImage",
  "labelStartLink",
];

/** The blocks of a text as CommonMark has them. */
export function parseBlocks(text: string): readonly MarkdownNode[] {
  // The parser drops a byte order mark at the start; here it is a character like any other.
  const source = text.startsWith("\uFEFF") ? `x${text.slice(1)}` : text;
  return fromMarkdown(source, { extensions: [{ disable: { null: inlineConstructs } }] }).children;
}
