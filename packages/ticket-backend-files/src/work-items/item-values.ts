// Values as a line of `item.md` holds them. What others write there is plain text; where plain text would be read as something else, we write JSON,
// which is one line, and which tools that know nothing of it keep.
import type { FieldValue, Timestamp } from "@wiggum/ticket-core";

/** `null` and nothing are no value. */
export function readText(raw: string | undefined): string | undefined {
  if (raw === undefined || raw === "" || raw === "null") return undefined;
  if (!raw.startsWith('"')) return raw;
  const value = parsedJson(raw);
  return typeof value === "string" ? value : raw;
}

/** One line for a text: plain if it is read back as it is. */
export function writeText(text: string): string {
  return isPlain(text) && readText(text) === text ? text : json(text);
}

/** A list in brackets; quotes around an entry are taken off, a bare word is a list of one, `null` is none. */
export function readList(raw: string | undefined): readonly string[] {
  if (raw === undefined || raw === "" || raw === "null") return [];
  const value = raw.startsWith("[") ? parsedJson(raw) : undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  const inner = /^\[(.*)\]$/s.exec(raw)?.[1] ?? raw;
  return inner
    .split(",")
    .map((item) => item.trim().replace(/^(["'])(.*)\1$/s, "$2"))
    .filter((item) => item !== "");
}

/** `[a, b]`, or JSON where an entry would not come back so. */
export function writeList(items: readonly string[]): string {
  const plain = `[${items.join(", ")}]`;
  const isSame = isPlain(plain) && JSON.stringify(readList(plain)) === JSON.stringify(items);
  return isSame ? plain : `[${items.map(json).join(", ")}]`;
}

/** `true`, `yes` and `1`; `false`, `no` and `0`; anything else is no answer. */
export function readBoolean(raw: string | undefined): boolean | undefined {
  const word = raw?.toLowerCase();
  if (word === "true" || word === "yes" || word === "1") return true;
  return word === "false" || word === "no" || word === "0" ? false : undefined;
}

/** A value that nobody declared: what is exactly JSON, or a list in brackets, is that; all else is text. */
export function readValue(raw: string): FieldValue {
  if (raw === "") return null;
  const value = parsedJson(raw);
  if (typeof value === "number") return String(value) === raw ? value : raw;
  if (value !== undefined) return value;
  return /^\[[^[\]{}"']*\]$/.test(raw) ? readList(raw) : raw;
}

/** One line for any value. */
export function writeValue(value: FieldValue): string {
  if (typeof value !== "string") return json(value);
  return isPlain(value) && readValue(value) === value ? value : json(value);
}

const words: Readonly<Record<string, number>> = {
  critical: 0,
  urgent: 0,
  high: 1,
  medium: 2,
  normal: 2,
  low: 3,
};

/** `P0` to `P4`, or a usual word; anything else counts as 2 and stays as it is in the file. */
export function readPriority(raw: string): number {
  const digit = /^[Pp]?([0-4])$/.exec(raw)?.[1];
  return digit === undefined ? (words[raw.toLowerCase()] ?? 2) : Number(digit);
}

/** Any moment in UTC to the second; `undefined` for what is none. */
export function readTime(raw: string | undefined): Timestamp | undefined {
  const milliseconds = raw === undefined ? Number.NaN : Date.parse(raw);
  return Number.isNaN(milliseconds) ? undefined : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function parsedJson(raw: string): FieldValue | undefined {
  try {
    return JSON.parse(raw) as FieldValue;
  } catch {
    return undefined;
  }
}

function json(value: FieldValue): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isPlain(text: string): boolean {
  return text !== "" && text.trim() === text && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
}
