import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { yamlFault } from "./yaml-words.js";

const wrong: readonly (readonly [string, string, string])[] = [
  ["a bracket that is not closed", "a: [1, 2\n", "not closed"],
  ["a bracket that goes on without indentation", "a: [\n1\n", "not closed"],
  ["a tab", "a:\n\tb: 1\n", "tab"],
  ["a tag", "a: !thing 1\n", "'!'"],
  ["an alias", "a: *\n", "'*'"],
  ["an at sign", "a: @b\n", "quotes"],
  ["a colon too many", "a: b: c\n", "': '"],
  ["a wrong escape", 'a: "\\q"\n', "backslash"],
  ["a quote that is not closed", 'a: "b\n', "not closed"],
];

for (const [name, text, said] of wrong) {
  test(`${name}: our words first, then the parser's`, () => {
    const { errors, warnings } = parseDocument(text, { prettyErrors: false });
    const [fault] = [...errors, ...warnings];
    if (fault === undefined) throw new Error("the parser takes it");
    const sentence = yamlFault(fault);
    expect(sentence.slice(0, sentence.indexOf("(the parser says"))).toContain(said);
    expect(sentence).toContain(fault.message);
  });
}

test("a fault that has no words of ours is told as well, on one line", () => {
  expect(yamlFault({ code: "NEW_KIND", message: "strange\n  at here" })).toBe(
    "it cannot be understood from here on (the parser says: strange)",
  );
});
