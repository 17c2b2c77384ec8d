import type { FieldValue } from "@wiggum/ticket-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readBoolean,
  readList,
  readPriority,
  readText,
  readTime,
  readValue,
  writeList,
  writeText,
  writeValue,
} from "./item-values.js";
import { authorWord, entryText, firstEntryText, readThread } from "./thread.js";

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "null",
    "none",
    "true",
    "007",
    "1e3",
    "[a, b]",
    "{}",
    '"q"',
    " x",
    "a\nb",
    "",
    "a, b",
    "'x'",
    "- x",
    "---",
    "\u2028",
    "\u0085",
  ),
);

describe("a value comes back as it was, and is one line", () => {
  const isLine = (raw: string) => raw !== "" && !/[\n\r\u2028\u2029\u0085]/.test(raw) && raw.trim() === raw;

  test("a text", () => {
    fc.assert(
      fc.property(text, (value) => {
        const raw = writeText(value);
        expect(isLine(raw)).toBe(true);
        expect(readText(raw)).toBe(value);
      }),
    );
  });

  test("a list", () => {
    fc.assert(
      fc.property(fc.array(text), (items) => {
        const raw = writeList(items);
        expect(isLine(raw)).toBe(true);
        expect(readList(raw)).toEqual(items);
      }),
    );
  });

  test("any value that front matter can have", () => {
    const value = fc.oneof(text, fc.jsonValue({ noUnicodeString: false })) as fc.Arbitrary<FieldValue>;
    fc.assert(
      fc.property(value, (each) => {
        const wanted = JSON.parse(JSON.stringify(each)) as FieldValue;
        const raw = writeValue(wanted);
        expect(isLine(raw)).toBe(true);
        expect(readValue(raw)).toEqual(wanted);
      }),
    );
  });
});

test("what others write is read as they mean it", () => {
  expect(["[a, b]", "[ 'a' , \"b\", ]", "solo", "null", "[]", ""].map((raw) => readList(raw))).toEqual([
    ["a", "b"],
    ["a", "b"],
    ["solo"],
    [],
    [],
    [],
  ]);
  expect(["yes", "1", "True", "no", "0", "perhaps"].map(readBoolean)).toEqual([
    true,
    true,
    true,
    false,
    false,
    undefined,
  ]);
  expect(["P0", "p3", "4", "urgent", "Low", "someday", "P7"].map(readPriority)).toEqual([
    0, 3, 4, 0, 3, 2, 2,
  ]);
  expect(readTime("2026-01-02T04:04:05+01:00")).toBe("2026-01-02T03:04:05Z");
  expect(readTime("yesterday")).toBeUndefined();
});

// P18
test("any text of an event comes back but for line ends at its end, and never ends or begins another", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "",
      "---",
      "## Comment",
      "<!-- event: x author: a at: b -->",
      "  <!-- event: close at: c -->",
      "<!--\\ event: e at: f -->",
      "<!--\\\\ event: e at: f -->",
      "References:",
      "- url: x",
      "\ttab",
      "--- ",
    ),
  );
  const body = fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(fc.array(body, { maxLength: 6 }), (bodies) => {
      const at = "2026-01-02T03:04:05Z";
      const thread = bodies.reduce(
        (written, each) => written + entryText({ kind: "comment", author: "ann", at, body: each }),
        firstEntryText("ann", at),
      );
      const events = readThread(thread).slice(1);
      expect(events.map((event) => event.body)).toEqual(
        bodies.map((each) => each.replace(/(?:\r?\n)+$/, "").replace(/^(?:\r?\n)+$/, "")),
      );
      for (const event of events)
        expect([event.kind, event.author, event.at]).toEqual(["comment", "ann", at]);
    }),
    { numRuns: 500 },
  );
});

test("an author is one word that ends no comment", () => {
  fc.assert(
    fc.property(text, (name) => {
      const word = authorWord(name);
      expect(word).toMatch(/^[^\s<>\p{Cc}]+$/u);
      expect(authorWord(word)).toBe(word);
    }),
  );
  expect(["Ann B", " ", "-->", "x --> y"].map(authorWord)).toEqual(["Ann_B", "unknown", "--_", "x_--_y"]);
});
