import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatJsonPath } from "./json-document.js";
import {
  anything,
  choice,
  count,
  flag,
  list,
  object,
  optional,
  record,
  type Shape,
  text,
} from "./json-shape.js";

interface Piece {
  readonly name: string;
  readonly isOn?: boolean | undefined;
  readonly sizes?: readonly number[] | undefined;
}

const piece = object<Piece>({
  name: text((name) => (name === "bad" ? "is bad" : undefined)),
  isOn: optional(flag),
  sizes: optional(list(count(9), { fewest: 1 })),
});

function problemsOf(shape: Shape<unknown>, value: unknown): readonly string[] {
  const found: string[] = [];
  const read = shape(value, ["p"], ({ path, message }) => found.push(`${formatJsonPath(path)} ${message}`));
  // Nothing is refused without a reason, and nothing read in spite of one.
  expect(read === undefined).toBe(found.length > 0);
  return found;
}

describe("shapes", () => {
  test("all that is wrong is named where it stands", () => {
    expect(problemsOf(piece, { name: 5, isOn: "yes", sizes: [1, 0, 2.5, "3"], other: 1 })).toEqual([
      "$.p.name must be a text, not 5",
      '$.p.isOn must be true or false, not "yes"',
      "$.p.sizes[1] must be a whole number from 1 to 9, not 0",
      "$.p.sizes[2] must be a whole number from 1 to 9, not 2.5",
      '$.p.sizes[3] must be a whole number from 1 to 9, not "3"',
      "$.p.other unknown key 'other'",
    ]);
    expect(problemsOf(piece, {})).toEqual(["$.p.name is missing: must be a text"]);
    expect(problemsOf(piece, { name: "bad", sizes: [] })).toEqual([
      "$.p.name is bad",
      "$.p.sizes must not be empty, not []",
    ]);
    expect(problemsOf(piece, [])).toEqual(["$.p must be an object, not []"]);
    expect(problemsOf(choice("a", "b"), "c")).toEqual(['$.p must be one of "a", "b", not "c"']);
    expect(problemsOf(choice(1), undefined)).toEqual(["$.p is missing: must be 1"]);
    expect(problemsOf(record(flag), { a: true, b: null })).toEqual(["$.p.b must be true or false, not null"]);
  });

  test("keys of Object.prototype are keys like any other", () => {
    const source: unknown = JSON.parse('{"name":"x","__proto__":{"isOn":true},"toString":1}');
    expect(problemsOf(piece, source)).toEqual([
      "$.p.__proto__ unknown key '__proto__'",
      "$.p.toString unknown key 'toString'",
    ]);
    const read = record(anything)(source, [], () => undefined);
    expect(Object.keys(read ?? {})).toEqual(["name", "__proto__", "toString"]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });

  test("any value is either read or refused with a reason, and what is read is what was written", () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: fc.jsonValue(), isOn: fc.jsonValue(), sizes: fc.jsonValue() }, { requiredKeys: [] }),
      fc.record({ name: fc.string(), sizes: fc.array(fc.integer({ min: 0, max: 10 })) }),
    );
    fc.assert(
      fc.property(value, (value) => {
        if (problemsOf(piece, value).length > 0) return;
        expect(piece(value, [], () => undefined)).toEqual(value);
      }),
      { numRuns: 2000 },
    );
  });
});
