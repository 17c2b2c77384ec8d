import { printable } from "@wiggum/ticket-core";
import type { z } from "zod";

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  boolean: "`true` or `false`",
  number: "a number",
  int: "a whole number",
  array: "a list",
  object: "a mapping of names to values",
  record: "a mapping of names to values",
};

/** What is expected, in words that go on after the name of a setting, where its schema has none of its own. */
export function schemaWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `must be ${kinds[issue.expected] ?? String(issue.expected)}`;
    case "unrecognized_keys":
      return "is not known here";
    case "invalid_value":
      return `must be ${issue.values.map((value) => `\`${printable(String(value))}\``).join(" or ")}`;
    case "too_small":
      return "must not be empty";
    case "invalid_key":
      return "is no name that can stand here";
    default:
      return undefined;
  }
}
