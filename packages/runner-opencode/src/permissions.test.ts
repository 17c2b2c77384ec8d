import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  configurationOf,
  essentialRules,
  explicitRules,
  fits,
  judge,
  type PermissionRule,
  rulesOfJson,
} from "./permissions.js";

const action = fc.constantFrom("allow" as const, "deny" as const, "ask" as const);
const word = fc.stringMatching(/^[a-c*? ]{0,8}$/);
const rule: fc.Arbitrary<PermissionRule> = fc.record({
  permission: fc.constantFrom("bash", "edit", "*"),
  pattern: word,
  action,
});

describe("a pattern", () => {
  test("fits what a regular expression of the same meaning fits", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-c ]{0,10}$/), word, (text, pattern) => {
        const expression = pattern.replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(fits(text, pattern)).toBe(new RegExp(`^${expression}$`).test(text));
      }),
    );
  });

  test("takes no longer for a text that was made to be slow", () => {
    expect(fits("a".repeat(20_000), `${"*a".repeat(200)}b`)).toBe(false);
  });
});

describe("a verdict", () => {
  test("is never to allow where a pattern of the request has no rule that allows it", () => {
    fc.assert(
      fc.property(fc.array(rule), fc.array(fc.stringMatching(/^[a-c ]{0,6}$/)), (rules, patterns) => {
        const verdict = judge({ permission: "bash", patterns }, rules);
        const actions = (patterns.length === 0 ? ["*"] : patterns).map(
          (pattern) =>
            rules.findLast((one) => fits("bash", one.permission) && fits(pattern, one.pattern))?.action ??
            "ask",
        );
        const expected = actions.includes("deny")
          ? "deny"
          : actions.every((one) => one === "allow")
            ? "allow"
            : "raise";
        expect(verdict.kind).toBe(expected);
      }),
    );
  });

  test("to deny says what was denied, in words for a model", () => {
    const rules: readonly PermissionRule[] = [
      { permission: "bash", pattern: "*", action: "allow" },
      { permission: "bash", pattern: "git push*", action: "deny" },
    ];
    expect(judge({ permission: "bash", patterns: ["git status", "git push origin"] }, rules)).toEqual({
      kind: "deny",
      reason: "The rules of this project do not allow bash of git push origin",
    });
  });
});

describe("rules as OpenCode writes them", () => {
  test("are read from its variable, and a text that is none gives none", () => {
    const text = JSON.stringify({
      bash: { "*": "allow", "curl *": "ask", x: "maybe" },
      doom_loop: "deny",
      edit: 7,
    });
    expect(rulesOfJson(text)).toEqual([
      { permission: "bash", pattern: "*", action: "allow" },
      { permission: "bash", pattern: "curl *", action: "ask" },
      { permission: "doom_loop", pattern: "*", action: "deny" },
    ]);
    expect(rulesOfJson('"allow"')).toEqual([{ permission: "*", pattern: "*", action: "allow" }]);
    for (const none of [undefined, "", "{", "null", "[]", "7"]) expect(rulesOfJson(none)).toEqual([]);
  });

  test("come back from its configuration with the same meaning", () => {
    const named = fc.record({ permission: fc.constantFrom("bash", "edit"), pattern: word, action });
    fc.assert(
      fc.property(fc.array(named), fc.stringMatching(/^[a-c ]{0,6}$/), (rules, text) => {
        const request = { permission: "bash", patterns: [text] };
        const again = rulesOfJson(JSON.stringify(configurationOf(rules)));
        expect(judge(request, again).kind).toBe(judge(request, rules).kind);
      }),
    );
  });

  test("mean the same without those that never decide, and an agent's own folder is none of the rest", () => {
    fc.assert(
      fc.property(fc.array(rule), fc.stringMatching(/^[a-c ]{0,6}$/), (rules, text) => {
        const request = { permission: "bash", patterns: [text] };
        expect(judge(request, essentialRules(rules)).kind).toBe(judge(request, rules).kind);
      }),
      { numRuns: 2_000 },
    );
    const folder = (pattern: string) => ({
      permission: "external_directory",
      pattern,
      action: "allow" as const,
    });
    const rules = [
      ...explicitRules,
      folder("/p/.git/*"),
      folder("/p/.git/worktrees/w-1/*"),
      folder("/p/.wiggum/*"),
    ];
    expect(essentialRules(rules)).toEqual([...explicitRules, folder("/p/.git/*"), folder("/p/.wiggum/*")]);
  });

  test("have no mapping where a permission knows no patterns", () => {
    expect(configurationOf(explicitRules)).toEqual({ external_directory: "deny", doom_loop: "deny" });
  });
});
