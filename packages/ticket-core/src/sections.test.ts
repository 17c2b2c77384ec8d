import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { isTicketError } from "./errors.js";
import { appendEvent } from "./events.js";
import { contentOf, partsOf } from "./section-parts.js";
import { findSection, readSection, writeSection } from "./sections.js";
import { anyBody, expectOthersKept, isClosed } from "./testing/nasty-bodies.js";
import { anyText, nastyMarkdown } from "./testing/nasty-markdown.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 500) };

const heading = fc.oneof(
  fc.constantFrom(
    "Notes",
    "Description",
    "Two",
    "Feedback",
    "Résumé",
    "# x #",
    "a \\#",
    "a #",
    "Two ##",
    "##",
    "#",
  ),
  fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => text.trim() === text && !/[\p{Cc}\u2028\u2029]/u.test(text)),
);

/** The parts of the first section with the heading that `writeSection` gives this name. */
function partsUnder(body: string, name: string): ReadonlySet<string> {
  const source = partsOf(writeSection("", name, "")).at(-1)?.heading ?? "";
  const parts = partsOf(body);
  const span = findSection(parts, source);
  return new Set(span && parts.slice(span.first, span.end).map(({ kind, head }) => `${kind} ${head}`));
}

describe("sections", () => {
  // P18
  test("any text in any section comes back byte-equal and leaves all other parts as they were", () => {
    fc.assert(
      fc.property(anyBody(), heading, anyText(), (before, name, text) => {
        const after = writeSection(before, name, text);
        expect(readSection(after, name)).toBe(text);
        const own = partsUnder(before, name);
        expectOthersKept(before, after, (part) => own.has(part));
        expect(writeSection(after, name, text)).toBe(after);
        expect(writeSection(after, name, readSection(after, name) ?? "")).toBe(after);
      }),
      runs,
    );
  });

  test("two names never mean the same section", () => {
    fc.assert(
      fc.property(heading, heading, (one, two) => {
        const body = writeSection(writeSection("", one, "first"), two, "second");
        expect(readSection(body, two)).toBe("second");
        expect(readSection(body, one)).toBe(one === two ? "second" : "first");
      }),
      runs,
    );
  });

  test.each([
    "A paragraph.\n\nAnother one.",
    "# Big\n\n### Small\n\n#### From below",
    "- a list\n  - with `code`\n\n```sh\n# a comment\n## another\n```\n\n1. and\n   ```js\n   x\n   ```\n2. this",
    "Title\n=====\n\nSub\n---\n\n***\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "<!-- a note\n## not a heading\n-->\n\n<details>\n<summary>x</summary>\n\ntext\n\n</details>",
    "---\nid: tk-9\nstate: done\n---\n\n[a]: https://x.y\n\n> quoted\n> ## inside",
    "C:\\dir\\file \\* not bold \\_",
  ])("ordinary text is stored as it is: %j", (text) => {
    const body = writeSection("\n## Description\n\nold\n\n## Comments\n", "Description", text);
    expect(body).toBe(`\n## Description\n\n${text}\n\n## Comments\n`);
  });

  test.each([
    ["## Notes", "\\## Notes"],
    ["\\## Notes", "\\\\## Notes"],
    ["```\nopen", "\\```\nopen"],
    ["~~~\na\n~~~\n## b\n```", "~~~\na\n~~~\n\\## b\n\\```"],
    ["a\n<!-- open", "a\n\\<!-- open"],
    ["<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x", "\\<<<<<<< HEAD\na\n=======\nb\n\\>>>>>>> x"],
    ["```\n<<<<<<< HEAD\n```", "```\n\\<<<<<<< HEAD\n```"],
    ["\n\nfoo\n", "\n\nfoo\n"],
    ["```\n\\## x\n\\```\n```\n## y", "```\n\\## x\n\\```\n```\n\\## y"],
    ["### From x", "### From x"],
  ])("a backslash stands only where it is needed: %j", (text, stored) => {
    const parts = partsOf(writeSection("", "Notes", text));
    expect(contentOf(parts[1] ?? { raw: "", lineEnd: "\n" }, false)).toBe(stored);
    expect(parts).toHaveLength(2);
  });

  test("a fence or comment that a person left open is closed before something follows it", () => {
    fc.assert(
      fc.property(
        nastyMarkdown(20).filter((body) => !isClosed(body)),
        anyText(),
        (before, text) => {
          const written = writeSection(before, "New one", text);
          expect(readSection(written, "New one")).toBe(text);
          const event = { id: "1", kind: "plan", source: "x", at: "2025-01-01T00:00:00Z", text };
          const after = appendEvent(written, event);
          expect(readSection(after, "New one")).toBe(text);
          const closing = partsOf(before).at(-1)?.closing ?? "";
          expect(written.startsWith(before)).toBe(true);
          expect(written.slice(before.length).trimStart().startsWith(closing)).toBe(true);
        },
      ),
      runs,
    );
  });

  test("a heading is one line of text", () => {
    for (const unfit of ["", "  ", "a\nb", "a\u001bb", "a\rb"]) {
      expect(readSection("## a\n", unfit)).toBeUndefined();
      expect(codeOf(() => writeSection("", unfit, "x"))).toBe("TICKET_INVALID");
    }
  });

  test("text that no file can hold is refused", () => {
    for (const unfit of ["a\0b", "\ud800", "a\udc00"]) {
      expect(codeOf(() => writeSection("", "Notes", unfit))).toBe("TICKET_INVALID");
    }
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return isTicketError(error) ? error.code : String(error);
  }
  return undefined;
}
