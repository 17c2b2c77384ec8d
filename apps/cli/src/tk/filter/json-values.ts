// Values as jq sees them: what is equal, what comes first, what contains what, and how long it is.

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An operation that jq refuses for this value. */
export class FilterFailure extends Error {
  override readonly name = "FilterFailure";
}

/** The name that jq gives to the kind of a value. */
export function typeOf(value: Json): "null" | "boolean" | "number" | "string" | "array" | "object" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as "boolean" | "number" | "string" | "object";
}

/** Everything but `null` and `false`. */
export function isTrue(value: Json): boolean {
  return value !== null && value !== false;
}

/** Order of all values: null, false, true, numbers, texts, lists, objects. */
export function compare(left: Json, right: Json): number {
  const kinds = rank(left) - rank(right);
  if (kinds !== 0) return kinds;
  if (typeof left === "number") return left - (right as number);
  if (typeof left === "string") return compareTexts(left, right as string);
  if (Array.isArray(left)) return compareLists(left, right as readonly Json[]);
  if (typeof left === "object" && left !== null)
    return compareObjects(left as JsonObject, right as JsonObject);
  return 0;
}

type JsonObject = { readonly [key: string]: Json };

function rank(value: Json): number {
  if (typeof value === "boolean") return value ? 2 : 1;
  return { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 }[typeOf(value)];
}

/** By code points, not by the halves of those that take two. */
function compareTexts(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function compareLists(left: readonly Json[], right: readonly Json[]): number {
  for (const [index, item] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = compare(item, other);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareObjects(left: JsonObject, right: JsonObject): number {
  const keys = Object.keys(left).sort(compareTexts);
  const difference = compareLists(keys, Object.keys(right).sort(compareTexts));
  if (difference !== 0) return difference;
  return compareLists(
    keys.map((key) => left[key] ?? null),
    keys.map((key) => right[key] ?? null),
  );
}

/** As `contains` of jq: parts of texts, members of lists and objects at any depth. @throws FilterFailure for kinds that differ */
export function contains(whole: Json, part: Json): boolean {
  const kind = typeOf(whole);
  if (kind !== typeOf(part)) throw new FilterFailure(`${kind} cannot contain ${typeOf(part)}`);
  if (typeof whole === "string") return whole.includes(part as string);
  if (Array.isArray(whole)) {
    return (part as readonly Json[]).every((item) =>
      whole.some((one: Json) => typeOf(one) === typeOf(item) && contains(one, item)),
    );
  }
  if (kind === "object") {
    const object = whole as JsonObject;
    return Object.entries(part as JsonObject).every(([key, item]) => {
      const one = Object.hasOwn(object, key) ? object[key] : undefined;
      return one !== undefined && typeOf(one) === typeOf(item) && contains(one, item);
    });
  }
  return compare(whole, part) === 0;
}

/** As `length` of jq: characters, members, the size of a number. @throws FilterFailure for true and false */
export function lengthOf(value: Json): number {
  if (value === null) return 0;
  if (typeof value === "number") return Math.abs(value);
  if (typeof value === "string") return [...value].length;
  if (typeof value === "boolean") throw new FilterFailure("a boolean has no length");
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

/** As `index` of jq: where the first one is; `null` = nowhere. @throws FilterFailure for kinds that have no places */
export function indexOf(value: Json, wanted: Json): Json {
  if (value === null) return null;
  if (typeof value === "string" && typeof wanted === "string") {
    const at = wanted === "" ? -1 : value.indexOf(wanted);
    return at === -1 ? null : [...value.slice(0, at)].length;
  }
  if (!Array.isArray(value))
    throw new FilterFailure(`${typeOf(value)} cannot be searched for ${typeOf(wanted)}`);
  const run: readonly Json[] = Array.isArray(wanted) ? wanted : [wanted];
  if (run.length === 0) return null;
  const at = value.findIndex((_item, start) =>
    run.every((item, offset) => {
      const found: Json | undefined = value[start + offset];
      return found !== undefined && compare(found, item) === 0;
    }),
  );
  return at === -1 ? null : at;
}
