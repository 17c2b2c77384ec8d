import { fullParser, type MarkdownNode } from "./parser-port.js";
import { atxHeading, type Outline, type OutlineHeading, type TextRange } from "./section-heading.js";
import { lineAt, lineStartAt } from "./section-lines.js";

/** The outline as a full CommonMark parser sees it. `base` is added to every offset. */
export function exactOutline(text: string, base = 0): Outline {
  const blocks = fullParser("parseBlocks")(text);
  const headings: OutlineHeading[] = [];
  for (const node of blocks) {
    if (node.type !== "heading") continue;
    const start = offsetOf(node, "start");
    if (start !== lineStartAt(text, start)) continue;
    const { end, next } = lineAt(text, start);
    const heading = atxHeading(text.slice(start, end));
    if (heading) headings.push({ ...heading, start: base + start, end: base + end, next: base + next });
  }
  const last = blocks.at(-1);
  const isOpen =
    last !== undefined &&
    (last.type === "code" || last.type === "html") &&
    offsetOf(last, "end") === text.length;
  return {
    headings,
    literals: fencedCode(blocks, text, base),
    ...(isOpen && { tail: base + lineStartAt(text, offsetOf(last, "start")) }),
  };
}

/** Fenced code at any depth whose opening line has nothing but up to three spaces before the fence. */
function fencedCode(blocks: readonly MarkdownNode[], text: string, base: number): readonly TextRange[] {
  const found: TextRange[] = [];
  const pending = blocks.toReversed();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const child of node.children?.toReversed() ?? []) pending.push(child);
    if (node.type !== "code") continue;
    const fence = offsetOf(node, "start");
    const start = lineStartAt(text, fence);
    if (/^ {0,3}$/.test(text.slice(start, fence)) && /[`~]/.test(text[fence] ?? "")) {
      found.push({ start: base + start, end: base + offsetOf(node, "end") });
    }
  }
  return found;
}

export function offsetOf(node: MarkdownNode, side: "start" | "end"): number {
  const offset = node.position?.[side].offset;
  if (offset === undefined) throw new Error("The Markdown parser gave a node without a position");
  return offset;
}
