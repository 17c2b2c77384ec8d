import { type Document, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import {
  type FrontMatterEntry,
  type FrontMatterItem,
  type FrontMatterRange,
  type TextSource,
  unreadable,
} from "./front-matter.js";
import { createYamlReader } from "./front-matter-yaml-value.js";
import { lineAt, lineNumberAt, lineStartAt } from "./section-lines.js";
import { yamlFault } from "./yaml-words.js";

/**
 * The front matter as YAML 1.2 has it, with the places of all values.
 * @throws TICKET_UNREADABLE for what is no map, malformed, has a key twice, or grows beyond measure through aliases
 */
export function parseFrontMatter(
  text: string,
  range: FrontMatterRange,
  source: TextSource,
): readonly FrontMatterEntry[] {
  const fail = (problem: string, offset = 0) =>
    unreadable(problem, source, lineNumberAt(text, range.start + offset));
  const document = parse(text.slice(range.start, range.end), fail);
  const root = document.contents;
  if (root === null) return [];
  if (!isMap(root) || root.flow) throw fail("the front matter is not made of `key: value` lines");
  const { keyOf, readValue, refuseRepeats } = createYamlReader(document, fail);
  refuseRepeats(root);
  return root.items.map((pair) => {
    const value = pair.value as Node | null;
    return {
      key: keyOf(pair),
      value: readValue(value),
      ...placesOf(text, range.start, pair),
      ...itemsOf(text, range.start, value, readValue),
    };
  });
}

type Fail = (problem: string, offset?: number) => Error;

function parse(yaml: string, fail: Fail): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(yaml, {
      version: "1.2",
      keepSourceTokens: true,
      prettyErrors: false,
      // The parser compares every key with every other: we look for repeats ourselves.
      uniqueKeys: false,
    });
  } catch (error) {
    // Brackets within brackets, thousands of them, exhaust the stack.
    throw fail(error instanceof RangeError ? "its values are nested too deeply" : String(error));
  }
  const [error] = document.errors;
  if (error !== undefined) throw fail(`malformed YAML: ${yamlFault(error)}`, error.pos[0]);
  return document;
}

function placesOf(text: string, base: number, pair: Pair) {
  const tokens = pair.srcToken?.sep ?? [];
  const indicator = tokens.findIndex(({ type }) => type === "map-value-ind");
  const key = base + ((pair.key as Node | null)?.range?.[0] ?? 0);
  const colon = indicator < 0 ? key : base + (tokens[indicator]?.offset ?? 0) + 1;
  const properties = tokens.slice(indicator + 1).filter(({ type }) => type === "anchor" || type === "tag");
  const value = pair.value as Node | null;
  const isEmpty =
    value === null || (isScalar(value) && (value.source ?? "") === "" && value.type === "PLAIN");
  const [first] = properties;
  const last = properties.at(-1);
  const behind = last === undefined ? colon : base + last.offset + last.source.length;
  const valueStart =
    first !== undefined ? base + first.offset : isEmpty ? colon : base + (value?.range?.[0] ?? 0);
  const valueEnd = isEmpty ? behind : Math.max(behind, leafEnd(text, base, value));
  // Blank lines behind a block of text may belong to it.
  const isBlock = isScalar(value) && (value.type === "BLOCK_LITERAL" || value.type === "BLOCK_FOLDED");
  const end = isBlock ? base + (value.range?.[1] ?? 0) : lineAt(text, valueEnd).next;
  return { start: lineStartAt(text, key), end, colon, valueStart, valueEnd };
}

/** Where the last character of a value stands, comments and blank lines behind it left out. */
function leafEnd(text: string, base: number, node: Node | null): number {
  if (isMap(node) && !node.flow && node.items.length > 0) {
    return node.items.reduce(
      (end, { key, value }) => Math.max(end, leafEnd(text, base, (value ?? key) as Node | null)),
      0,
    );
  }
  if (isSeq(node) && !node.flow && node.items.length > 0) {
    return node.items.reduce<number>(
      (end, item) => Math.max(end, leafEnd(text, base, item as Node | null)),
      0,
    );
  }
  const end = base + (node?.range?.[1] ?? 0);
  const isBlock = isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
  return isBlock
    ? base + (node.range?.[0] ?? 0) + text.slice(base + (node.range?.[0] ?? 0), end).trimEnd().length
    : end;
}

/** Where each item of a list stands that has one on each line; nothing for any other value. */
function itemsOf(
  text: string,
  base: number,
  list: Node | null,
  readValue: (node: Node | null) => FrontMatterItem["value"],
): { readonly items?: readonly FrontMatterItem[] } {
  if (!isSeq(list) || list.flow || list.items.length === 0) return {};
  const items: FrontMatterItem[] = [];
  for (const node of list.items as readonly (Node | null)[]) {
    if (!isScalar(node) || node.range == null) return {};
    const valueStart = base + node.range[0];
    const valueEnd = base + node.range[1];
    const line = lineAt(text, lineStartAt(text, valueStart));
    const isAlone = /^ *- *$/.test(text.slice(line.start, valueStart)) && valueEnd <= line.end;
    if (!isAlone) return {};
    items.push({ value: readValue(node), start: line.start, end: line.next, valueStart, valueEnd });
  }
  return { items };
}
