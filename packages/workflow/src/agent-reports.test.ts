import fc from "fast-check";
import { expect, test } from "vitest";
import { evidenceOfReports, reportLine } from "./agent-reports.js";

const moment = { generation: 2, nowMs: 10_000, wallNowMs: 1_700_000_010_000 };
const at = 1_700_000_000;

test("the newest report of each source is evidence, as old as it is", () => {
  const text = [
    reportLine({ source: "hook", fact: "busy", at }),
    reportLine({ source: "self-report", fact: "blocked", at: at + 5, text: "the tests need a key" }),
    reportLine({ source: "hook", fact: "idle", at: at + 4 }),
  ].join("");
  expect(evidenceOfReports(text, moment)).toEqual([
    { source: "hook", fact: { kind: "idle" }, atMs: 4_000, generation: 2 },
    {
      source: "self-report",
      fact: { kind: "blocked", reason: "the tests need a key" },
      atMs: 5_000,
      generation: 2,
    },
  ]);
});

test("texts of the payload explain it; a payload that is no JSON hides no report", () => {
  const whole = JSON.stringify({
    source: "hook",
    fact: "waiting",
    at,
    show: ["tool_name", "tool_input.command", "missing"],
    payload: { tool_name: "Bash", tool_input: { command: "curl x" } },
  });
  const before = JSON.stringify({ source: "hook", fact: "waiting", at });
  expect(evidenceOfReports(`${before}\n${whole}\n`, moment)[0]?.fact).toEqual({
    kind: "waiting",
    question: "Bash: curl x",
  });
  expect(evidenceOfReports(`${before}\n${whole.slice(0, -9)}\n`, moment)[0]?.fact).toEqual({
    kind: "waiting",
  });
});

test("whatever stands in the file: no failure, and only facts that may be reported", () => {
  const line = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({
        source: fc.constantFrom("hook", "protocol"),
        fact: fc.constantFrom("busy", "exited"),
        at: fc.integer(),
      })
      .map((report) => JSON.stringify(report)),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const { source, fact, atMs } of evidenceOfReports(lines.join("\n"), moment)) {
        expect(["hook", "self-report"]).toContain(source);
        expect(["busy", "idle", "waiting", "blocked", "retrying"]).toContain(fact.kind);
        // A clock that was set back makes no report come from the future.
        expect(atMs).toBeLessThanOrEqual(moment.nowMs);
      }
    }),
  );
});
