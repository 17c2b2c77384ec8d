import { describe, expect, test } from "vitest";
import { at, small } from "./testing/types-fixture.js";
import { parseTicketTypes } from "./ticket-types.js";

describe("a file that is no JSON", () => {
  const malformed: readonly (readonly [string, string, string])[] = [
    ["a comma too many", '{\n  "a": 1,\n}', "3:1"],
    ["a missing comma", '{ "a": 1\n  "b": 2 }', "2:3"],
    ["a missing quote", '{ "a: 1\n}', "1:3"],
    ["the file ends early", '{ "a": [1, 2', "1:13"],
    ["a comment", "{\n  // no\n}", "2:3"],
    ["something after the end", "{} {}", "1:4"],
    ["an unknown escape", '["\\q"]', "1:2"],
    ["nothing", "", "1:1"],
    ["a number with a leading zero", "[01]", "1:2"],
    ["conflict markers", "<<<<<<< ours\n{}\n", "1:1"],
    ["nested without end", "[".repeat(100_000), "1:102"],
  ];
  test.each(malformed)("%s: the message has file, line and column", (_name, text, place) => {
    expect(() => parseTicketTypes(text, { path: "/p/ticket_types.json" })).toThrow(
      `/p/ticket_types.json:${place}: no JSON`,
    );
  });

  test("a key that stands twice is a mistake, not the loss of the first", () => {
    const text = JSON.stringify(small()).replace('"fields":', '"initial":"doing","fields":');
    expect(at(text)).toEqual(["$.types.task.initial"]);
  });

  test("control characters of the path and of the file are escaped in messages", () => {
    const text = JSON.stringify({ ...small(), "evil\u001b]0;x\u0007": 1 });
    try {
      parseTicketTypes(text, { path: "a\u001b[2Jb" });
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    }
  });
});
