import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { registrationName } from "./registration-name.js";

const asNodeHasIt = (path: string) => createHash("sha1").update(path).digest("hex").slice(0, 16);

test("names on disk are those of every former version: the SHA-1 of the path", () => {
  expect(registrationName("../tickets")).toBe(asNodeHasIt("../tickets"));
  // Around the ends of blocks, and over several.
  for (let length = 0; length <= 200; length += 1) {
    expect(registrationName("a".repeat(length))).toBe(asNodeHasIt("a".repeat(length)));
  }
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (path) => {
      expect(registrationName(path)).toBe(asNodeHasIt(path));
    }),
    { numRuns: 1000 },
  );
});
