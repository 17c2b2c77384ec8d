import { describe, expect, test } from "vitest";
import { judgeOrder } from "./judge-order.mjs";
import { jainOf, quantile, ratioOf } from "./samples.mjs";

const written = (...operations: readonly string[]) =>
  operations.map((operation) => ({
    commit: `commit of ${operation}`,
    trailers: { Op: [operation], Ticket: ["tk-1"], To: [`state of ${operation}`] },
  }));
const acknowledged = (operationId: string, beginUs: number, endUs: number) => ({
  operationId,
  status: "acknowledged",
  beginUs,
  endUs,
});
const killed = (operationId: string, beginUs: number) => ({
  operationId,
  status: "killed",
  beginUs,
  endUs: Number.POSITIVE_INFINITY,
});
const shown = (operation: string, beginUs: number, endUs: number, state = `state of ${operation}`) => ({
  asOf: `commit of ${operation}`,
  ticket: "tk-1",
  state,
  beginUs,
  endUs,
});

describe("the judge of the order", () => {
  test("takes any order of what went on at one time, a killed write at any place after its beginning", () => {
    const attempts = [acknowledged("A", 10, 30), acknowledged("B", 20, 40), killed("C", 5)];
    for (const order of ["ABC", "BAC", "CAB", "CBA"])
      expect(judgeOrder(written(...order), attempts, [])).toEqual([]);
  });

  test("finds what was overtaken by something that began after its end", () => {
    const attempts = [acknowledged("A", 10, 20), acknowledged("B", 30, 40), killed("C", 30)];
    expect(judgeOrder(written("B", "A"), attempts, [])).toEqual([
      "order: A was acknowledged before B began, and comes after it",
    ]);
    expect(judgeOrder(written("C", "A", "B"), attempts, [])).toHaveLength(1);
  });

  test("finds a reader who was not shown what had been acknowledged, and takes one who was shown more", () => {
    const attempts = [acknowledged("A", 10, 20), acknowledged("B", 30, 40)];
    const history = written("A", "B");
    expect(judgeOrder(history, attempts, [shown("A", 41, 42)])).toEqual([
      expect.stringMatching(/^stale: tk-1 was shown as of commit of A/),
    ]);
    expect(judgeOrder(history, attempts, [shown("A", 35, 42), shown("B", 35, 42)])).toEqual([]);
  });

  test("finds a reader who was shown what had not begun, what never was, and another state", () => {
    const attempts = [acknowledged("A", 10, 20), acknowledged("B", 30, 40)];
    const history = written("A", "B");
    expect(judgeOrder(history, attempts, [shown("B", 22, 25)])).toEqual([
      "read: tk-1 was shown as of commit of B before that began",
    ]);
    expect(judgeOrder(history, attempts, [shown("X", 50, 60)])).toEqual([
      "read: tk-1 was shown as of commit of X, which is not in the history",
    ]);
    expect(judgeOrder(history, attempts, [shown("B", 50, 60, "state of A")])).toEqual([
      "read: tk-1 was shown as state of A as of commit of B, it was state of B",
    ]);
  });
});

describe("samples", () => {
  test("a ratio is one of medians, its spread one of rounds", () => {
    expect(ratioOf([4, 2, 6], [2, 2, 2])).toEqual({ ratio: 2, low: 1, high: 3, fastest: 1 });
    expect(quantile([3, 1, 2], 0)).toBe(1);
  });

  test("fairness is 1 where all got the same, 1/n where one got everything", () => {
    expect(jainOf([5, 5, 5, 5])).toBe(1);
    expect(jainOf([8, 0, 0, 0])).toBe(0.25);
    expect(jainOf([0, 0])).toBe(0);
  });
});
