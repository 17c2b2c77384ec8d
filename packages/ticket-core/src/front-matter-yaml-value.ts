import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { FieldValue } from "./ticket.js";

/** Levels of a value within each other. */
const maxDepth = 64;
/** Values that aliases may multiply to. */
const maxAliased = 10_000;

/** Turns YAML into JSON-safe values. `fail` makes the error for a problem at an offset of the YAML text. */
export function createYamlReader(
  document: Document.Parsed,
  fail: (problem: string, offset?: number) => Error,
) {
  let aliased = 0;

  function keyOf({ key }: Pair): string {
    if (!isScalar(key))
      throw fail("a key of the front matter is no plain word", (key as Node | null)?.range?.[0]);
    return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  }

  function refuseRepeats(map: YAMLMap): void {
    const known = new Set<string>();
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (known.has(key)) throw fail(`the key \`${key}\` stands there twice`, (pair.key as Node).range?.[0]);
      known.add(key);
    }
  }

  function readValue(node: Node | null, depth = 0, isAliased = false): FieldValue {
    if (node === null) return null;
    if (depth > maxDepth) throw fail("its values are nested too deeply", node.range?.[0]);
    if (isAliased) aliased += 1;
    if (aliased > maxAliased) throw fail("its aliases multiply without measure", node.range?.[0]);
    if (isScalar(node)) return plainValue(node);
    const inner = (item: unknown) => readValue(item as Node | null, depth + 1, isAliased);
    if (isSeq(node)) return node.items.map(inner);
    if (isMap(node)) {
      refuseRepeats(node);
      return Object.fromEntries(node.items.map((pair) => [keyOf(pair), inner(pair.value)]));
    }
    const target = isAlias(node) ? node.resolve(document) : undefined;
    if (target === undefined) throw fail("an alias names nothing that stands before it", node.range?.[0]);
    return readValue(target, depth + 1, true);
  }

  return { keyOf, readValue: (node: Node | null) => readValue(node), refuseRepeats };
}

/** Numbers that JSON would not give back are the words they were written as. */
function plainValue({ value, source }: Scalar): FieldValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  const word = source ?? String(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return word;
  const isExact = !/^[-+]?[0-9]+$/.test(word) || Number.isSafeInteger(value) || String(value) === word;
  // There is no negative zero in JSON.
  return isExact ? value + 0 : word;
}
