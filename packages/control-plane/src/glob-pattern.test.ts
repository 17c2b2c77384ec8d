import { expect, test } from "vitest";
import { compileGlobs } from "./glob-pattern.js";

test.each([
  ["**/node_modules/**", "node_modules/x/y.js", true],
  ["**/node_modules/**", "a/b/node_modules/x", true],
  ["**/node_modules/**", "node_modules_old/x", false],
  ["*.log", "a.log", true],
  ["*.log", "sub/a.log", false],
  ["**/*.log", "sub/deep/a.log", true],
  ["build-{a,b}/?.o", "build-b/x.o", true],
  ["build-{a,b}/?.o", "build-c/x.o", false],
  ["[ab].txt", "b.txt", true],
  ["[!ab].txt", "b.txt", false],
  ["a.b", "axb", false],
  ["(x)+.txt", "(x)+.txt", true],
  ["\\*.txt", "*.txt", true],
  ["\\*.txt", "a.txt", false],
  ["odd[.txt", "odd[.txt", true],
])("%s and %s: %s", (glob, path, isMatch) => {
  expect(compileGlobs([glob]).matches(path)).toBe(isMatch);
});

test("a folder counts as a whole only where everything in it is matched", () => {
  const { matchesAllIn } = compileGlobs(["**/dist/**", "**/*.pyc", "out/*"]);
  expect(matchesAllIn("packages/a/dist")).toBe(true);
  expect(matchesAllIn("packages/a/dist/deep/er")).toBe(true);
  expect(matchesAllIn("out")).toBe(false);
  expect(matchesAllIn("src")).toBe(false);
});
