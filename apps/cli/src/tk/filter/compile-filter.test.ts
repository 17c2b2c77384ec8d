import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFilter } from "./compile-filter.js";
import { filterRecords } from "./filter-records.js";
import { UncoveredFilter } from "./filter-words.js";
import { FilterFailure, type Json } from "./json-values.js";

const records: readonly Readonly<Record<string, string | readonly string[]>>[] = [
  { id: "a-1", status: "open", priority: "2", deps: [], tags: ["ui", "api"], assignee: "Jane Doe" },
  { id: "b-2", status: "closed", priority: "10", deps: ["a-1"], links: ["a-1", "c-3"] },
  { id: "c-3", status: "in_progress", priority: "x", deps: ["a-1", "b-2"], note: 'a "b" \\ ü😀' },
];

/** What jq itself says, or that it refuses. */
function askJq(filter: string): readonly Json[] | "refused" {
  const input = records.map((record) => JSON.stringify(record)).join("\n");
  const ran = spawnSync("jq", ["-c", filter], { input, encoding: "utf8" });
  if (ran.error !== undefined) throw ran.error;
  if (ran.status !== 0) return "refused";
  return ran.stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Json);
}

function askOurs(filter: string): readonly Json[] | "refused" {
  const compiled = compileFilter(filter);
  try {
    return records.flatMap((record) => [...compiled(record)]);
  } catch (error) {
    if (error instanceof FilterFailure) return "refused";
    throw error;
  }
}

const filters = [
  '.status == "open"',
  ".deps | length > 0",
  '.tags | index("ui")',
  '.status != "closed" and (.deps | length) == 0',
  '.status == "open" or .priority == "10" and false',
  '.tags // [] | any(. == "ui")',
  'any(.deps[]; . == "b-2")',
  'all(.deps[]; startswith("a"))',
  '[.deps[] | select(. != "a-1")]',
  ".deps[]",
  ".links[]?",
  ".links[]",
  ".priority | tonumber",
  "(.priority | tonumber?) // 99",
  ".priority | tonumber? | . >= 2",
  '.id | IN("a-1", "b-2")',
  '.assignee | contains("Jane")',
  '.assignee // "" | ascii_downcase | contains("jane")',
  'has("tags")',
  '.["status"], ."id", .deps[0], .deps[-1], .deps[5]',
  ".missing",
  ".missing.deeper",
  ".id.deeper",
  "not, (.tags | not)",
  "map(length)",
  "map(1)",
  "length",
  "[.id, .status] | type, length, tostring",
  '.note | index("b"), length',
  '"abc" | index("c"), index(""), endswith("c")',
  '["a","b"] | inside(["a","b","c"])',
  "[1,2,1,2] | index([1,2]), index(2)",
  "-1 < 0, null < false, [] < [1], {} == 1",
  ".deps < .id",
  "empty",
  "select(.tags) | .id",
  '(.id, "x")',
  '("a","b") == ("a","c")',
  "(true, false) or (false, true)",
  "(true, null) and (1, false)",
  '(1, null, 2) // 3, (null, false) // 4, (("1","x","2") | tonumber) // 5',
  '[("1","x","2") | tonumber?], [(("1","x") | tonumber)?]',
  ".. | length",
];

describe("a filter gives what jq gives", () => {
  test.each(filters)("%s", (filter) => {
    let ours: ReturnType<typeof askOurs>;
    try {
      ours = askOurs(filter);
    } catch (error) {
      // Left to jq: nothing is answered here, wrongly or otherwise.
      expect(error).toBeInstanceOf(UncoveredFilter);
      expect(["-1 < 0, null < false, [] < [1], {} == 1", ".. | length"]).toContain(filter);
      return;
    }
    expect(ours).toEqual(askJq(filter));
  });

  test("any combination of its parts", () => {
    const path = fc.constantFrom(
      ".id",
      ".status",
      ".deps",
      ".tags",
      ".links",
      ".priority",
      ".none",
      ".deps[0]",
      ".",
    );
    const constant = fc.constantFrom('"open"', '"a-1"', "2", "null", "true", "[]", '["a-1"]', '""', '"ü😀"');
    const word = fc.constantFrom(
      "length", "not", "type", "tostring", "tonumber", "any", "all", "empty", "ascii_downcase", "ascii_upcase",
    ); // biome-ignore format: one list
    const withArgument = fc.constantFrom(
      "select", "map", "any", "all", "IN", "index", "contains", "inside", "startswith", "endswith", "has",
    ); // biome-ignore format: one list
    const operator = fc.constantFrom("|", ",", "//", "and", "or", "==", "!=", "<", "<=", ">", ">=");
    const { filter } = fc.letrec<{ filter: string }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3 },
        path,
        constant,
        word,
        fc.tuple(withArgument, tie("filter")).map(([name, inner]) => `${name}(${inner})`),
        fc.tuple(tie("filter"), operator, tie("filter")).map((parts) => `(${parts.join(" ")})`),
        tie("filter").map((inner) => `(${inner})[]`),
        tie("filter").map((inner) => `(${inner})?`),
      ),
    }));
    fc.assert(
      fc.property(filter, (text) => {
        expect(askOurs(text), text).toEqual(askJq(text));
      }),
      { numRuns: 300 },
    );
  }, 120_000);
});

describe("what is not covered", () => {
  const beyond = [
    '.id | test("^a")',
    ".deps | add",
    "reduce .[] as $x (0; .+1)",
    '"\\(.id)"',
    ".a = 1",
    ".id |",
    "(",
    "'x'",
    "ascii",
    "1e3",
    ". a",
  ];

  test.each(beyond)("%s is not answered here", (filter) => {
    expect(() => compileFilter(filter)).toThrow(UncoveredFilter);
  });

  test("goes to jq where it is", () => {
    expect(filterRecords('.id | test("^a")', records, process.env)).toEqual([JSON.stringify(records[0])]);
    expect(filterRecords('.id | test("^b") # a comment', records, process.env)).toHaveLength(1);
    expect(() => filterRecords(".id |", records, process.env)).toThrow("jq refused the filter");
  });

  test("is refused where jq is not, naming the part; nothing is let through", () => {
    expect(() => filterRecords('.id | test("^a")', records, { PATH: "" })).toThrow(/needs jq.*'test'/);
    expect(() => filterRecords(".priority | tonumber > 1", records, {})).toThrow("does not go with c-3");
  });
});
