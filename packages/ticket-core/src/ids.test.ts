import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTicketError } from "./errors.js";
import { checkTicketId, drawTicketId, idDigits, isTicketId, maxIdLength, resolveId } from "./ids.js";

describe("isTicketId", () => {
  test.each([
    "tk-5c46",
    "tk-5c46ab12",
    "20260605-040104-ticket-local",
    "mca-7k2f",
    "ABC-1",
    "a",
    "a.b",
    "a_b",
  ])("takes %s", (id) => {
    expect(isTicketId(id)).toBe(true);
    expect(checkTicketId(id)).toBe(id);
  });

  test.each([
    "",
    "../x",
    "a/b",
    "a\\b",
    "..",
    ".",
    "a..b",
    ".hidden",
    "-flag",
    "a.",
    "a.lock",
    "a.LOCK",
    "README",
    "readme",
    "a b",
    "a\n",
    "a\u0000b",
    "a\u001b[2J",
    "tk-é",
    "tk-１２",
    "a:b",
    "a~1",
    "a^",
    "a@{1}",
    "a?",
    "a*",
    "a".repeat(maxIdLength + 1),
  ])("refuses %j", (id) => {
    expect(isTicketId(id)).toBe(false);
    expect(() => checkTicketId(id)).toThrow(expect.objectContaining({ code: "ID_INVALID" }));
  });

  test.each([undefined, null, 3, {}, ["tk-1"]])("refuses %j, which is no text", (id) => {
    expect(isTicketId(id)).toBe(false);
  });

  test("a refused id is shown escaped", () => {
    expect(() => checkTicketId("a\u001b[2J")).toThrow("a\\u001b[2J");
  });

  test("whatever is taken is one plain path segment", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (text) => {
        if (!isTicketId(text)) return;
        expect(text).toMatch(/^[\w.-]+$/);
        expect(text).not.toContain("..");
        expect([".", "-"]).not.toContain(text[0]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("drawing", () => {
  test("ids get longer with the store", () => {
    expect([0, 499, 500, 20_000, 20_001].map(idDigits)).toEqual([4, 4, 6, 6, 8]);
  });

  test("a drawn id is an id of that many lowercase hex digits, whatever the source of randomness gives", () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.integer({ min: 0, max: 15 })),
        fc.integer({ min: 1, max: 40 }),
        (stream, digits) => {
          const id = drawTicketId(() => stream.next().value ?? 0, digits);
          expect(id).toMatch(new RegExp(`^tk-[0-9a-f]{${digits}}$`));
          expect(isTicketId(id)).toBe(true);
        },
      ),
    );
  });
});

describe("resolveId", () => {
  const ids = ["tk-5c46", "tk-5c47", "tk-9a10", "tk-9", "mca-5c46"];
  const codeOf = (text: string, use: "read" | "write") => {
    try {
      return resolveId(text, ids, use);
    } catch (error) {
      if (isTicketError(error, "TICKET_AMBIGUOUS")) return error.data.candidates;
      if (isTicketError(error)) return error.code;
      throw error;
    }
  };

  test.each<[string, string | string[], string | string[]]>([
    ["tk-5c46", "tk-5c46", "tk-5c46"],
    ["5c46", "tk-5c46", "tk-5c46"],
    ["9a", "tk-9a10", "tk-9a10"],
    ["tk-9a", "tk-9a10", "tk-9a10"],
    // Exact wins over being a prefix of another.
    ["tk-9", "tk-9", "tk-9"],
    ["5c4", ["tk-5c46", "tk-5c47"], ["tk-5c46", "tk-5c47"]],
    ["c47", "tk-5c47", "TICKET_NOT_FOUND"],
    ["c46", ["mca-5c46", "tk-5c46"], "TICKET_NOT_FOUND"],
    ["mca", "mca-5c46", "mca-5c46"],
    ["zz", "TICKET_NOT_FOUND", "TICKET_NOT_FOUND"],
    ["", "TICKET_NOT_FOUND", "TICKET_NOT_FOUND"],
    [".*", "TICKET_NOT_FOUND", "TICKET_NOT_FOUND"],
  ])("%j", (text, forReading, forWriting) => {
    expect(codeOf(text, "read")).toEqual(forReading);
    expect(codeOf(text, "write")).toEqual(forWriting);
  });

  test("never guesses: an answer is exact, or the only one that begins with (for reading: contains) the text", () => {
    const hex = fc.string({ unit: fc.constantFrom("0", "1", "a"), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.uniqueArray(hex, { maxLength: 12 }),
        hex,
        fc.constantFrom("read", "write"),
        (parts, text, use) => {
          const known = parts.map((part) => `tk-${part}`);
          const begins = known.filter((id) => id.slice(3).startsWith(text));
          const contains = known.filter((id) => id.includes(text));
          let found: string | undefined;
          try {
            found = resolveId(text, known, use);
          } catch {
            found = undefined;
          }
          const expected = begins.length > 0 || use === "write" ? begins : contains;
          expect(found).toBe(expected.length === 1 ? expected[0] : undefined);
        },
      ),
    );
  });
});
