import type { FrontMatterEntry, FrontMatterItem, FrontMatterRange } from "./front-matter.js";
import { isPlainWord, isScalar, jsonSource, scalarSource } from "./front-matter-scalar.js";
import { isSameValue } from "./same-value.js";
import { lineAt, trimBlankEnd } from "./section-lines.js";
import type { FieldValue } from "./ticket.js";

/** A key and what it shall hold; `undefined` = the key goes. */
export interface FrontMatterChange {
  readonly key: string;
  readonly value: FieldValue | undefined;
}

/** Replaces the characters from `start` to `end`. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The text with these values in its front matter. A new key is put behind the nearest key before it in `order`, keys that `order` does not
 * know at the end. No byte is touched outside the values that change: comments, order, quotes and line ends stay.
 */
export function editFrontMatter(
  text: string,
  range: FrontMatterRange,
  entries: readonly FrontMatterEntry[],
  changes: readonly FrontMatterChange[],
  order: readonly string[],
): string {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const splices: Splice[] = [];
  for (const { key, value } of changes) {
    const entry = byKey.get(key);
    if (entry === undefined) continue;
    splices.push(...(value === undefined ? [removal(text, entry)] : replacement(text, range, entry, value)));
  }
  // Behind the changes, so that an item that is added to the list before a new key comes first.
  for (const { key, value } of changes) {
    if (byKey.has(key) || value === undefined) continue;
    const at = placeFor(key, range, entries, order);
    splices.push({ start: at, end: at, text: entrySource(key, value, range.lineEnd) });
  }
  return spliced(text, splices);
}

/** `key: value` on a line of its own, or on several for a list. */
export function entrySource(key: string, value: FieldValue, lineEnd: string): string {
  const name = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? key : jsonSource(key);
  if (isScalarList(value))
    return `${name}:${lineEnd}${value.map((item) => itemSource("  - ", item, lineEnd)).join("")}`;
  const source = inlineSource(value);
  return `${name}:${source === "" ? "" : ` ${source}`}${lineEnd}`;
}

function itemSource(marker: string, value: FieldValue, lineEnd: string): string {
  return `${trimBlankEnd(marker + inlineSource(value))}${lineEnd}`;
}

function inlineSource(value: FieldValue): string {
  return isScalar(value) ? scalarSource(value) : jsonSource(value);
}

function isScalarList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value) && value.length > 0 && value.every(isScalar);
}

function placeFor(
  key: string,
  range: FrontMatterRange,
  entries: readonly FrontMatterEntry[],
  order: readonly string[],
): number {
  const rank = order.indexOf(key);
  if (rank < 0) return entries.at(-1)?.end ?? range.start;
  const ranked = entries
    .map((entry) => ({ entry, rank: order.indexOf(entry.key) }))
    .filter((other) => other.rank >= 0);
  const before = ranked.filter((other) => other.rank < rank).sort((left, right) => right.rank - left.rank)[0];
  const after = ranked.filter((other) => other.rank > rank).sort((left, right) => left.rank - right.rank)[0];
  return before?.entry.end ?? after?.entry.start ?? range.end;
}

function removal(text: string, { start, end, valueEnd }: FrontMatterEntry): Splice {
  const line = lineAt(text, start);
  const comment = text.indexOf("#", valueEnd);
  const keepsComment = line.next === end && comment >= 0 && comment < line.end;
  return { start, end: keepsComment ? comment : end, text: "" };
}

function replacement(
  text: string,
  { lineEnd }: FrontMatterRange,
  entry: FrontMatterEntry,
  value: FieldValue,
): readonly Splice[] {
  const { colon, valueStart, valueEnd, items } = entry;
  const first = lineAt(text, colon);
  const isBelow = valueStart > first.end;
  if (isScalarList(value)) {
    if (items !== undefined) return itemSplices(text, items, value, lineEnd);
    const isInline = text[valueStart] === "[" && valueEnd <= first.end && isScalarList(entry.value);
    if (isInline)
      return [{ start: valueStart, end: valueEnd, text: `[${value.map(flowSource).join(", ")}]` }];
    const at = lineAt(text, valueEnd).next;
    const lines = value.map((item) => itemSource("  - ", item, lineEnd)).join("");
    return [erasure(text, entry, isBelow), { start: at, end: at, text: lines }];
  }
  const source = inlineSource(value);
  if (source !== "" && !isBelow && valueStart > colon)
    return [{ start: valueStart, end: valueEnd, text: source }];
  return [
    { start: colon, end: colon, text: source === "" ? "" : ` ${source}` },
    erasure(text, entry, isBelow),
  ];
}

/** Takes the value away. A comment on the line of the key stays. */
function erasure(text: string, { colon, valueEnd }: FrontMatterEntry, isBelow: boolean): Splice {
  if (!isBelow) return { start: colon, end: valueEnd, text: "" };
  return { start: lineAt(text, colon).end, end: lineAt(text, valueEnd).end, text: "" };
}

/** In brackets a comma or bracket would end the item. */
function flowSource(value: FieldValue): string {
  return typeof value === "string" && !/[,[\]{}]/.test(value) && isPlainWord(value)
    ? value
    : jsonSource(value);
}

/** Items that stay keep their lines, comments included, if they stay in their order. */
function itemSplices(
  text: string,
  items: readonly FrontMatterItem[],
  wanted: readonly FieldValue[],
  lineEnd: string,
): readonly Splice[] {
  const first = items[0];
  const last = items.at(-1);
  if (first === undefined || last === undefined) return [];
  const marker = `${trimBlankEnd(text.slice(first.start, first.valueStart))} `;
  const kept = items.filter((item) => wanted.some((value) => isSameValue(value, item.value)));
  const keptWanted = wanted.filter((value) => items.some((item) => isSameValue(value, item.value)));
  if (
    !isSameValue(
      kept.map(({ value }) => value),
      keptWanted,
    )
  ) {
    const lines = wanted.map((value) => itemSource(marker, value, lineEnd)).join("");
    return [{ start: first.start, end: last.end, text: lines }];
  }
  const splices = items
    .filter((item) => !kept.includes(item))
    .map(({ start, end }) => ({ start, end, text: "" }));
  let at = first.start;
  for (const value of wanted) {
    const item = isSameValue(value, kept[0]?.value) ? kept.shift() : undefined;
    if (item === undefined) splices.push({ start: at, end: at, text: itemSource(marker, value, lineEnd) });
    else at = item.end;
  }
  return splices;
}

function spliced(text: string, splices: readonly Splice[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end, text: piece } of splices.toSorted(
    (left, right) => left.start - right.start || left.end - right.end,
  )) {
    pieces.push(text.slice(from, start), piece);
    from = end;
  }
  return pieces.join("") + text.slice(from);
}
