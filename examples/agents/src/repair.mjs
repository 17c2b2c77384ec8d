// Repairs a function from failing tests: tries one small change after the other until the tests pass.

const changes = [
  [/<(?![=<])/g, "<="],
  [/<=/g, "<"],
  [/>(?![=>])/g, ">="],
  [/>=/g, ">"],
  [/ - 1\b/g, ""],
  [/ \+ 1\b/g, ""],
  [/===/g, "!=="],
  [/Math\.floor/g, "Math.ceil"],
  [/Math\.min/g, "Math.max"],
];

/** Every variant of `source` that differs in one place of its code (comments and strings are left alone). */
export function* variants(source) {
  for (const [pattern, replacement] of changes) {
    for (const match of source.matchAll(pattern)) {
      const lineStart = source.lastIndexOf("\n", match.index) + 1;
      const before = source.slice(lineStart, match.index);
      if (/\/\/|\/\*|^\s*\*|=$|=>$/.test(before + match[0])) continue;
      yield source.slice(0, match.index) + replacement + source.slice(match.index + match[0].length);
    }
  }
}
