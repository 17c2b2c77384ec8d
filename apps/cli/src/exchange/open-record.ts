// One foreign record, field by field. Whatever is taken out is accounted for; what nobody took is kept as data.
import { createHash } from "node:crypto";
import type { Fate, FieldAccount } from "./imported-ticket.js";
import { deepestNesting, isNestedDeeper } from "./nesting.js";

/** A field that is not what its format says. Makes the record a problem with a place. */
export class RecordFault extends Error {
  override readonly name = "RecordFault";
  /** In the file of the record, where it is another than the one at which the record begins. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** `note` says where the value goes. */
export interface RecordReader {
  /** Absent, `null` and nothing but white space are all "not said". @throws RecordFault it is something else than text */
  text(field: string, note: string, fate?: Fate): string | undefined;
  required(field: string, note: string): string;
  /** Text or a number, as text: ids are written both ways. */
  id(field: string, note: string): string | undefined;
  number(field: string, note: string): number | undefined;
  flag(field: string, note: string): boolean | undefined;
  /** Texts (and numbers, as texts); one bare text counts as a list of one. */
  texts(field: string, note: string): readonly string[];
  /** A list of objects, each with fields of its own. */
  objects(field: string): readonly RecordReader[];
  object(field: string): RecordReader | undefined;
  /** What it is, unseen. The field is not accounted for by that. */
  peek(field: string): unknown;
  note(field: string, fate: Fate, note: string): void;
  /** Path of a field from the top of the record. */
  path(field: string): string;
}

export interface OpenedRecord extends RecordReader {
  /** Closes the books: every field that was not taken is kept as data. */
  finish(): { readonly account: readonly FieldAccount[]; readonly kept: Readonly<Record<string, unknown>> };
}

type Values = Readonly<Record<string, unknown>>;

export const keptNote = "imported_data";

/** `raw` must be an object as JSON or YAML knows it. @throws RecordFault */
export function openRecord(raw: unknown): OpenedRecord {
  if (isNestedDeeper(raw, deepestNesting)) {
    throw new RecordFault(
      `The record is nested too deeply, or leads back to itself: at most ${deepestNesting} lists and objects in one another were expected`,
    );
  }
  const account = new Map<string, FieldAccount>();
  const opened: { readonly values: Values; readonly prefix: string }[] = [];
  /** Lists and objects whose own fields are accounted for. */
  const entered = new Set<string>();
  const write = (field: string, fate: Fate, note: string) => account.set(field, { field, fate, note });
  const top = readerOf(asObject(raw, "the record"), "");

  function readerOf(values: Values, prefix: string): RecordReader {
    opened.push({ values, prefix });
    const path = (field: string) => `${prefix}${field}`;
    function take<Value>(
      field: string,
      note: string,
      wanted: string,
      read: (value: unknown) => Value | undefined,
      fate: Fate = "mapped",
    ): Value | undefined {
      const value = own(values, field);
      if (value === undefined) return undefined;
      if (isNothing(value)) {
        write(path(field), "dropped", "says nothing");
        return undefined;
      }
      const result = read(value);
      if (result === undefined)
        throw new RecordFault(`\`${path(field)}\` must be ${wanted}, and is ${kindWithin(value)}`);
      write(path(field), fate, note);
      return result;
    }
    const asText = (value: unknown) => (typeof value === "string" ? value : undefined);
    return {
      path,
      peek: (field) => own(values, field),
      note: (field, fate, note) => void write(path(field), fate, note),
      text: (field, note, fate) => take(field, note, "text", asText, fate),
      required(field, note) {
        const text = take(field, note, "text", asText);
        if (text === undefined) throw new RecordFault(`\`${path(field)}\` is missing: text was expected`);
        return text;
      },
      id: (field, note) => take(field, note, "text or a number", asId),
      number: (field, note) =>
        take(field, note, "a number", (value) => (typeof value === "number" ? value : undefined)),
      flag: (field, note) =>
        take(field, note, "true or false", (value) => (typeof value === "boolean" ? value : undefined)),
      texts: (field, note) => take(field, note, "a list of texts", asTexts) ?? [],
      objects(field) {
        const value = own(values, field);
        if (value === undefined) return [];
        if (value === null || (Array.isArray(value) && value.length === 0)) {
          write(path(field), "dropped", "says nothing");
          return [];
        }
        if (!Array.isArray(value))
          throw new RecordFault(`\`${path(field)}\` must be a list of objects, and is ${kindOf(value)}`);
        entered.add(path(field));
        return value.map((item, index) => {
          const place = `${path(field)}[${index}]`;
          return readerOf(asObject(item, `\`${place}\``), `${place}.`);
        });
      },
      object(field) {
        const value = own(values, field);
        if (value === undefined) return undefined;
        if (value === null) {
          write(path(field), "dropped", "says nothing");
          return undefined;
        }
        entered.add(path(field));
        return readerOf(asObject(value, `\`${path(field)}\``), `${path(field)}.`);
      },
    };
  }

  return {
    ...top,
    finish() {
      const kept = new Map<string, unknown>();
      for (const { values, prefix } of opened) {
        for (const [field, value] of Object.entries(values)) {
          const path = `${prefix}${field}`;
          if (account.has(path) || entered.has(path)) continue;
          if (isNothing(value)) write(path, "dropped", "says nothing");
          else {
            write(path, "kept", keptNote);
            kept.set(path, value);
          }
        }
      }
      // Not by assignment: a field may be named `__proto__`.
      return { account: [...account.values()], kept: Object.fromEntries(kept) };
    },
  };
}

/** The same for the same value, however its members are ordered. 16 hex digits. */
export function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

export function asObject(value: unknown, what: string): Values {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Values;
  throw new RecordFault(`${what} must be an object, and is ${kindOf(value)}`);
}

function own(values: Values, field: string): unknown {
  return Object.hasOwn(values, field) ? values[field] : undefined;
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "string") return value.trim() === "";
  return Array.isArray(value) && value.length === 0;
}

function asId(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

function asTexts(value: unknown): readonly string[] | undefined {
  const items = Array.isArray(value) ? value : [value];
  const texts = items.filter((item) => item !== null).map(asId);
  return texts.every((text) => text !== undefined) ? texts.filter((text) => text !== "") : undefined;
}

/** Of a list that is not what was wanted, what is in it. */
function kindWithin(value: unknown): string {
  const odd = Array.isArray(value)
    ? value.find((item) => item !== null && asId(item) === undefined)
    : undefined;
  return odd === undefined ? kindOf(value) : `a list with ${kindOf(odd)} in it`;
}

/** What it is, for a sentence. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
