import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { newBody } from "./body.js";
import { appendCriterion, changeCriterion, readCriteria } from "./criteria.js";
import { anyBody, expectOthersKept } from "./testing/nasty-bodies.js";
import { anyText } from "./testing/nasty-markdown.js";
import type { Criterion } from "./tickets.js";

// Hundreds of random inputs; how long they take depends on what else the machine does.
vi.setConfig({ testTimeout: 120_000 });

const runs = { numRuns: Number(process.env["RUNS"] ?? 200) };
const isOwn = (name: string) => name.includes("Acceptance Criteria");

function isUnset(criteria: readonly Criterion[]): boolean {
  return criteria.length === 1 && criteria[0]?.text === "[Add criteria]" && !criteria[0].checked;
}

describe("criteria", () => {
  // P18
  test("any text comes back byte-equal as the last criterion, and all else stays", () => {
    fc.assert(
      fc.property(anyBody(), fc.array(anyText(), { minLength: 1, maxLength: 3 }), (start, texts) => {
        let before = start;
        for (const text of texts) {
          const after = appendCriterion(before, text);
          const old = isUnset(readCriteria(before)) ? [] : readCriteria(before);
          expect(readCriteria(after)).toEqual([...old, { index: old.length + 1, text, checked: false }]);
          expectOthersKept(before, after, isOwn);
          before = after;
        }
      }),
      runs,
    );
  });

  // P18
  test("one is ticked or reworded by its index, and all else stays", () => {
    const change = fc.record({ text: anyText(), checked: fc.boolean() }, { requiredKeys: [] });
    fc.assert(
      fc.property(
        fc.array(anyText(), { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        change,
        (texts, pick, change) => {
          const before = newBody({ acceptanceCriteria: texts });
          const index = (pick % texts.length) + 1;
          const after = changeCriterion(before, index, change) ?? "";
          const wanted = texts.map((text, at) => ({ index: at + 1, text, checked: false }));
          expect(readCriteria(before)).toEqual(wanted);
          expect(readCriteria(after)).toEqual(
            wanted.map((one) => (one.index === index ? { ...one, ...change } : one)),
          );
          expectOthersKept(before, after, isOwn);
          expect(changeCriterion(before, texts.length + 1, change)).toBeUndefined();
          expect(changeCriterion(before, 0, change)).toBeUndefined();
        },
      ),
      runs,
    );
  });

  test("checklists of all kinds are read and ticked, and what stands around them stays", () => {
    const body = `## Acceptance Criteria
Before:

- plain item
* [ ] star
  continued
  - [ ] nested

+ [X]   ticked

1. [ ] first
2. [x] second

<!--
- [ ] hidden
-->
\`\`\`
- [ ] code
\`\`\`
- []: none
-     [ ] code, too
`;
    expect(readCriteria(body).map(({ text, checked }) => [text, checked])).toEqual([
      ["star\ncontinued\n- [ ] nested", false],
      ["  ticked", true],
      ["first", false],
      ["second", true],
    ]);
    expect(changeCriterion(body, 3, { checked: true })).toBe(body.replace("1. [ ] first", "1. [x] first"));
    expect(changeCriterion(body, 2, { checked: false })).toBe(body.replace("[X]", "[ ]"));
    expect(changeCriterion(body, 1, { text: "a\nb" })).toBe(
      body.replace("star\n  continued\n  - [ ] nested", "a\n  b"),
    );
    expect(appendCriterion(body, "third")).toBe(body.replace("second\n", "second\n- [ ] third\n"));
  });

  test("a list that a person left in disorder can be added to", () => {
    const open = appendCriterion(newBody({ acceptanceCriteria: ["a\n```"] }), "b");
    expect(readCriteria(open).map(({ text }) => text)).toEqual(["a\n```", "b"]);
    for (const body of [
      "## Acceptance Criteria\r1. ```\n## Comments\n",
      "## Acceptance Criteria\n<!--\n",
      "## Acceptance Criteria",
    ]) {
      expect(readCriteria(appendCriterion(body, "one"))).toEqual([{ index: 1, text: "one", checked: false }]);
    }
  });

  test("the placeholder of a new ticket gives way to the first criterion", () => {
    const body = appendCriterion(newBody(), "one");
    expect(readCriteria(body)).toEqual([{ index: 1, text: "one", checked: false }]);
    expect(body).toBe(newBody({ acceptanceCriteria: ["one"] }));
  });
});
