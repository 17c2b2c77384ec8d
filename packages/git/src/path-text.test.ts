import fc from "fast-check";
import { expect, test } from "vitest";
import { isTextPath, pathBytes, pathText } from "./path-text.js";
import { printable } from "./printable.js";

test("any bytes come back exactly", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...pathBytes(pathText(bytes))]).toEqual([...bytes]);
    }),
    { numRuns: 2_000 },
  );
});

test("bytes around text, cut characters, encoded surrogates and replacement characters come back exactly", () => {
  const odd = fc.constantFrom(
    "\xff",
    "\xc3",
    "\xe2\x82",
    "\xf0\x9f\xa6",
    "\xed\xb3\xbf",
    "\xed\xa0\x80",
    "\xef\xbf\xbd",
  );
  const text = fc
    .string({ unit: "binary", maxLength: 5 })
    .map((part) => Buffer.from(part).toString("latin1"));
  fc.assert(
    fc.property(fc.array(fc.oneof(odd, text), { maxLength: 8 }), (parts) => {
      const bytes = Buffer.from(parts.join(""), "latin1");
      expect(pathBytes(pathText(bytes)).equals(bytes)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test("text stays as it is; what is no text is told apart and shown escaped", () => {
  const names = ["plain", "über 🦊", "\u{10480} as a pair", "\ufffd", "a\nb"];
  for (const name of names) {
    expect(pathText(Buffer.from(name))).toBe(name);
    expect(isTextPath(name)).toBe(true);
  }
  const odd = pathText(Buffer.from("caf\xe9.txt", "latin1"));
  expect(isTextPath(odd)).toBe(false);
  expect(printable(odd)).toBe("caf\\xe9.txt");
});
