// How values of a ticket stand on a line of front matter. What tk would write is written as tk does; only what it could not hold is JSON.
import type { FieldValue } from "@wiggum/ticket-core";
import { isMember } from "./list-members.js";
import { listOf, listText } from "./ticket-text.js";

/** A text as it is, unless it would be read back as something else: then in quotes. */
export function textValue(text: string): string {
  const isPlain = text !== "" && !/^[ \t"]|[ \t]$|[\r\n]/.test(text);
  return isPlain ? text : JSON.stringify(text);
}

/** The text of a value; quotes are those of JSON or they are part of it. */
export function readText(value: string): string {
  const read = value.startsWith('"') ? parsed(value) : undefined;
  return typeof read === "string" ? read : value;
}

/** Texts as `[a, b]`; as JSON where one of them could not stand there. */
export function textsValue(texts: readonly string[]): string {
  return texts.every((text) => isMember(text) && !text.startsWith('"'))
    ? listText(texts)
    : JSON.stringify(texts);
}

/** The texts of a list. */
export function readTexts(value: string): readonly string[] {
  const read = value.startsWith("[") ? parsed(value) : undefined;
  const isTexts = Array.isArray(read) && read.every((item) => typeof item === "string");
  return isTexts ? (read as readonly string[]) : listOf(value);
}

/** Any value: text that looks like nothing else as it is, all else as JSON. */
export function anyValue(value: FieldValue): string {
  if (typeof value === "string")
    return readAny(textValue(value)) === value ? textValue(value) : JSON.stringify(value);
  if (isTexts(value) && value.length > 0) {
    const text = textsValue(value);
    return JSON.stringify(readAny(text)) === JSON.stringify(value) ? text : JSON.stringify(value);
  }
  return JSON.stringify(value);
}

/** The value of a key that tk does not know. Nothing is `null`. */
export function readAny(value: string): FieldValue {
  if (value === "") return null;
  const read = parsed(value);
  if (read !== undefined) return read;
  return value.startsWith("[") && value.endsWith("]") ? listOf(value) : value;
}

function isTexts(value: FieldValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function parsed(text: string): FieldValue | undefined {
  try {
    return JSON.parse(text) as FieldValue;
  } catch {
    return undefined;
  }
}
