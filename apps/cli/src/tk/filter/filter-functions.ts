import type { Filter } from "./compile-filter.js";
import {
  compare,
  contains,
  FilterFailure,
  indexOf,
  isTrue,
  type Json,
  lengthOf,
  typeOf,
} from "./json-values.js";

/** Makes a filter out of its arguments, which are filters, too. */
type FilterFunction = (...inputs: readonly Filter[]) => Filter;

/** For each value that the argument gives. */
function ofValue(apply: (input: Json, value: Json) => Json): FilterFunction {
  return (argument = same) =>
    function* (input) {
      for (const value of argument(input)) yield apply(input, value);
    };
}

/** Without an argument. */
function plain(apply: (input: Json) => Json): FilterFunction {
  return () => (input) => [apply(input)];
}

function itemsOf(value: Json): readonly Json[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return Object.values(value);
  throw new FilterFailure(`Cannot iterate over ${typeOf(value)}`);
}

function textOf(value: Json, what: string): string {
  if (typeof value === "string") return value;
  throw new FilterFailure(`${what} needs a text, not ${typeOf(value)}`);
}

const each: Filter = itemsOf;
const same: Filter = (input) => [input];

/** Does the condition come out as `wanted` for anything? Looks no further than that. */
function finds(generator: Filter, condition: Filter, wanted: boolean, input: Json): boolean {
  for (const item of generator(input)) {
    for (const output of condition(item)) if (isTrue(output) === wanted) return true;
  }
  return false;
}

function some(generator: Filter, condition: Filter): Filter {
  return (input) => [finds(generator, condition, true, input)];
}

function every(generator: Filter, condition: Filter): Filter {
  return (input) => [!finds(generator, condition, false, input)];
}

/** Functions by name and number of arguments. */
export const functions: Readonly<Record<string, FilterFunction>> = {
  "not/0": plain((input) => !isTrue(input)),
  "length/0": plain(lengthOf),
  "type/0": plain(typeOf),
  "tostring/0": plain((input) => (typeof input === "string" ? input : JSON.stringify(input))),
  "tonumber/0": plain((input) => {
    if (typeof input === "number") return input;
    const isNumber = typeof input === "string" && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(input);
    if (isNumber) return Number(input);
    throw new FilterFailure(`${JSON.stringify(input)} cannot be parsed as a number`);
  }),
  "ascii_downcase/0": plain((input) =>
    textOf(input, "ascii_downcase").replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
  ),
  "ascii_upcase/0": plain((input) =>
    textOf(input, "ascii_upcase").replace(/[a-z]/g, (letter) => letter.toUpperCase()),
  ),
  "empty/0": () => () => [],
  "select/1": (condition = same) =>
    function* (input) {
      for (const output of condition(input)) if (isTrue(output)) yield input;
    },
  "map/1":
    (change = same) =>
    (input) => [itemsOf(input).flatMap((item) => [...change(item)])],
  "any/0": () => some(each, same),
  "any/1": (condition = same) => some(each, condition),
  "any/2": (generator = same, condition = same) => some(generator, condition),
  "all/0": () => every(each, same),
  "all/1": (condition = same) => every(each, condition),
  "all/2": (generator = same, condition = same) => every(generator, condition),
  "IN/1":
    (values = same) =>
    (input) => [
      finds(
        () => values(input),
        (value) => [compare(value, input) === 0],
        true,
        input,
      ),
    ],
  "index/1": ofValue(indexOf),
  "contains/1": ofValue(contains),
  "inside/1": ofValue((input, whole) => contains(whole, input)),
  "startswith/1": ofValue((input, start) =>
    textOf(input, "startswith").startsWith(textOf(start, "startswith")),
  ),
  "endswith/1": ofValue((input, end) => textOf(input, "endswith").endsWith(textOf(end, "endswith"))),
  "has/1": ofValue((input, key) => {
    if (typeof key === "string" && typeOf(input) === "object") return Object.hasOwn(input as object, key);
    if (typeof key === "number" && Array.isArray(input)) return key >= 0 && key < input.length;
    throw new FilterFailure(`Cannot check whether ${typeOf(input)} has a ${typeOf(key)} key`);
  }),
};
