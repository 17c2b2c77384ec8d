import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { describe, expect, test } from "vitest";
import { nastyMarkdown } from "./testing/nasty-markdown.js";
import { exactOutline } from "./section-outline-exact.js";
import { outlineOf } from "./section-outline.js";

test("x", () => {
  let doubts = 0;
  fc.assert(
    fc.property(nastyMarkdown(), (text) => {
      const { headings, literals } = outlineOf(text);
      const exact = exactOutline(text);
      expect({ headings, literals }).toEqual({ headings: exact.headings, literals: exact.literals });
    }),
    { numRuns: Number(process.env["RUNS"] ?? 1000) },
  );
});
