import { describe, expect, test } from "vitest";
import type { RecordRules } from "./agent-profile.js";
import { answerIn, costOfRecords, factOfRecords, readableLines, tokensOfRecords } from "./output-records.js";

const rules: RecordRules = {
  facts: [
    { when: { type: "end", ok: false }, fact: "blocked", take: "error.message" },
    { when: { type: "end" }, fact: "idle" },
    { when: { type: "ask" }, fact: "waiting", take: "questions[].text" },
    { when: { "parts[].kind": "tool" }, fact: "busy" },
  ],
  show: [
    { when: { type: "say" }, take: ["parts[].text"] },
    { when: { "parts[].kind": "tool" }, take: ["parts[].command"], prefix: "$ " },
    { when: { type: "say" }, take: ["note"], prefix: "note: " },
  ],
};
const lines = (...records: readonly unknown[]) =>
  records.map((record) => (typeof record === "string" ? record : JSON.stringify(record))).join("\n");

describe("factOfRecords", () => {
  test("the last record that a rule knows counts, the first rule that fits it", () => {
    expect(factOfRecords(rules, lines({ type: "end", ok: true }, { type: "other" }))).toEqual({
      kind: "idle",
    });
    expect(
      factOfRecords(rules, lines({ type: "end", ok: true }, { parts: [{ kind: "text" }, { kind: "tool" }] })),
    ).toEqual({
      kind: "busy",
    });
    expect(factOfRecords(rules, lines({ type: "end", ok: false, error: { message: "no login" } }))).toEqual({
      kind: "blocked",
      reason: "no login",
    });
    expect(factOfRecords(rules, lines({ type: "ask", questions: [{ text: "A?" }, { text: "B?" }] }))).toEqual(
      {
        kind: "waiting",
        question: "A?\nB?",
      },
    );
  });

  test("what is no whole record says nothing: words, half a line, other JSON", () => {
    expect(
      factOfRecords(rules, lines("end", '{"type":"end"', "[]", "null", "{}", '{"parts":7}')),
    ).toBeUndefined();
    const cut = `${lines({ type: "end", ok: true })}\n{"type":"ask","quest`;
    expect(factOfRecords(rules, cut)).toEqual({ kind: "idle" });
  });

  test("a reason that is missing is told as missing", () => {
    expect(factOfRecords(rules, lines({ type: "end", ok: false }))).toMatchObject({ kind: "blocked" });
  });
});

test("readableLines: records by all rules that fit, unknown records not at all, other lines as they are", () => {
  const output = [
    "plain words",
    JSON.stringify({
      type: "say",
      parts: [
        { kind: "text", text: "one\ntwo" },
        { kind: "tool", command: "ls" },
      ],
      note: "n",
    }),
    JSON.stringify({ type: "unknown" }),
    "{broken",
  ];
  expect(readableLines(rules, output)).toEqual(["plain words", "one", "two", "$ ls", "note: n", "{broken"]);
});

describe("answerIn", () => {
  const answer = {
    when: { type: "answer" },
    take: "text",
    failure: { when: { type: "failed" }, take: "why" },
  };
  test("without rules the whole output, without them nothing is no answer", () => {
    expect(answerIn(undefined, "\n a\nb \n")).toEqual({ text: "a\nb" });
    expect(answerIn(undefined, " \n")).toEqual({ failure: "it printed nothing" });
  });
  test("the last record that fits; a failure wins over any answer", () => {
    const two = lines({ type: "answer", text: "1" }, "noise", { type: "answer", text: "2" });
    expect(answerIn(answer, two)).toEqual({ text: "2" });
    expect(answerIn(answer, lines({ type: "failed", why: "no" }, { type: "answer", text: "1" }))).toEqual({
      failure: "no",
    });
    expect(answerIn(answer, lines({ type: "answer", text: " " }))).toHaveProperty("failure");
    expect(answerIn(answer, "words")).toHaveProperty("failure");
  });
});

describe("costOfRecords", () => {
  const priced = (isAdded: boolean) => ({ ...rules, cost: { when: { type: "end" }, take: "cost", isAdded } });
  const ends = (...costs: readonly unknown[]) => lines(...costs.map((cost) => ({ type: "end", cost })));

  test("the last total, or all steps together", () => {
    expect(costOfRecords(priced(false), ends(0.25, 0.5))).toBe(0.5);
    expect(costOfRecords(priced(true), ends(0.25, 0.5))).toBe(0.75);
  });

  test("what is no amount is none: not known is not nothing", () => {
    for (const isAdded of [false, true]) {
      expect(costOfRecords(priced(isAdded), "")).toBeUndefined();
      expect(costOfRecords(priced(isAdded), ends(0, "3", null, -1))).toBeUndefined();
      expect(costOfRecords(priced(isAdded), `${ends(2)}\n{"type":"end","cost":9`)).toBe(2);
      expect(costOfRecords(rules, ends(1))).toBeUndefined();
    }
  });
});

test("tokens are added up within a record, and over records where each has a part", () => {
  const counted = (isAdded: boolean) => ({
    ...rules,
    tokens: { when: { type: "end" }, take: ["usage.in", "usage.out"], isAdded },
  });
  const ends = lines(
    { type: "end", usage: { in: 10, out: 2 } },
    { type: "end", usage: { in: 5, cached: 99 } },
  );
  expect(tokensOfRecords(counted(false), ends)).toBe(5);
  expect(tokensOfRecords(counted(true), ends)).toBe(17);
  expect(tokensOfRecords(counted(true), lines({ type: "end", usage: { in: "3", out: -1 } }))).toBeUndefined();
  expect(tokensOfRecords(rules, ends)).toBeUndefined();
});
