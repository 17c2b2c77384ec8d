import { describe, expect, test } from "vitest";
import { describeKill, type KillFacts, planKill } from "./plan-kill.js";
import { anAgent } from "./testing/agent-samples.js";

function facts(values: Partial<KillFacts> = {}): KillFacts {
  return {
    agentId: "worker-0",
    agent: anAgent("worker", 0),
    remains: { worktree: "/w/worker-0", branch: "worker-0" },
    holds: ["tk-1"],
    isReleased: false,
    isForced: false,
    ...values,
  };
}

function planned(given: KillFacts) {
  const decision = planKill(given);
  if (decision.status === "refused") throw decision.error;
  return decision.plan;
}

describe("plan of a kill", () => {
  test("processes first, then the claim, then what is safe to remove, the name last", () => {
    const plan = planned(facts({ isReleased: true }));
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["stop", "release", "clear", "retire"]);
    expect(describeKill(plan)).toEqual([
      "end all processes of worker-0, and prove it",
      "release tk-1: unassigned, back to its first state, with a new epoch",
      "remove /w/worker-0 and the branch worker-0, as far as nothing would be lost",
      "worker-0 never works again",
    ]);
    expect(planned(facts()).steps.map(({ kind }) => kind)).toEqual(["stop", "clear", "retire"]);
  });

  test("what is left of an ended agent is cleaned up; of one that nothing knows, there is none", () => {
    const retired = anAgent("worker", 0, { isLive: false, retiredAt: "2026-01-02T03:04:05Z" });
    const kinds = (given: KillFacts) => planned(given).steps.map(({ kind }) => kind);
    expect(kinds(facts({ agent: retired }))).toEqual(["stop", "clear"]);
    expect(kinds(facts({ agent: undefined, remains: { branch: "worker-0" } }))).toEqual(["stop", "clear"]);
    for (const agent of [undefined, retired]) {
      expect(planKill(facts({ agent, remains: {} }))).toMatchObject({
        status: "refused",
        error: { code: "AGENT_NOT_FOUND" },
      });
    }
    expect(kinds(facts({ agent: retired, remains: {}, isReleased: true }))).toEqual(["stop", "release"]);
  });
});
