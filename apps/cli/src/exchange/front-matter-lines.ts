// Front matter of the simple kind: `key: value` to the end of the line, lists in brackets. tk and work-items write it so.
import { RecordFault } from "./open-record.js";

export interface FrontMatterText {
  readonly values: Readonly<Record<string, unknown>>;
  /** What follows the closing line. */
  readonly body: string;
  /** Line number of the first line of `body`. */
  readonly bodyLine: number;
}

/** The block between the first two `---` lines; those further down are text. @throws RecordFault with the line */
export function splitFrontMatter(text: string): {
  readonly block: string;
  readonly body: string;
  readonly bodyLine: number;
} {
  const opening = /^---[ \t]*\r?\n/.exec(text);
  if (opening === null) throw new RecordFault("The first line must be `---`: front matter was expected");
  const closing = /^---[ \t]*(?:\r?\n|$)/m.exec(text.slice(opening[0].length));
  if (closing === null) throw new RecordFault("The front matter has no closing `---` line");
  const block = text.slice(opening[0].length, opening[0].length + closing.index);
  const body = text.slice(opening[0].length + closing.index + closing[0].length);
  return { block, body, bodyLine: block.split("\n").length + 2 };
}

/**
 * A value is the rest of its line as it stands; of `listKeys` a list, with or without brackets and quotes.
 * @throws RecordFault a line that is no `key: value`, or a key twice
 */
export function readFrontMatterLines(text: string, listKeys: readonly string[]): FrontMatterText {
  const { block, body, bodyLine } = splitFrontMatter(text);
  const values = new Map<string, unknown>();
  let open: string | undefined;
  for (const [index, line] of block.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, item] = /^[ \t]*-[ \t]+(.*)$/.exec(line) ?? [];
    if (item !== undefined && open !== undefined) {
      // As people and other programs write lists.
      values.set(open, [...((values.get(open) as string[] | undefined) ?? []), unquoted(item.trim())]);
      continue;
    }
    const [, key, value = ""] = /^([^\s:][^:]*?)\s*:(?:\s+(.*))?$/.exec(line) ?? [];
    if (key === undefined) throw new RecordFault("`key: value` was expected", index + 2);
    if (values.has(key)) throw new RecordFault(`\`${key}\` stands here twice`, index + 2);
    const isList = listKeys.includes(key);
    open = isList && value.trim() === "" ? key : undefined;
    values.set(key, isList ? listIn(value.trim()) : value.trim());
  }
  return { values: Object.fromEntries(values), body, bodyLine };
}

function listIn(text: string): readonly string[] {
  if (text === "null") return [];
  const said = text.startsWith("[") ? textsInJson(text) : undefined;
  if (said !== undefined) return said;
  const [, inside = text] = /^\[(.*)\]$/.exec(text) ?? [];
  return inside
    .split(",")
    .map((entry) => unquoted(entry.trim()))
    .filter((entry) => entry !== "");
}

/** As our own layouts write what cannot stand between commas. */
function textsInJson(text: string): readonly string[] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isTexts = Array.isArray(value) && value.every((item) => typeof item === "string");
    return isTexts ? (value as readonly string[]) : undefined;
  } catch {
    return undefined;
  }
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}
