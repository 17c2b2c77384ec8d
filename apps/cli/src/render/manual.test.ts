import { describe, expect, test } from "vitest";
import { topicText } from "../topic-page.js";
import { topics } from "../topics.js";
import { manualText } from "./manual.js";

const isTopic = (name: string) => Object.hasOwn(topics, name);
const shown = (markdown: string, columns = 60) => manualText(markdown, columns, isTopic);

describe("every topic of the help", () => {
  test.each(Object.keys(topics))("%s: fits the terminal and leaves no mark-up behind", async (name) => {
    const markdown = await topicText(name);
    for (const columns of [60, 80, 200]) {
      const text = shown(markdown, columns);
      expect(text).not.toMatch(/\]\(|<!--|^#|^\||^```/m);
      for (const line of text.split("\n")) {
        expect(line).toBe(line.trimEnd());
        const isCode = line.startsWith("    ");
        const words = line.trim().split(" ");
        // What stands in a line of its own can be one long word, or the names of a table's row.
        if (isCode || words.length === 1 || /^ {2}[`<[]/.test(line)) continue;
        expect([...line].length).toBeLessThanOrEqual(Math.min(columns, 110));
      }
    }
  });

  test.each(Object.keys(topics))("%s: every word of the page is shown", async (name) => {
    const words = (text: string) => new Set(text.match(/[A-Za-z_-]{4,}/g));
    const markdown = (await topicText(name)).replace(/<!--[\s\S]*?-->/g, "").replace(/\]\([^)]*\)/g, "");
    const page = words(shown(markdown.replace(/^```\w+$/gm, "```"), 200));
    const lost = [...words(markdown.replace(/^```\w+$/gm, "").replace(/^\|[-|]+\|$/gm, ""))].filter(
      (word) => !page.has(word),
    );
    expect(lost).toEqual([]);
  });
});

test("paragraphs and list entries are wrapped, each with its margin; code stays as it is", () => {
  const long = "word ".repeat(20).trim();
  const text = shown(`# Title\n\n${long}\n\n- ${long}\n- two\n\n\`\`\`sh\n# no heading\n${long}\n\`\`\`\n`);
  expect(text.split("\n").slice(0, 2)).toEqual(["Title", "====="]);
  expect(text).toContain(`\n- ${"word ".repeat(11).trim()}\n  word`);
  expect(text).toContain(`\n    # no heading\n    ${long}\n`);
});

test("a table that is too wide for columns: the first cell beside the others, each with its heading", () => {
  const rows = `| name | value | default |\n|---|---|---|\n| \`A_LONG_NAME\` | ${"x".repeat(30)} a \\| b | four |\n`;
  expect(shown(rows)).toBe(
    `  name           value\n\n  \`A_LONG_NAME\`  ${"x".repeat(30)} a | b;\n                 default: four\n`,
  );
  expect(shown("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n")).toBe("  a  b  c\n\n  1  2  3\n");
});

test("a link becomes the command that shows its page, or its words", () => {
  expect(
    shown("See [hooks](hooks.md#time) and [the code](../src/x.ts), `**/*.js`, **not** that.\n", 200),
  ).toBe("See hooks ('wiggum help hooks') and the code, `**/*.js`, not that.\n");
});
