import { TicketError } from "./errors.js";
import { fullParser, type MarkdownNode } from "./parser-port.js";
import { lineAt, lineStartAt, linesOf } from "./section-lines.js";
import { isTooDeep } from "./section-outline.js";
import { offsetOf } from "./section-outline-exact.js";

/** An item `- [ ] text` of a list that stands in no other list. */
export interface ChecklistItem {
  /** Where its first line begins. */
  readonly start: number;
  /** Offset of the character between the brackets, and of what follows the brackets. */
  readonly mark: number;
  readonly rest: number;
  /** Where its last line ends. */
  readonly end: number;
  /** `-`, `*`, `+` or a number with `.` or `)`. */
  readonly bullet: string;
  /** Columns that its further lines are indented by. */
  readonly indent: number;
  readonly checked: boolean;
  /** Without that indent; all lines, nested lists included. */
  readonly text: string;
}

const itemHead = /^([-*+]|\d{1,9}[.)])[ \t]+\[([ xX])\](?=[ \t\r\n]|$)/;
/** Longest text, in characters, that is searched for items. */
const maxLength = 1024 * 1024;

/** @throws TICKET_INVALID for a text so large or nested so deep that reading it would take minutes */
export function checklistOf(content: string): readonly ChecklistItem[] {
  if (!content.includes("[")) return [];
  if (content.length > maxLength || isTooDeep(content)) {
    throw new TicketError(
      "TICKET_INVALID",
      "The checklist is too large to be read",
      { field: "acceptanceCriteria" },
      { hint: "Shorten the section, or edit the ticket's file." },
    );
  }
  // Of an item with a fence that nothing closes the parser says that it ends within the next: that one's beginning is the bound.
  const nodes = fullParser("parseBlocks")(content).flatMap((block) =>
    block.type === "list" ? (block.children ?? []) : [block],
  );
  return nodes.flatMap((node, index) => {
    const next = nodes[index + 1];
    const bound = next === undefined ? content.length + 1 : lineStartAt(content, offsetOf(next, "start"));
    return node.type === "listItem" ? (itemOf(content, node, bound) ?? []) : [];
  });
}

function itemOf(content: string, node: MarkdownNode, bound: number): ChecklistItem | undefined {
  const bulletAt = offsetOf(node, "start");
  const [head, bullet = "", mark = ""] = itemHead.exec(content.slice(bulletAt, bulletAt + 40)) ?? [];
  const [first] = node.children ?? [];
  if (head === undefined || first === undefined) return undefined;
  const rest = bulletAt + head.length;
  // Behind five blanks it would be code.
  if (offsetOf(first, "start") !== rest - "[ ]".length) return undefined;
  const start = lineStartAt(content, bulletAt);
  const indent = columnsOf(content.slice(start, rest - "[ ]".length));
  const end = endOfItem(content, rest, Math.min(offsetOf(node, "end"), bound - 1), indent);
  return {
    start,
    mark: rest - 2,
    rest,
    end,
    bullet,
    indent,
    checked: mark !== " ",
    text: textOf(content.slice(rest, end), indent),
  };
}

/** Blank lines at the end belong to the item as far as they are indented like its text. */
function endOfItem(content: string, rest: number, nodeEnd: number, indent: number): number {
  let end = lineAt(content, rest).end;
  for (const line of linesOf(content, rest)) {
    const text = content.slice(line.start, line.end);
    const isBlank = /^[ \t]*$/.test(text);
    if (line.start > nodeEnd && !(isBlank && columnsOf(text) >= indent)) break;
    if (!isBlank || columnsOf(text) >= indent) end = line.end;
  }
  return end;
}

function textOf(source: string, indent: number): string {
  let text = "";
  for (const { start, end, next } of linesOf(source)) {
    const line = source.slice(start, end);
    text +=
      (start === 0 ? line.replace(/^[ \t]/, "") : withoutIndent(line, indent)) + source.slice(end, next);
  }
  return text;
}

/**
 * What stands behind the brackets of an item with this text: further lines are indented by `indent` columns, so that whatever they are they
 * belong to the item. Empty lines stay empty, but at the end, where they would not count.
 */
export function itemSource(text: string, indent: number): string {
  const lines = [...linesOf(text)];
  const lastFull = lines.findLastIndex(({ start, end }) => /[^ \t]/.test(text.slice(start, end)));
  const margin = " ".repeat(indent);
  return lines
    .map(({ start, end, next }, index) => {
      const line = text.slice(start, end);
      const before = index === 0 ? " " : margin;
      const isBare = line === "" && (index === 0 || index < lastFull);
      return (isBare ? "" : before + line) + text.slice(end, next);
    })
    .join("");
}

function withoutIndent(line: string, indent: number): string {
  let at = 0;
  for (let columns = 0; columns < indent && /^[ \t]$/.test(line.charAt(at)); at += 1) {
    columns = columnAfter(columns, line.charAt(at));
  }
  return line.slice(at);
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns = columnAfter(columns, character);
  return columns;
}

function columnAfter(column: number, character: string): number {
  return character === "\t" ? column + 4 - (column % 4) : column + 1;
}
