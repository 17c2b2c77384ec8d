import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isColoured } from "./coloured.js";
import { shownWidth } from "./shown-width.js";
import { tableText } from "./table.js";
import { terminalTable } from "./terminal-table.js";

const tickets = {
  header: ["ID", "STATE", "TYPE", "PRI", "TITLE"],
  rows: [
    ["tk-1a2b", "in-progress", "task", "2", "日本語のタイトル that is longer than what fits here"],
    ["tk-3c4d", "ready", "bug", "1", "Short"],
  ],
  widths: [10, 10, 10, 3, 40],
  dashes: 79,
  cutAt: 38,
};

test("100 columns: the columns of the original, the title whole", () => {
  expect(terminalTable(tickets, 100, false).split("\n")).toEqual([
    "",
    "ID         STATE       TYPE       PRI TITLE",
    "-".repeat(89),
    "tk-1a2b    in-progress task       2   日本語のタイトル that is longer than what fits here",
    "tk-3c4d    ready       bug        1   Short",
    "",
    "",
  ]);
});

test("46 columns: closer together, the title cut; 20 columns: a few lines for each row", () => {
  expect(terminalTable(tickets, 46, false).split("\n").slice(1, 4)).toEqual([
    "ID      STATE       TYPE PRI TITLE",
    "-".repeat(46),
    "tk-1a2b in-progress task 2   日本語のタイトル…",
  ]);
  expect(terminalTable(tickets, 20, false).split("\n")).toEqual([
    "",
    "tk-1a2b",
    "  in-progress · task",
    "  · 2",
    "  日本語のタイトル…",
    "tk-3c4d",
    "  ready · bug · 1",
    "  Short",
    "",
    "",
  ]);
});

test("without a terminal: what `printf '%-10s %-10s %-10s %-3s %-40s'` gives, and a title of 35 characters and three dots", () => {
  expect(tableText(tickets).split("\n")).toEqual([
    "",
    "ID         STATE      TYPE       PRI TITLE                                   ",
    "-".repeat(79),
    "tk-1a2b    in-progress task       2   日本語のタイトル that is longer than what f...  ",
    "tk-3c4d    ready      bug        1   Short                                   ",
    "",
    "",
  ]);
});

test("whatever stands in it: no line is wider than the terminal, and what names a row is whole", () => {
  const cell = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 15 }),
    fc.constantFrom("\u001b[31m", "漢字漢字", "👩‍👩‍👧", "x".repeat(50)),
  );
  const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, cell, cell)), fc.integer({ min: 14, max: 100 }), (rows, columns) => {
      const text = terminalTable(
        { header: ["NAME", "A", "B"], rows, widths: [10, 5, 0], dashes: 20 },
        columns,
        false,
      );
      expect(text).not.toContain("\u001b");
      for (const line of text.split("\n")) expect(shownWidth(line)).toBeLessThanOrEqual(columns);
      for (const [first] of rows) expect(text).toContain(first);
    }),
  );
});

describe("colours", () => {
  const terminal = { write: () => {}, isTerminal: true, columns: 80 };
  const pipe = { write: () => {}, isTerminal: false, columns: undefined };

  test.each([
    { stream: terminal, environment: { TERM: "xterm" }, expected: true },
    { stream: terminal, environment: { TERM: "xterm", NO_COLOR: "" }, expected: true },
    { stream: terminal, environment: { TERM: "xterm", NO_COLOR: "1" }, expected: false },
    { stream: terminal, environment: { TERM: "dumb" }, expected: false },
    { stream: pipe, environment: { TERM: "xterm", FORCE_COLOR: "1" }, expected: false },
  ])("$environment: $expected", ({ stream, environment, expected }) => {
    expect(isColoured(stream, environment)).toBe(expected);
    const text = terminalTable(tickets, 80, isColoured(stream, environment));
    expect(text.includes("\u001b[1m")).toBe(expected);
  });
});
