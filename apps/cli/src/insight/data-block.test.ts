import fc from "fast-check";
import { expect, test } from "vitest";
import { dataBlock } from "./data-block.js";

const text = fc.array(fc.string({ unit: "binary", maxLength: 40 })).map((parts) => parts.join("\n"));
const options = fc.record({
  mostBytes: fc.integer({ min: 0, max: 400 }),
  keep: fc.constantFrom("start" as const, "end" as const),
  isNumbered: fc.boolean(),
});

test("whatever the text is: every line bears the mark, nothing steers a terminal, the size is kept", () => {
  fc.assert(
    fc.property(text, options, (given, how) => {
      const block = dataBlock(given, how);
      const lines = block.split("\n").slice(0, -1);
      for (const line of lines) expect(line).toMatch(/^( *\d*\| |\[\d+ lines? (is|are) left out here\]$)/);
      expect(lines.filter((line) => line.startsWith("[")).length).toBeLessThanOrEqual(1);
      expect(block).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      expect(Buffer.byteLength(block)).toBeLessThanOrEqual(how.mostBytes + 40);
    }),
  );
});

test("too much: the wanted end stays, with its numbers, and what is missing is counted", () => {
  const given = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`).join("\n");
  expect(dataBlock(given, { mostBytes: 30, keep: "end", isNumbered: true })).toBe(
    "[28 lines are left out here]\n29| line 29\n30| line 30\n",
  );
  expect(dataBlock(given, { mostBytes: 20 })).toBe("| line 1\n| line 2\n[28 lines are left out here]\n");
  expect(dataBlock("", { mostBytes: 20 })).toBe("");
  expect(dataBlock("x".repeat(2_000), { mostBytes: 4_000 })).toBe(`| ${"x".repeat(600)} […]\n`);
});
