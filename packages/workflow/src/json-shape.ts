// Reads values that came from JSON against a shape, with every mistake named where it stands. Small on purpose: the types of a project are read by
// every command, and a schema library would cost more than all the rest of most of them.
import { printable } from "@wiggum/ticket-core";
import type { JsonPath } from "./json-document.js";

/** Something wrong, and where. */
export interface LocatedProblem {
  readonly path: JsonPath;
  readonly message: string;
}

export type Report = (problem: LocatedProblem) => void;

/** Reads one piece; what is wrong with it goes to `report`, and the answer is undefined. */
export type Shape<Value> = (value: unknown, path: JsonPath, report: Report) => Value | undefined;

/** A member that may be absent. */
export interface Optional<Value> {
  readonly optional: Shape<Value>;
}

type Members<Value> = {
  readonly [Key in keyof Value]-?: undefined extends Value[Key]
    ? Optional<Exclude<Value[Key], undefined>>
    : Shape<Value[Key]>;
};

export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return { optional: shape };
}

/** An object with these members and no others. */
export function object<Value extends object>(members: Members<Value>): Shape<Value> {
  return (value, path, report) => {
    if (!isJsonObject(value)) return unexpected("must be an object", value, path, report);
    const read: Record<string, unknown> = {};
    let isSound = true;
    for (const [key, member] of Object.entries<Shape<unknown> | Optional<unknown>>(members)) {
      const given = Object.hasOwn(value, key) ? value[key] : undefined;
      const shape = "optional" in member ? member.optional : member;
      if (given === undefined && "optional" in member) continue;
      read[key] = shape(given, [...path, key], report);
      isSound &&= read[key] !== undefined;
    }
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(members, key)) continue;
      report({ path: [...path, key], message: `unknown key '${printable(key)}'` });
      isSound = false;
    }
    return isSound ? (read as Value) : undefined;
  };
}

/** An object whose members all have one shape, by any names. */
export function record<Value>(shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value, path, report) => {
    if (!isJsonObject(value)) return unexpected("must be an object", value, path, report);
    const read = Object.entries(value).map(
      ([key, member]) => [key, shape(member, [...path, key], report)] as const,
    );
    if (read.some(([, member]) => member === undefined)) return undefined;
    return Object.fromEntries(read) as Readonly<Record<string, Value>>;
  };
}

export function list<Value>(
  shape: Shape<Value>,
  { fewest = 0 }: { readonly fewest?: 0 | 1 } = {},
): Shape<readonly Value[]> {
  return (value, path, report) => {
    if (!Array.isArray(value)) return unexpected("must be a list", value, path, report);
    if (value.length < fewest) return unexpected("must not be empty", value, path, report);
    const read = Array.from(value, (item: unknown, index) => shape(item, [...path, index], report));
    return read.includes(undefined) ? undefined : (read as readonly Value[]);
  };
}

/** A text for which `problemOf` knows no complaint. */
export function text(problemOf: (text: string) => string | undefined = () => undefined): Shape<string> {
  return (value, path, report) => {
    if (typeof value !== "string") return unexpected("must be a text", value, path, report);
    const message = problemOf(value);
    return message === undefined ? value : wrong(message, path, report);
  };
}

export const flag: Shape<boolean> = (value, path, report) =>
  typeof value === "boolean" ? value : unexpected("must be true or false", value, path, report);

/** A text that is not empty. */
export const filledText: Shape<string> = (value, path, report) =>
  typeof value === "string" && value !== ""
    ? value
    : unexpected(value === "" ? "must not be empty" : "must be a text", value, path, report);

/** A whole number from 1 on; `what` says of what. */
export function count(most: number, what = "a whole number"): Shape<number> {
  return (value, path, report) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= 1 && value <= most
      ? value
      : unexpected(`must be ${what} from 1 to ${most}`, value, path, report);
}

/** One of these words. */
export function choice<const Word extends string | number>(...words: readonly Word[]): Shape<Word> {
  return (value, path, report) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const allowed = words.map((word) => JSON.stringify(word)).join(", ");
    return unexpected(`must be ${words.length === 1 ? "" : "one of "}${allowed}`, value, path, report);
  };
}

/** Whatever it is; nothing is null. */
export const anything: Shape<unknown> = (value) => value ?? null;

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wrong(message: string, path: JsonPath, report: Report): undefined {
  report({ path, message });
}

/** What was expected (`must be ...`) and what was found, in words that go on after the path. */
export function unexpected(expected: string, value: unknown, path: JsonPath, report: Report): undefined {
  wrong(value === undefined ? `is missing: ${expected}` : `${expected}, not ${shown(value)}`, path, report);
}

const longestShown = 60;

/** A value as it is written, on one line. */
export function shown(value: unknown): string {
  const text = [...printable(JSON.stringify(value) ?? String(value))];
  return text.length > longestShown ? `${text.slice(0, longestShown).join("")}...` : text.join("");
}
