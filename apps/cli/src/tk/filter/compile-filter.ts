// The part of jq that filters of tickets are made of. What is not covered is refused here and left to jq itself; what is gives what jq gives.
import { functions } from "./filter-functions.js";
import { type FilterWord, filterWords, UncoveredFilter } from "./filter-words.js";
import { compare, FilterFailure, isTrue, type Json, typeOf } from "./json-values.js";

/** Gives the outputs of a filter for one input, one after the other. @throws FilterFailure */
export type Filter = (input: Json) => Iterable<Json>;

const comparisons: Readonly<Record<string, (difference: number) => boolean>> = {
  "==": (difference) => difference === 0,
  "!=": (difference) => difference !== 0,
  "<": (difference) => difference < 0,
  "<=": (difference) => difference <= 0,
  ">": (difference) => difference > 0,
  ">=": (difference) => difference >= 0,
};
const constants: Readonly<Record<string, Json>> = { null: null, true: true, false: false };

/** Makes a filter of its text. @throws UncoveredFilter */
export function compileFilter(text: string): Filter {
  const words = filterWords(text);
  let next = 0;
  const word = (): FilterWord => words[next] ?? { kind: "end", text: "its end", at: text.length };
  const uncovered = () => new UncoveredFilter(`'${word().text}' at character ${word().at + 1}`);

  function take(symbol: string, kind: FilterWord["kind"] = "symbol"): boolean {
    if (word().kind !== kind || word().text !== symbol) return false;
    next += 1;
    return true;
  }
  function expect(symbol: string): void {
    if (!take(symbol)) throw uncovered();
  }

  function pipe(): Filter {
    const first = comma();
    if (!take("|")) return first;
    const rest = pipe();
    return function* (input) {
      for (const output of first(input)) yield* rest(output);
    };
  }
  function comma(): Filter {
    let filter = alternative();
    while (take(",")) {
      const [first, second] = [filter, alternative()];
      filter = function* (input) {
        yield* first(input);
        yield* second(input);
      };
    }
    return filter;
  }
  function alternative(): Filter {
    const first = either();
    if (!take("//")) return first;
    const second = alternative();
    return function* (input) {
      let isFound = false;
      for (const output of outputsUntilFailure(first, input)) {
        if (!isTrue(output)) continue;
        isFound = true;
        yield output;
      }
      if (!isFound) yield* second(input);
    };
  }
  function either(): Filter {
    let filter = both();
    while (take("or", "name")) {
      const [first, second] = [filter, both()];
      filter = function* (input) {
        for (const left of first(input)) {
          if (isTrue(left)) yield true;
          else for (const right of second(input)) yield isTrue(right);
        }
      };
    }
    return filter;
  }
  function both(): Filter {
    let filter = comparison();
    while (take("and", "name")) {
      const [first, second] = [filter, comparison()];
      filter = function* (input) {
        for (const left of first(input)) {
          if (!isTrue(left)) yield false;
          else for (const right of second(input)) yield isTrue(right);
        }
      };
    }
    return filter;
  }
  function comparison(): Filter {
    const first = postfix();
    const holds = word().kind === "symbol" ? comparisons[word().text] : undefined;
    if (holds === undefined) return first;
    next += 1;
    const second = postfix();
    // jq does not chain them.
    if (word().kind === "symbol" && Object.hasOwn(comparisons, word().text)) throw uncovered();
    return function* (input) {
      for (const right of second(input)) {
        for (const left of first(input)) yield holds(compare(left, right));
      }
    };
  }
  function postfix(): Filter {
    let filter = term();
    for (;;) {
      const before = filter;
      if (word().kind === "field") {
        const key = word().text;
        next += 1;
        filter = function* (input) {
          for (const value of before(input)) yield memberOf(value, key);
        };
      } else if (take("[")) {
        const inBrackets = brackets();
        filter = function* (input) {
          for (const value of before(input)) yield* inBrackets(value, input);
        };
      } else if (take("?")) {
        filter = (input) => outputsUntilFailure(before, input);
      } else return filter;
    }
  }
  /** What stands after `[`, applied to the value before it; what it asks for is looked up in the input of the whole. */
  function brackets(): (value: Json, input: Json) => Iterable<Json> {
    if (take("]")) return (value) => membersOf(value);
    const key = pipe();
    expect("]");
    return function* (value, input) {
      for (const name of key(input)) yield memberOf(value, name);
    };
  }
  function term(): Filter {
    const { kind, text: value } = word();
    if (kind === "text" || kind === "number") {
      next += 1;
      const constant: Json = kind === "text" ? value : Number(value);
      return () => [constant];
    }
    if (kind === "field") return (input) => [input];
    if (take(".")) return dot();
    if (take("(")) {
      const inner = pipe();
      expect(")");
      return inner;
    }
    if (take("[")) return list();
    if (take("-")) {
      const number = word();
      if (number.kind !== "number") throw uncovered();
      next += 1;
      return () => [-Number(number.text)];
    }
    if (kind === "name") return named(value);
    throw uncovered();
  }
  function dot(): Filter {
    if (word().kind !== "text") return (input) => [input];
    const key = word().text;
    next += 1;
    return (input) => [memberOf(input, key)];
  }
  function list(): Filter {
    if (take("]")) return () => [[]];
    const items = pipe();
    expect("]");
    return (input) => [[...items(input)]];
  }
  function named(name: string): Filter {
    const constant = Object.hasOwn(constants, name) ? constants[name] : undefined;
    const start = next;
    next += 1;
    if (constant !== undefined) return () => [constant];
    const inputs: Filter[] = [];
    if (take("(")) {
      do inputs.push(pipe());
      while (take(";"));
      expect(")");
    }
    const made = Object.hasOwn(functions, `${name}/${inputs.length}`)
      ? functions[`${name}/${inputs.length}`]
      : undefined;
    if (made === undefined) {
      next = start;
      throw uncovered();
    }
    return made(...inputs);
  }

  const filter = pipe();
  if (word().kind !== "end") throw uncovered();
  return filter;
}

/** What came out before it failed: jq goes on with that after `?` and `//`. */
function* outputsUntilFailure(filter: Filter, input: Json): Generator<Json> {
  try {
    yield* filter(input);
  } catch (error) {
    if (!(error instanceof FilterFailure)) throw error;
  }
}

function memberOf(value: Json, key: Json): Json {
  if (typeof key === "string" && (value === null || typeOf(value) === "object")) {
    const object = (value ?? {}) as { readonly [name: string]: Json };
    return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
  }
  if (typeof key === "number" && (value === null || Array.isArray(value))) {
    return (value as readonly Json[] | null)?.at(Math.floor(key)) ?? null;
  }
  throw new FilterFailure(`Cannot index ${typeOf(value)} with ${JSON.stringify(key)}`);
}

function membersOf(value: Json): readonly Json[] {
  if (typeof value === "object" && value !== null) return Object.values(value);
  throw new FilterFailure(`Cannot iterate over ${typeOf(value)}`);
}
