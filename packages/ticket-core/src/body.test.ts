import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  appendCriterion,
  appendEvent,
  changeCriterion,
  newBody,
  readCriteria,
  readEvents,
  readSection,
  type StoredEvent,
  writeSection,
} from "./body.js";
import { contentOf, partsOf } from "./section-parts.js";
import { anyText, nastyMarkdown } from "./testing/nasty-markdown.js";

const runs = { numRuns: Number(process.env["RUNS"] ?? 500) };

/** Stored text of every part, under a name of its own. */
function partsByName(body: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const parts = partsOf(body);
  for (const [index, part] of parts.entries()) {
    const name = `${part.kind} ${part.head}`;
    let unique = name;
    for (let count = 2; names.has(unique); count += 1) unique = `${name} (${count})`;
    names.set(unique, contentOf(part, index < parts.length - 1));
  }
  return names;
}

function expectOthersUnchanged(before: string, after: string, isChanged: (name: string) => boolean): void {
  const now = partsByName(after);
  for (const [name, content] of partsByName(before)) {
    if (!isChanged(name)) expect({ name, content: now.get(name) }).toEqual({ name, content });
  }
}

/** Nothing is open at its end: that case has a test of its own. */
const isClosed = (text: string) => partsOf(text).at(-1)?.closing === undefined;
const body = fc.oneof(
  nastyMarkdown(30).filter(isClosed),
  fc.constantFrom("", "\n", "\r\n", newBody(), newBody().replaceAll("\n", "\r\n")),
);
const heading = fc.oneof(
  fc.constantFrom(
    "Notes",
    "Description",
    "Two",
    "Feedback",
    "Comments",
    "Résumé",
    "# x #",
    "a \\#",
    "Two ##",
    "##",
  ),
  fc
    .string({ unit: "grapheme", minLength: 1 })
    .filter((text) => text.trim() === text && !/[\p{Cc}\u2028\u2029]/u.test(text)),
);

describe("sections", () => {
  // P18
  test("any text in any section comes back byte-equal and leaves all others as they were", () => {
    fc.assert(
      fc.property(body, heading, anyText(), (before, name, text) => {
        const after = writeSection(before, name, text);
        expect(readSection(after, name)).toBe(text);
        const headOf = partsOf(after).find(
          (part) => part.kind === "section" && readSection(`${part.head}\n`, name) !== undefined,
        )?.head;
        let isInside = false;
        const inside = new Set<string>();
        for (const part of partsOf(before)) {
          if (part.kind === "section") isInside = part.head === headOf && !inside.has("done");
          if (isInside) inside.add(`${part.kind} ${part.head}`);
        }
        expectOthersUnchanged(before, after, (other) => inside.has(other));
        expect(writeSection(after, name, text)).toBe(after);
      }),
      runs,
    );
  });
});

const event: fc.Arbitrary<StoredEvent> = fc.record({
  id: fc.oneof(fc.uuid(), fc.string({ unit: "grapheme" }), fc.constantFrom("--", "-->", "a--->b")),
  kind: fc.oneof(fc.constantFrom("feedback", "comment", "plan", "message"), fc.string()),
  source: fc.oneof(
    fc.constantFrom("Review", "worker-0", "a) (b", "x\n## y", "-->", ""),
    fc.string({ unit: "binary" }),
  ),
  at: fc.oneof(fc.constant("2025-07-14T14:30:00Z"), fc.string()),
  text: anyText(),
});

describe("events", () => {
  // P18
  test("any text comes back byte-equal as the last entry of its section, and all else stays", () => {
    fc.assert(
      fc.property(body, fc.array(event, { minLength: 1, maxLength: 4 }), (start, events) => {
        let before = start;
        for (const added of events) {
          const after = appendEvent(before, added);
          const old = readEvents(before);
          if (old.some(({ id }) => id === added.id)) {
            expect(after).toBe(before);
            continue;
          }
          const now = readEvents(after);
          expect(now).toHaveLength(old.length + 1);
          const at = now.findIndex(({ id }) => id === added.id);
          expect(now[at]).toEqual(added);
          expect(now.toSpliced(at, 1)).toEqual(old);
          expectOthersUnchanged(before, after, () => false);
          expect(appendEvent(after, { ...added, text: "other" })).toBe(after);
          before = after;
        }
      }),
      runs,
    );
  });
});

describe("criteria", () => {
  // P18
  test("any text comes back byte-equal, ticked and reworded by index, and all else stays", () => {
    fc.assert(
      fc.property(
        body,
        fc.array(anyText(), { minLength: 1, maxLength: 4 }),
        anyText(),
        fc.nat(5),
        (start, texts, reword, pick) => {
          let before = start;
          for (const text of texts) {
            const old = readCriteria(before);
            const isUnset = old.length === 1 && old[0]?.text === "[Add criteria]" && !old[0].checked;
            const after = appendCriterion(before, text);
            expect(readCriteria(after)).toEqual([
              ...(isUnset ? [] : old),
              { index: isUnset ? 1 : old.length + 1, text, checked: false },
            ]);
            expectOthersUnchanged(before, after, (name) => name.includes("Acceptance Criteria"));
            before = after;
          }
          const all = readCriteria(before);
          const index = (pick % all.length) + 1;
          const ticked = changeCriterion(before, index, { checked: true }) ?? "";
          expect(readCriteria(ticked)).toEqual(
            all.map((one) => (one.index === index ? { ...one, checked: true } : one)),
          );
          const worded = changeCriterion(ticked, index, { text: reword }) ?? "";
          expect(readCriteria(worded)).toEqual(
            all.map((one) => (one.index === index ? { index, checked: true, text: reword } : one)),
          );
          expectOthersUnchanged(before, worded, (name) => name.includes("Acceptance Criteria"));
          expect(changeCriterion(before, all.length + 1, { checked: true })).toBeUndefined();
          expect(changeCriterion(before, 0, { checked: true })).toBeUndefined();
        },
      ),
      runs,
    );
  });
});
