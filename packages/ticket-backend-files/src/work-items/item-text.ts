// `item.md` as lines: which key stands where, so that one value can change and every other byte stays.
import { maxTicketBytes, printable, type TicketError } from "@wiggum/ticket-core";
import { unreadableItem } from "./item-faults.js";

/** One `key: value` of the front matter, with the lines that continue it. Offsets in UTF-16 code units. */
export interface ItemEntry {
  readonly key: string;
  /** The value without white space around it; lines that continue it are joined with `\n`. */
  readonly raw: string;
  readonly start: number;
  /** Behind the line end of its last line. */
  readonly end: number;
  readonly valueStart: number;
  /** Where white space and the line end behind the value begin. */
  readonly valueEnd: number;
  /** 1 = first line of the file. */
  readonly line: number;
}

/** The parts of an `item.md`. */
export interface ItemText {
  readonly text: string;
  readonly entries: ReadonlyMap<string, ItemEntry>;
  /** The closing `---`. */
  readonly closing: number;
  /** Behind its line end: what follows is the body. */
  readonly rest: number;
  readonly lineEnd: "\n" | "\r\n";
}

const conflictMark = /^(?:<{7}|={7}|>{7}|\|{7})(?: |$)/;

/** @throws TICKET_UNREADABLE with path and line */
export function parseItem(bytes: Uint8Array, path: string): ItemText {
  const fail = (problem: string, line?: number): TicketError => unreadableItem(path, problem, line);
  if (bytes.length === 0) throw fail("it is empty: expected front matter between two lines `---`", 1);
  if (bytes.length > maxTicketBytes) throw fail("it is over 16 MiB");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw fail("it is no UTF-8 text");
  }
  const lines = text.matchAll(/[^\n]*(?:\n|$)/g);
  const first = lines.next().value?.[0] ?? "";
  if (!/^---\r?\n?$/.test(first)) throw fail("the front matter does not begin: expected `---`", 1);
  if (!/\n---\r?(?:\n|$)/.test(text.slice(first.length - 1))) {
    throw fail("the front matter does not end: expected a line `---`", text.trimEnd().split("\n").length);
  }
  const lineEnd = first.endsWith("\r\n") ? "\r\n" : "\n";
  const entries = new Map<string, ItemEntry>();
  let open: ItemEntry | undefined;
  let number = 1;
  for (const { 0: line, index: start } of lines) {
    if (line === "") break;
    number += 1;
    const end = start + line.length;
    if (/^---\r?\n?$/.test(line)) return { text, entries, closing: start, rest: end, lineEnd };
    if (conflictMark.test(line)) throw fail("git left a merge conflict in it", number);
    if (/^\s*(?:#.*)?\r?\n?$/.test(line)) continue;
    if (/^(?:[ \t]|- )/.test(line) && open !== undefined) {
      open = { ...open, raw: `${open.raw}\n${line.trimEnd()}`, end, valueEnd: start + line.trimEnd().length };
      entries.set(open.key, open);
      continue;
    }
    const [, head = "", value = ""] = /^([^:\r\n]+:[ \t]*)([^\n]*)/.exec(line) ?? [];
    const key = head.slice(0, head.indexOf(":")).trim();
    if (key === "" || head.startsWith(" ")) {
      throw fail(`expected \`key: value\`, found \`${printable(line.trimEnd()).slice(0, 60)}\``, number);
    }
    if (entries.has(key)) {
      throw fail(`the key \`${printable(key)}\` is there twice: expected each key once`, number);
    }
    const valueStart = start + head.length;
    const raw = value.trimEnd();
    open = { key, raw, start, end, valueStart, valueEnd: valueStart + raw.length, line: number };
    entries.set(key, open);
  }
  throw fail("the front matter does not end: expected a line `---`", number);
}

/** What a key becomes; `undefined` takes its line away. */
export interface ItemChange {
  readonly key: string;
  readonly raw: string | undefined;
}

/** The text with these values; every other byte stays. New keys stand before the closing `---`, in the order given. */
export function changeItem(item: ItemText, changes: readonly ItemChange[], body: string | undefined): string {
  const { text, entries, closing, rest, lineEnd } = item;
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  let added = "";
  for (const { key, raw } of changes) {
    const entry = entries.get(key);
    if (entry === undefined) {
      if (raw !== undefined) added += `${key}: ${raw}${lineEnd}`;
    } else if (raw === undefined) {
      edits.push({ start: entry.start, end: entry.end, text: "" });
    } else {
      const gap = entry.valueStart > 0 && text[entry.valueStart - 1] === ":" ? " " : "";
      edits.push({ start: entry.valueStart, end: entry.valueEnd, text: gap + raw });
    }
  }
  if (added !== "") edits.push({ start: closing, end: closing, text: added });
  edits.sort((left, right) => left.start - right.start);
  let written = "";
  let position = 0;
  for (const edit of edits) {
    written += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  written += text.slice(position, rest);
  const wanted = body ?? text.slice(rest);
  return written.endsWith("\n") || wanted === "" ? written + wanted : written + lineEnd + wanted;
}
