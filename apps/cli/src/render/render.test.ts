import { describe, expect, test } from "vitest";
import { printable, printableJson } from "../printable.js";
import { duration } from "./duration.js";
import { fieldText } from "./field-text.js";
import { cut, fitted, fittedWidths, tableText } from "./table.js";

describe("printable", () => {
  test("escapes every character that steers a terminal and nothing else", () => {
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      const isSteering =
        code < 0x20 ||
        (code >= 0x7f && code <= 0x9f) ||
        (code >= 0x202a && code <= 0x202e) ||
        (code >= 0x2066 && code <= 0x2069) ||
        // Stands for a byte of a file name that is no text.
        (code >= 0xdc80 && code <= 0xdcff);
      expect(printable(character) === character).toBe(!isSteering);
      const isLine = character === "\n" || character === "\t";
      expect(printable(character, "lines") === character).toBe(!isSteering || isLine);
    }
  });

  test("JSON keeps its meaning", () => {
    const value = { "\u0085": ["\u009b1m", "\u2028", "\u202e", "é", "\u0000", '"\\'] };
    expect(JSON.parse(printableJson(value))).toEqual(value);
    expect(printableJson(value)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
  });
});

describe("table", () => {
  test("is laid out like the original's printf", () => {
    const text = tableText({
      header: ["ID", "STATE"],
      rows: [["tk-1", "in-progress-for-long"]],
      widths: [10, 10],
      dashes: 79,
    });
    expect(text).toBe(
      `\n${"ID        "} ${"STATE     "}\n${"-".repeat(79)}\ntk-1       in-progress-for-long\n\n`,
    );
  });

  test("fitted: every column begins in one place, whatever stands in it, and the rule is as wide as the widest line", () => {
    const cells = [
      ["EVENT", "HOOK", "STATE"],
      ["01KTESTEVENTTHATISLONGERTHANALLOTHERS", "on-a", "failed\u001b[2J"],
      ["01K", "on-review-done-and-more", "é — x"],
    ];
    const [header = [], ...rows] = cells;
    const [blank, ...lines] = tableText(fitted(header, rows)).split("\n");
    expect(blank).toBe("");
    const [first = "", rule = "", ...others] = lines.filter((line) => line !== "");
    const starts = (line: string, row: readonly string[]) => row.map((cell) => line.indexOf(printable(cell)));
    for (const [index, line] of others.entries()) {
      expect(starts(line, rows[index] ?? [])).toEqual(starts(first, header));
      expect(line).toBe(line.trimEnd());
    }
    expect(rule).toBe("-".repeat(Math.max(first.length, ...others.map((line) => line.length))));
    expect(fittedWidths([])).toEqual([]);
  });

  test("38 characters stay, 39 become 35 and three dots; characters, not code units", () => {
    expect(cut("x".repeat(38), 38)).toBe("x".repeat(38));
    expect(cut("x".repeat(39), 38)).toBe(`${"x".repeat(35)}...`);
    expect(cut("😀".repeat(39), 38)).toBe(`${"😀".repeat(35)}...`);
  });
});

test("duration: seconds, minutes, hours with minutes", () => {
  const ms = [-5, 0, 45_999, 60_000, 12 * 60_000, 90 * 60_000, 25 * 3_600_000];
  expect(ms.map((value) => duration(value))).toEqual(["0s", "0s", "45s", "1m", "12m", "1h 30m", "25h 0m"]);
});

test("a field's value in a sentence: none, lists, long texts", () => {
  expect([undefined, null, "", [], 0, false].map(fieldText)).toEqual([
    "none",
    "none",
    "none",
    "none",
    "0",
    "false",
  ]);
  expect(fieldText(["a", "b"])).toBe("a, b");
  expect(fieldText({ kind: "x" })).toBe('{"kind":"x"}');
  expect([...fieldText("y".repeat(100))]).toHaveLength(60);
});
