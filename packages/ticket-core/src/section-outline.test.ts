import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { describe, expect, test, vi } from "vitest";
import { outlineOf } from "./section-outline.js";
import { exactOutline } from "./section-outline-exact.js";
import { scanOutline } from "./section-outline-scan.js";
import { nastyMarkdown } from "./testing/nasty-markdown.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const numRuns = Number(process.env["RUNS"] ?? 1500);

/** Where the full parser, with nothing turned off, sees a heading `## …` of the document in the first column. */
function headingsByParser(text: string): readonly number[] {
  return fromMarkdown(text).children.flatMap((node) => {
    const at = node.position?.start.offset ?? 0;
    const isInFirstColumn = at === 0 || /[\r\n]/.test(text.charAt(at - 1));
    const isAtx = /^##(?:[ \t\r\n]|$)/.test(text.slice(at));
    return node.type === "heading" && isInFirstColumn && isAtx ? [at] : [];
  });
}

describe("outline", () => {
  test("says of every text what a full CommonMark parser says", () => {
    fc.assert(
      fc.property(fc.oneof(nastyMarkdown(12), nastyMarkdown(60)), (text) => {
        const { headings, literals } = outlineOf(text);
        const exact = exactOutline(text);
        expect({ headings, literals }).toEqual({ headings: exact.headings, literals: exact.literals });
        const byParser = headingsByParser(text.replace(/^\uFEFF/, "x"));
        expect(headings.filter(({ level }) => level === 2).map(({ start }) => start)).toEqual(byParser);
      }),
      { numRuns },
    );
  });

  test("says so of lists, fences and tags within each other", () => {
    const lines = fc.constantFrom(
      ..."- a|- ~~~|1. ```|  - b|  - ```|  ```|  ~~~|    ```|   ```|  > ~~~|> ```|  <div>|<div>|<b>|  <!--|<!-- x -->|-->".split(
        "|",
      ),
      ..."|x|  x|    x|## Two|### From x|- # a|  \\## y|  ## y|```|~~~".split("|"),
    );
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 12, size: "max" }), (lines) => {
        const text = lines.join("\n");
        const { headings, literals } = outlineOf(text);
        const exact = exactOutline(text);
        expect({ headings, literals }).toEqual({ headings: exact.headings, literals: exact.literals });
      }),
      { numRuns: numRuns * 4 },
    );
  });

  test.each([
    "- a\n    ```\n  ```\n  x\n  ```\n## Two",
    "- ~~~\n  - x\n  ```\n  x\n  ```\n## Two",
    "1. a\n\n   > ```\n   ```\n   x\n   ```\n## Two",
    "- a\n  <div>\n  ```\n  x\n  ```\n## Two\n\n## Three",
    "- a\n  ```\n    ```\n  ```\n## Two",
    "- a\n   ```\n  x\n   ```\n## Two\n   ```\n",
    "* * *\n  ```\n## Two\n  ```\n## Three",
  ])("tells %j as the parser does", (text) => {
    const { headings, literals } = outlineOf(text);
    const exact = exactOutline(text);
    expect({ headings, literals }).toEqual({ headings: exact.headings, literals: exact.literals });
  });

  test("reads ordinary text without the parser, lists with code in them included", () => {
    const ordinary = [
      "## Description",
      "",
      "Text with `code`, <b>tags</b> and a list:",
      "",
      "1. Run this:",
      "   ```sh",
      "   # not a heading",
      "   npm test",
      "   ```",
      "2. <!-- a note -->",
      "   - nested",
      "",
      "> quoted",
      "",
      "```md",
      "## not a heading",
      "```",
      "<!-- ",
      "## not a heading",
      "-->",
      "## Notes",
      "",
    ].join("\n");
    const scan = scanOutline(ordinary, 0, 0);
    expect(scan.doubt).toBeUndefined();
    expect(scan.headings.map(({ text }) => text)).toEqual(["Description", "Notes"]);
  });

  test("asks the parser where a fence may belong to a list or to the document", () => {
    const listed = "- item\n  ```\n## One\n";
    const own = "1. item\n  ```\n## One\n";
    expect(scanOutline(listed, 0, 0).doubt).toBeDefined();
    expect(outlineOf(listed).headings.map(({ text }) => text)).toEqual(["One"]);
    expect(outlineOf(own).headings).toEqual([]);
  });

  test.each([
    ["lists with broken fences", "- a\n  ```\n\n"],
    ["lists with broken comments", "1. a\n   <!--\n\ntext\n\n"],
    ["deep quotations", `${"> ".repeat(300)}a\n`],
    ["deep lists", `${"- ".repeat(300)}a\n  \`\`\`\n`],
    ["open fences", "```\n"],
    ["tags", "<div>\n"],
    ["headings in tags", "<div>\n## One\n"],
    ["headings in lists with broken fences", "1. a\n  ```\n## One\n"],
  ])(
    "reads 300 kB of %s and what follows",
    (_name, piece) => {
      const text = `## First\n\n${piece.repeat(Math.ceil(300_000 / piece.length))}\n\n## Last\n`;
      expect(outlineOf(text).headings[0]?.text).toBe("First");
    },
    60_000,
  );
});
