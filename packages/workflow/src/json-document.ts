// JSON with positions. `JSON.parse` cannot say on which line a value stands, and silently drops the first of two equal keys.

import { printable } from "@wiggum/ticket-core";

export type JsonPath = readonly (string | number)[];

interface JsonPosition {
  /** 1 = first. */
  readonly line: number;
  readonly column: number;
}

export interface JsonDocument {
  readonly value: unknown;
  /** Where the value at this path stands (its key, for a member), or the nearest thing around it. */
  positionOf(path: JsonPath): JsonPosition;
  /** Keys that stand twice in one object; the value is the first one's. */
  readonly duplicateKeys: readonly JsonPath[];
}

export type JsonReading =
  | { readonly document: JsonDocument }
  | { readonly malformed: JsonPosition & { readonly message: string } };

const deepest = 100;

class Malformed {
  readonly offset: number;
  readonly message: string;
  constructor(offset: number, message: string) {
    this.offset = offset;
    this.message = message;
  }
}

/** Reads JSON (RFC 8259, an optional byte order mark before it). Objects get their members as own properties, `__proto__` too. */
export function readJson(text: string): JsonReading {
  const offsets = new Map<string, number>();
  const duplicateKeys: JsonPath[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;

  const fail = (message: string, offset = at): never => {
    throw new Malformed(offset, message);
  };
  const found = () => (at >= text.length ? "the end of the file" : `'${printable(text.charAt(at))}'`);
  const skipSpace = () => {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
  };
  const take = (character: string, expected = `'${character}'`) => {
    if (text.charAt(at) !== character) fail(`expected ${expected}, found ${found()}`);
    at++;
  };
  const readToken = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };

  const readString = (): string => {
    const start = at;
    take('"', "a string in double quotes");
    for (; at < text.length && text.charAt(at) !== '"'; at++) {
      if (text.charCodeAt(at) < 0x20) fail("a string must end on the line where it begins", start);
      if (text.charAt(at) === "\\") at++;
    }
    if (at >= text.length) fail("the string that begins here has no end", start);
    at++;
    try {
      return JSON.parse(text.slice(start, at)) as string;
    } catch {
      return fail("the string that begins here holds an escape that JSON does not know", start);
    }
  };

  const readObject = (path: JsonPath): unknown => {
    const object: Record<string, unknown> = {};
    at++;
    skipSpace();
    if (text.charAt(at) === "}") {
      at++;
      return object;
    }
    for (;;) {
      skipSpace();
      const keyOffset = at;
      const key = readString();
      const inner = [...path, key];
      skipSpace();
      take(":", "':' after a key");
      const isAgain = Object.hasOwn(object, key);
      if (isAgain) duplicateKeys.push(inner);
      else offsets.set(JSON.stringify(inner), keyOffset);
      const value = readValue(inner);
      if (!isAgain) {
        Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
      }
      skipSpace();
      if (text.charAt(at) === "}") break;
      take(",", "',' or '}'");
    }
    at++;
    return object;
  };

  const readArray = (path: JsonPath): unknown => {
    const list: unknown[] = [];
    at++;
    skipSpace();
    if (text.charAt(at) === "]") {
      at++;
      return list;
    }
    for (;;) {
      list.push(readValue([...path, list.length]));
      skipSpace();
      if (text.charAt(at) === "]") break;
      take(",", "',' or ']'");
    }
    at++;
    return list;
  };

  const readValue = (path: JsonPath): unknown => {
    skipSpace();
    const name = JSON.stringify(path);
    if (!offsets.has(name)) offsets.set(name, at);
    if (path.length > deepest) fail(`nested more than ${deepest} deep`);
    const first = text.charAt(at);
    if (first === "{") return readObject(path);
    if (first === "[") return readArray(path);
    if (first === '"') return readString();
    const word = readToken(
      /(?:true|false|null)(?![A-Za-z0-9_])|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y,
    );
    if (word === undefined) return fail(`expected a value, found ${found()}`);
    at += word.length;
    return JSON.parse(word) as unknown;
  };

  try {
    const value = readValue([]);
    skipSpace();
    if (at < text.length) fail(`expected the end of the file, found ${found()}`);
    const positionOf = (path: JsonPath): JsonPosition => {
      for (let length = path.length; length >= 0; length--) {
        const offset = offsets.get(JSON.stringify(path.slice(0, length)));
        if (offset !== undefined) return positionAt(text, offset);
      }
      return { line: 1, column: 1 };
    };
    return { document: { value, positionOf, duplicateKeys } };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { malformed: { ...positionAt(text, error.offset), message: error.message } };
  }
}

function positionAt(text: string, offset: number): JsonPosition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}

/** A path as people write it: `$.types["pr-task"].transitions[3].to`. */
export function formatJsonPath(path: JsonPath): string {
  let text = "$";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += /^[A-Za-z_]\w*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
  }
  return text;
}
