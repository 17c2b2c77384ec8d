import type { FieldValue } from "./ticket.js";

const typedWord =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;

/** Would YAML 1.2 read this word as a number, a boolean or null? (`no`, `2024-01-01` are strings there.) */
export function isTypedWord(word: string): boolean {
  return typedWord.test(word);
}

/**
 * May this string stand without quotes behind `key: ` or `- `? On the safe side: no indicator of YAML at the start, no `: `, ` #` or blank at
 * the ends, nothing that is not shown.
 */
export function isPlainWord(text: string): boolean {
  return (
    text !== "" &&
    !/^[-?:,[\]{}#&*!|>'"%@`\s]|[\s:]$|:\s|\s#/.test(text) &&
    !/[\p{Cc}\p{Cs}\p{Cn}\u2028\u2029\ufeff\u{fffe}\u{ffff}]/u.test(text) &&
    !/^(?:---|\.\.\.)/.test(text) &&
    !isTypedWord(text)
  );
}

/** As it stands behind `key: ` or `- `: plain where that reads back as the same, else quoted as in JSON. Null is nothing at all. */
export function scalarSource(value: string | number | boolean | null): string {
  if (value === null) return "";
  return typeof value === "string" && isPlainWord(value) ? value : jsonSource(value);
}

/** Any value on one line, as in JSON, which is YAML, too. What is not shown on a screen is escaped. */
export function jsonSource(value: FieldValue): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

export function isScalar(value: FieldValue): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}
