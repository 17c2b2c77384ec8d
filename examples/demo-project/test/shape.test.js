import assert from "node:assert/strict";
import { test } from "node:test";
import { capitalize, padCenter, truncate } from "../src/index.js";

test("capitalize touches the first letter only", () => {
  assert.equal(capitalize("hELLO"), "Hello");
  assert.equal(capitalize(""), "");
});

test("padCenter keeps what is wide enough", () => {
  assert.equal(padCenter("ab", 5), " ab  ");
  assert.equal(padCenter("abcdef", 3), "abcdef");
});

test("truncate shortens what is too long", () => {
  assert.equal(truncate("abcdefgh", 4), "abc…");
  assert.equal(truncate("ab", 4), "ab");
});
