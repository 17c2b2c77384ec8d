import assert from "node:assert/strict";
import { test } from "node:test";
import { countWords, words } from "../src/index.js";

test("words are runs of letters and digits", () => {
  assert.deepEqual(words("Hello, wide world 42!"), ["Hello", "wide", "world", "42"]);
  assert.deepEqual(words("Größe — naïve"), ["Größe", "naïve"]);
  assert.deepEqual(words(" ... "), []);
});

test("words are counted", () => {
  assert.equal(countWords("one two  three"), 3);
  assert.equal(countWords(""), 0);
});
