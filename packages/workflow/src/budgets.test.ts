import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  amountText,
  type BudgetEntry,
  type BudgetRules,
  budgetUses,
  chargeOf,
  describeBudget,
  judgeBudget,
  overspending,
} from "./budgets.js";

const rules = (limits: BudgetRules["limits"], extra: Partial<BudgetRules> = {}): BudgetRules => ({
  limits,
  estimate: { tokens: 10 },
  runId: "run-1",
  day: "2026-01-02",
  dayEndsAtMs: 1_000,
  isHard: false,
  ...extra,
});
const entry = (extra: Partial<BudgetEntry> = {}): BudgetEntry => ({
  agentId: "worker-0",
  generation: 1,
  ticketId: "tk-1",
  runId: "run-1",
  day: "2026-01-02",
  reserved: { tokens: 10 },
  spent: {},
  isOpen: true,
  ...extra,
});

// P30
test("launches side by side never reserve more than there is, whatever the sessions before them used", () => {
  const session = fc.record({ spent: fc.option(fc.nat(30), { nil: undefined }), isOpen: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.array(session, { maxLength: 12 }), (limit, sessions) => {
      const entries = sessions.map(({ spent, isOpen }, generation) =>
        entry({ generation, isOpen, spent: spent === undefined ? {} : { tokens: spent } }),
      );
      const budget = rules({ day: { tokens: limit } });
      const total = () => entries.reduce((sum, one) => sum + chargeOf(one, "tokens"), 0);
      for (;;) {
        const verdict = judgeBudget(budget, entries, "tk-1");
        if (verdict.status !== "fits") break;
        entries.push(entry({ generation: entries.length, reserved: verdict.reserve }));
        expect(total()).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

describe("a budget", () => {
  test("real use replaces what was reserved, where it is known", () => {
    expect(chargeOf(entry(), "tokens")).toBe(10);
    expect(chargeOf(entry({ spent: { tokens: 3 } }), "tokens")).toBe(10);
    expect(chargeOf(entry({ spent: { tokens: 30 } }), "tokens")).toBe(30);
    expect(chargeOf(entry({ spent: { tokens: 3 }, isOpen: false }), "tokens")).toBe(3);
    expect(chargeOf(entry({ isOpen: false }), "tokens")).toBe(10);
  });

  test("waits for sessions that may use less than they reserved; used up it says until when", () => {
    const day = rules({ day: { tokens: 25 } });
    const both = [entry(), entry({ generation: 2 })];
    expect(judgeBudget(day, both, "tk-2")).toMatchObject({ status: "wait", use: { scope: "day", used: 20 } });
    const over = both.map((one) => ({ ...one, isOpen: false }));
    expect(judgeBudget(day, over, "tk-2")).toMatchObject({ status: "spent", untilMs: 1_000 });
    expect(judgeBudget({ ...day, day: "2026-01-03" }, over, "tk-2")).toMatchObject({ status: "fits" });
  });

  test("of one ticket is no other's, and a limit below the estimate lets one session begin", () => {
    const ticket = rules({ ticket: { tokens: 4 } });
    expect(judgeBudget(ticket, [], "tk-1")).toEqual({ status: "fits", reserve: { tokens: 4 } });
    const done = [entry({ isOpen: false, spent: { tokens: 4 } })];
    expect(judgeBudget(ticket, done, "tk-1")).toEqual({
      status: "spent",
      use: { scope: "ticket", of: "tk-1", unit: "tokens", limit: 4, used: 4 },
    });
    expect(judgeBudget(ticket, done, "tk-2")).toMatchObject({ status: "fits" });
  });

  test("that is hard ends who used more than it reserved, and nobody else", () => {
    const greedy = entry({ spent: { tokens: 40 } });
    const modest = entry({ agentId: "worker-1", spent: { tokens: 2 } });
    const limits = { run: { tokens: 45 } };
    expect(overspending(rules(limits), [greedy, modest])).toEqual([]);
    expect(overspending(rules(limits, { isHard: true }), [greedy, modest])).toEqual([greedy]);
    expect(overspending(rules({ run: { tokens: 50 } }, { isHard: true }), [greedy, modest])).toEqual([]);
  });

  test("is told from four fifths on, in words", () => {
    const uses = budgetUses(rules({ run: { tokens: 12 }, day: { tokens: 100 } }), [entry()]);
    expect(uses.map(describeBudget)).toEqual([
      "the budget of this run is 12 tokens, and 10 tokens are used or reserved",
    ]);
    expect([
      amountText(1_234_567, "tokens"),
      amountText(1.5, "usd"),
      amountText(5_400_000, "timeMs"),
      amountText(2_000, "timeMs"),
    ]).toEqual(["1,234,567 tokens", "1.50 USD", "90 min", "2 s"]);
  });
});
