import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTerminalText } from "./terminal-text.js";

function textOf(...pieces: readonly (string | Buffer)[]): string {
  const text = createTerminalText();
  return `${pieces.map((piece) => text.push(Buffer.from(piece))).join("")}${text.end()}`;
}

describe("the text in a terminal's bytes", () => {
  test.each([
    ["line ends of a terminal", "a\r\nb\r\r\n", "a\nb\n"],
    ["what is written over", "10 %\r20 %\r\n", "10 %\n20 %\n"],
    ["colours", "\u001b[1;31mred\u001b[0m \u001b[38;2;1;2;3mrgb\u001b[m", "red rgb"],
    ["a title, ended in either way", "\u001b]2;a title\u0007x\u001b]0;another\u001b\\y", "xy"],
    ["a string for the device", "\u001bPsome;thing\u001b\\z", "z"],
    ["short sequences", "\u001b(B\u001b=\u001b7a\u001b8\u001bMb", "ab"],
    ["bells and backspaces", "a\u0007b\u0008c\u007f", "abc"],
    ["tabs, which are text", "a\tb", "a\tb"],
    ["a sequence that never ends", "a\u001b[12", "a\u001b[12".replace("\u001b", "")],
  ])("%s", (_, bytes, text) => {
    expect(textOf(bytes)).toBe(text);
  });

  test("is the same wherever the bytes are cut", () => {
    const part = fc.constantFrom(
      ...[
        "\u001b[31m",
        "\u001b]2;t\u0007",
        "\u001b]2;t\u001b\\",
        "\u001b(B",
        "\r\n",
        "\r",
        "ü",
        "🦊",
        "x",
        "\u001b",
        "[",
        "\\",
        "\n",
      ],
    );
    const cuts = fc.array(fc.nat(60), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 25 }), cuts, (parts, at) => {
        const bytes = Buffer.from(parts.join(""));
        const places = [
          0,
          ...at.filter((place) => place < bytes.length).toSorted((a, b) => a - b),
          bytes.length,
        ];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        expect(textOf(...pieces)).toBe(textOf(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
