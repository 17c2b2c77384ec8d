// Words and values that several formats share, in ours.
import type { Reference } from "@wiggum/ticket-core";
import { RecordFault, type RecordReader } from "./open-record.js";

const moment =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?(Z|[+-]\d{2}:?\d{2}))?)?$/;

/** A date or a moment (without an offset: UTC) as UTC to the second; `undefined` = it is none. */
export function momentOf(text: string): string | undefined {
  const [, day, minutes = "00:00", seconds = "00", offset = "Z"] = moment.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const milliseconds = Date.parse(
    `${day}T${minutes}:${seconds}${offset.replace(/^([+-]\d{2}):?(\d{2})$/, "$1:$2")}`,
  );
  return Number.isNaN(milliseconds) ? undefined : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** A field with a moment. The zero of Go's clock is "not said". @throws RecordFault it is none */
export function takeMoment(record: RecordReader, field: string, note: string): string | undefined {
  const text = record.text(field, `${note}, in UTC to the second`);
  if (text === undefined) return undefined;
  if (text.startsWith("0001-01-01")) {
    record.note(field, "dropped", "says nothing");
    return undefined;
  }
  const at = momentOf(text);
  if (at === undefined) {
    throw new RecordFault(
      `\`${record.path(field)}\` must be a time such as 2026-01-02T03:04:05Z, and is '${text.slice(0, 60)}'`,
    );
  }
  return at;
}

const priorityWords: Readonly<Record<string, number>> = {
  critical: 0,
  urgent: 0,
  highest: 0,
  high: 1,
  medium: 2,
  normal: 2,
  low: 3,
  lowest: 4,
};

/** `high`, `P1`, `1`; `undefined` = the word is none that we know. 0 = highest. */
export function priorityOf(word: string): number | undefined {
  const [, digit] = /^p?([0-4])$/i.exec(word.trim()) ?? [];
  return digit === undefined ? lookUp(priorityWords, word.trim().toLowerCase()) : Number(digit);
}

/**
 * A priority that is a word, or a number from 0 to 4. A word that we do not know is not taken: it stays as data.
 * @throws RecordFault a number out of that range
 */
export function takePriority(record: RecordReader, field: string): number | undefined {
  const said = record.peek(field);
  const isWord = typeof said === "string" && said.trim() !== "" && !/^-?[\d.]+$/.test(said.trim());
  if (isWord && priorityOf(said) === undefined) return undefined;
  const word = record.id(field, "priority");
  if (word === undefined) return undefined;
  const priority = priorityOf(word);
  if (priority !== undefined) return priority;
  throw new RecordFault(
    `\`${record.path(field)}\` must be a priority from 0 (highest) to 4, and is ${word.slice(0, 20)}`,
  );
}

/** People are no agents: they are named, and nothing is assigned to them. */
export function personReferences(kind: string, names: readonly string[]): readonly Reference[] {
  return names.map((target) => ({ kind, target }));
}

/** An address is a `url`; anything else is what the other tool said. */
export function externalReference(target: string): Reference {
  return /^https?:\/\//i.test(target) ? { kind: "url", target } : { kind: "external", target };
}

const item = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(\S.*)$/;

/** The items, where a text is nothing but one flat list; else `undefined`. */
export function checklistOf(
  text: string,
): readonly { readonly text: string; readonly checked: boolean }[] | undefined {
  const items: { text: string; checked: boolean }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const [, box, words] = item.exec(line) ?? [];
    if (words === undefined || /^\s{2,}/.test(line)) return undefined;
    items.push({ text: words.trim(), checked: box?.toLowerCase() === "x" });
  }
  return items.length === 0 ? undefined : items;
}

/** Criteria that are one text: items where it is a list, a section of its own where it is prose. */
export function criteriaFrom(text: string | undefined): {
  readonly criteria: readonly { readonly text: string; readonly checked: boolean }[];
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
} {
  if (text === undefined) return { criteria: [], sections: [] };
  const criteria = checklistOf(text);
  return criteria === undefined
    ? { criteria: [], sections: [{ heading: "Acceptance Criteria", text }] }
    : { criteria, sections: [] };
}

/** A section, where there is text for it. */
export function sectionOf(
  heading: string,
  text: string | undefined,
): readonly { heading: string; text: string }[] {
  return text === undefined ? [] : [{ heading, text }];
}

/** Without halves of a character of two, which no file of text can hold. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\ufffd");
}

/** Foreign text as one line. */
export function oneLineOf(text: string): string {
  return wellFormed(text)
    .replace(/[\p{Cc}\u2028\u2029\s]+/gu, " ")
    .trim();
}

/** What a table says of a word; `undefined` also for words that every object of JavaScript has something for. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, word: string): Value | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
