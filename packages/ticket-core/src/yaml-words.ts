// What is wrong with somebody's YAML, in our words: the parser's are about its own rules.

import { printable } from "./printable.js";

/** By the code of the parser's error. */
const sentences: Readonly<Record<string, string>> = {
  BAD_ALIAS: "a value begins with '*', which names a place that is not there: put the text in quotes",
  BAD_DQ_ESCAPE: "a backslash in double quotes is followed by a sign that means nothing there: double it",
  BAD_INDENT: "a line is not indented as it should be, or a bracket or quote before it is not closed",
  BAD_SCALAR_START: "a value begins with a sign that means something else in YAML: put the text in quotes",
  BLOCK_AS_IMPLICIT_KEY: "a line has one ': ' too many: put the text in quotes",
  BLOCK_IN_FLOW: "a bracket or brace before this is not closed",
  DUPLICATE_KEY: "a key stands twice",
  MISSING_CHAR: "a quote, bracket or brace is not closed, or a ':' or ',' is missing",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines, or a ':' is missing",
  MULTIPLE_DOCS: "a second document begins: only one may stand here",
  TAB_AS_INDENT: "a line is indented with a tab: YAML takes spaces",
  TAG_RESOLVE_FAILED: "a value begins with '!', which means something else in YAML: put the text in quotes",
  UNEXPECTED_TOKEN: "something stands here that does not belong here",
};

/** A sentence of ours, then what the parser said. `code` and `message` are the parser's. */
export function yamlFault({ code, message }: { readonly code: string; readonly message: string }): string {
  const ours = Object.hasOwn(sentences, code) ? sentences[code] : "it cannot be understood from here on";
  return `${ours} (the parser says: ${printable(message.split("\n")[0] ?? "")})`;
}
