import fc from "fast-check";
import { expect, test } from "vitest";
import { createPainter } from "./painter.js";

/** What a terminal of this size shows after these writes: knows the five sequences that are used, and fails at any other. */
function terminal(columns: number, rows: number) {
  let lines = Array.from({ length: rows }, () => "garbage");
  let row = 0;
  return {
    lines: () => lines,
    write(text: string) {
      for (const [, place, erase, clear, reset, characters] of text.matchAll(
        /\u001b\[(\d+);1H|(\u001b\[2K)|(\u001b\[2J)|(\u001b\[0m)|([^\u001b]+)/g,
      )) {
        if (place !== undefined) row = Number(place) - 1;
        else if (clear !== undefined) lines = lines.map(() => "");
        else if (erase !== undefined) lines[row] = "";
        else if (characters !== undefined) lines[row] += characters.slice(0, columns);
        else expect(reset).toBeDefined();
        // Nothing is ever written below the last line: that would scroll.
        expect(row).toBeLessThan(rows);
      }
      expect(text.replaceAll(/\u001b\[(?:\d+;1H|2K|2J|0m)/g, "")).not.toContain("\u001b");
      expect(text).not.toMatch(/[\r\n]/);
    },
  };
}

test("after any series of screens the terminal shows the last one, from whatever it showed before", () => {
  const screens = fc.array(fc.array(fc.constantFrom("", "one", "two", "three"), { maxLength: 8 }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(screens, fc.integer({ min: 1, max: 6 }), (series, rows) => {
      const [painter, shown] = [createPainter(), terminal(20, rows)];
      for (const lines of series) {
        shown.write(painter.paint(lines, 20, rows));
        expect(shown.lines()).toEqual(Array.from({ length: rows }, (_, index) => lines[index] ?? ""));
      }
    }),
  );
});

test("only what changed is written; nothing when nothing did", () => {
  const painter = createPainter();
  painter.paint(["a", "b", "c"], 80, 24);
  expect(painter.paint(["a", "B", "c"], 80, 24)).toBe("\u001b[2;1H\u001b[2KB");
  expect(painter.paint(["a", "B", "c"], 80, 24)).toBe("");
  expect(painter.paint(["a", "B", "c"], 81, 24)).toContain("\u001b[2J");
  painter.forget();
  expect(painter.paint(["a", "B", "c"], 81, 24)).toContain("\u001b[2J");
});
