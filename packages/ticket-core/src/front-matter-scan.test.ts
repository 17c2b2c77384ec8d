import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { encodeTicket } from "./codec.js";
import { isTicketError } from "./errors.js";
import { type FrontMatterRange, frontMatterRangeOf } from "./front-matter.js";
import { scanFrontMatter } from "./front-matter-scan.js";
import { parseFrontMatter } from "./front-matter-yaml.js";
import { anyTicket, frontMatterWord, handWritten, plainTicket } from "./testing/nasty-tickets.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 1000) };

function rangeOf(text: string): FrontMatterRange | undefined {
  try {
    return frontMatterRangeOf(text, {});
  } catch (error) {
    if (isTicketError(error, "TICKET_UNREADABLE")) return undefined;
    throw error;
  }
}

/** Without what only says where a simple list begins. */
function comparable(entries: ReturnType<typeof parseFrontMatter>): unknown {
  return entries.map(({ valueStart, items, ...entry }) => ({
    ...entry,
    ...(items ? { items } : { valueStart }),
  }));
}

/** Did the scanner answer? */
function expectAgreement(text: string): boolean {
  const range = rangeOf(text);
  const scanned = range && scanFrontMatter(text, range);
  if (range === undefined || scanned === undefined) return false;
  expect(comparable(scanned)).toEqual(comparable(parseFrontMatter(text, range, {})));
  return scanned.length > 0;
}

describe("scanner", () => {
  test("answers what the YAML parser answers, or nothing", () => {
    const text = fc.oneof(
      handWritten(),
      anyTicket().map((ticket) => encodeTicket(ticket)),
    );
    fc.assert(
      fc.property(text, (text) => void expectAgreement(text)),
      runs,
    );
  });

  test("does so for any words behind a key, in a list and in brackets", () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom("", "x", "tk-1", "7") },
      frontMatterWord,
      fc.array(frontMatterWord, { maxLength: 3 }).map((words) => `[${words.join(", ")}]`),
      frontMatterWord.map((word) => JSON.stringify(word)),
      fc.string({ maxLength: 6 }),
    );
    const pieces = fc.array(fc.tuple(fc.constantFrom("a: ", "b:", "c:  ", "  - ", " - ", "- ", "  "), value));
    let answered = 0;
    fc.assert(
      fc.property(pieces, fc.constantFrom("\n", "\r\n"), (lines, lineEnd) => {
        const text = ["---", ...lines.map((line) => line.join("")), "---", ""].join(lineEnd);
        if (expectAgreement(text)) answered += 1;
      }),
      { numRuns: runs.numRuns * 3 },
    );
    expect(answered).toBeGreaterThan(runs.numRuns / 20);
  });

  test.each([
    "a: b # comment",
    "# comment",
    "a: 'b'",
    "a: 0x1F",
    "a: 1.0",
    "a: Null",
    "a: &x b",
    "a: !!str b",
    "a: {b: c}",
    "a: [b, [c]]",
    "a: [1, 2]",
    "a: |\n  b",
    "a: b\n  c",
    "a:\tb",
    "a: b\na: c",
    "a:\n  - b\n - c",
    "a:\n  - b\n    - c",
    "a:\n  - b: c",
    "a:\n- b",
    "a: b: c",
    "a: -",
    "a",
    '"a": b',
    "a:b",
  ])("leaves %j to the parser", (lines) => {
    const text = `---\n${lines}\n---\n`;
    expect(scanFrontMatter(text, frontMatterRangeOf(text, {}))).toBeUndefined();
  });

  test("answers for what Wiggum writes", () => {
    const ticket = plainTicket({
      assignedAgentId: "worker-0",
      dependsOn: ["tk-3c4d", "tk-5e6f"],
      labels: ["a b", "c: d"],
      actionRequired: { reason: "Which one?", since: "2026-01-02T03:00:00Z", by: "worker-0" },
      references: [{ kind: "file", target: "src/a.ts" }],
      needsPreflight: true,
      leaseEpoch: 12,
      fields: { reviewer: "no", estimate: 3, note: 'say "x"\n' },
    });
    const text = encodeTicket(ticket);
    expect(scanFrontMatter(text, frontMatterRangeOf(text, {}))).toHaveLength(20);
  });
});
