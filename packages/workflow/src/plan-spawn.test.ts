import { builtinTypes, type Ticket } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeSpawn } from "./describe-spawn.js";
import { silentLease } from "./leases.js";
import { planSpawn } from "./plan-spawn.js";
import { holderRoles, type SpawnFacts } from "./spawn-mode.js";
import type { CodeFacts } from "./spawn-ports.js";
import { anAgent } from "./testing/agent-samples.js";

const code: CodeFacts = {
  baseBranch: "main",
  hasCommits: true,
  feature: { branch: "feature/tk-1", exists: false },
  unmergedDependencies: [],
};

function facts(role: string, ticket: Ticket | undefined, values: Partial<SpawnFacts> = {}): SpawnFacts {
  return {
    role,
    isRoleName: true,
    ticket,
    types: builtinTypes,
    blocked: [],
    code,
    command: { word: "agent" },
    slotsUsed: 0,
    maxAgents: 4,
    isForced: false,
    isSupervised: false,
    ...values,
  };
}

function planned(given: SpawnFacts) {
  const decision = planSpawn(given);
  if (decision.status === "refused") throw decision.error;
  return decision.plan;
}

const kinds = (given: SpawnFacts) => planned(given).steps.map(({ kind }) => kind);
const sourceOf = (given: SpawnFacts) => {
  const step = planned(given).steps.find(({ kind }) => kind === "worktree");
  return step?.kind === "worktree" ? (step.source ?? "HEAD") : undefined;
};
const tail = ["set-up", "order", "start"];

describe("plan of a spawn", () => {
  test("a worker for a ready ticket claims it; the feature branch is made with its dependencies' work", () => {
    const given = facts("worker", sampleTicket("tk-1"), {
      code: { ...code, unmergedDependencies: ["feature/tk-2"] },
    });
    expect(kinds(given)).toEqual(["reserve", "feature", "worktree", "set-up", "claim", "order", "start"]);
    expect(sourceOf(given)).toBe("feature/tk-1");
    expect(describeSpawn(planned(given))).toEqual([
      "reserve the next number for a new worker, the place of worker on tk-1, one of 4 slots",
      "make the branch feature/tk-1 from main with feature/tk-2 merged in",
      "make a worktree and branch from feature/tk-1",
      "make the ticket view, copy and link files, run the set-up program",
      "claim tk-1: ready → in-progress, with a new epoch",
      "write the prompt and the agent file",
      "start a new worker",
    ]);
  });

  test("a reviewer joins: no change of the ticket, from the holder's branch, else from what was handed in, else HEAD", () => {
    const inReview = sampleTicket("tk-1", { state: "review", assignedAgentId: "worker-0" });
    const held = { ...code, holder: { branch: "worker-0", containsFeature: true } };
    expect(kinds(facts("reviewer", inReview, { code: held }))).toEqual(["reserve", "worktree", ...tail]);
    expect(sourceOf(facts("reviewer", inReview, { code: held }))).toBe("worker-0");
    const handedIn = { ...code, feature: { branch: "feature/tk-1", exists: true } };
    expect(sourceOf(facts("reviewer", inReview, { code: handedIn }))).toBe("feature/tk-1");
    expect(sourceOf(facts("reviewer", inReview))).toBe("HEAD");
  });

  test("the holder goes on where its worktree is; elsewhere another takes over", () => {
    const ticket = sampleTicket("tk-1", { state: "in-progress", assignedAgentId: "worker-0", leaseEpoch: 3 });
    const holder = anAgent("worker", 0, { isLive: false });
    const withWorktree = { ...code, holder: { branch: "worker-0", containsFeature: true, worktree: "/w" } };
    const resumed = facts("worker", ticket, { holder, code: withWorktree });
    expect(planned(resumed)).toMatchObject({ mode: "resume", resume: "worker-0" });
    expect(kinds(resumed)).toEqual(["reserve", "stop-former", "take-over", "salvage", ...tail]);
    const retired = { ...holder, retiredAt: "2026-01-02T03:04:05Z" };
    const taken = facts("worker", ticket, { holder: retired, code: withWorktree });
    expect(planned(taken)).toMatchObject({ mode: "take-over" });
    const takeOver = ["reserve", "stop-former", "take-over", "salvage", "feature", "worktree", ...tail];
    expect(kinds(taken)).toEqual(takeOver);
    expect(sourceOf(taken)).toBe("worker-0");
    const behind = { ...code, holder: { branch: "worker-0", containsFeature: false } };
    expect(sourceOf(facts("worker", ticket, { holder: retired, code: behind }))).toBe("feature/tk-1");
  });

  // P28
  test("one that fell silent for a whole lease does not go on with it: another agent does, from its branch", () => {
    const ticket = sampleTicket("tk-1", { state: "in-progress", assignedAgentId: "worker-0", leaseEpoch: 3 });
    const holder = anAgent("worker", 0, { isLive: false });
    const session = {
      ...(holder.session ?? { generation: 1, runner: "", startedAt: "" }),
      endReason: silentLease,
    };
    const code1 = { ...code, holder: { branch: "worker-0", containsFeature: true, worktree: "/w" } };
    const silent = facts("worker", ticket, { holder: { ...holder, session }, code: code1 });
    expect(planned(silent)).toMatchObject({ mode: "take-over" });
    expect(planned(silent).resume).toBeUndefined();
    expect(sourceOf(silent)).toBe("worker-0");
    expect(describeSpawn(planned(silent))).toContain(
      "keep what worker-0 has not committed in /w as a salvage point",
    );
  });

  test("while others review, the holder goes on without a new claim", () => {
    const ticket = sampleTicket("tk-1", { state: "review", assignedAgentId: "worker-0", leaseEpoch: 3 });
    const withWorktree = { ...code, holder: { branch: "worker-0", containsFeature: true, worktree: "/w" } };
    const given = facts("worker", ticket, {
      holder: anAgent("worker", 0, { isLive: false }),
      code: withWorktree,
    });
    expect(kinds(given)).toEqual(["reserve", "stop-former", "salvage", ...tail]);
  });

  test("a repository without any commit has no feature branch to make", () => {
    const empty: CodeFacts = { ...code, baseBranch: undefined, hasCommits: false };
    expect(kinds(facts("worker", sampleTicket("tk-1"), { code: empty }))).toEqual([
      "reserve",
      "worktree",
      "set-up",
      "claim",
      "order",
      "start",
    ]);
  });

  test("over the limit only by force; a supervisor has none", () => {
    const full = { slotsUsed: 4 };
    expect(planSpawn(facts("worker", sampleTicket("tk-1"), full))).toMatchObject({
      error: { code: "NO_CAPACITY" },
    });
    expect(kinds(facts("worker", sampleTicket("tk-1"), { ...full, isForced: true }))).toContain("claim");
    expect(kinds(facts("supervisor", undefined, full))).toEqual(["reserve", "worktree", ...tail]);
  });

  test("refusals name what is wrong before anything else is looked at", () => {
    const ticket = sampleTicket("tk-1", { actionRequired: { reason: "Which\u001b one?" } });
    const wrong = {
      command: { word: "gone\u0007", fault: "The agent command 'gone\\u0007' was not found" },
      live: "worker-0",
      slotsUsed: 9,
    };
    const codeOf = (given: SpawnFacts) => {
      const decision = planSpawn(given);
      return decision.status === "refused" ? decision.error.code : undefined;
    };
    expect(codeOf(facts("worker", undefined, wrong))).toBe("ROLE_NEEDS_TICKET");
    expect(codeOf(facts("worker", ticket, wrong))).toBe("AGENT_COMMAND_MISSING");
    expect(codeOf(facts("worker", ticket, { live: "worker-0", slotsUsed: 9 }))).toBe("AGENT_LIVE");
    expect(codeOf(facts("worker", ticket, { slotsUsed: 9 }))).toBe("TICKET_NOT_WORKABLE");
    const messages = [facts("worker", ticket, wrong), facts("worker", ticket)].map((given) => {
      const decision = planSpawn(given);
      return decision.status === "refused" ? decision.error.message : "";
    });
    expect(messages.join()).not.toMatch(/[\u0007\u001b]/);
  });

  // P28
  test("whoever takes the place of another starts a new epoch, and whoever holds nothing starts none", () => {
    const states = builtinTypes.types["task"]?.states.map(({ name }) => name) ?? [];
    fc.assert(
      fc.property(
        fc.constantFrom("worker", "reviewer", "qa"),
        fc.constantFrom(...states),
        fc.constantFrom(undefined, "worker-0", "reviewer-3"),
        fc.boolean(),
        (role, state, assignedAgentId, hasWorktree) => {
          const ticket = sampleTicket("tk-1", { state, assignedAgentId, leaseEpoch: 1 });
          const holder =
            assignedAgentId === undefined
              ? undefined
              : anAgent(assignedAgentId.split("-")[0] ?? "", 0, { agentId: assignedAgentId, isLive: false });
          const place = hasWorktree ? { worktree: "/w" } : {};
          const decision = planSpawn(
            facts(role, ticket, {
              holder,
              code: { ...code, holder: { branch: assignedAgentId, containsFeature: true, ...place } },
            }),
          );
          if (decision.status === "refused") return;
          const { mode, steps } = decision.plan;
          const starts = steps.filter(({ kind }) => kind === "claim" || kind === "take-over");
          expect(steps[0]?.kind).toBe("reserve");
          expect(steps.at(-1)?.kind).toBe("start");
          if (mode === "claim" || mode === "take-over") expect(starts).toHaveLength(1);
          if (mode === "join") expect(starts).toHaveLength(0);
          // Only the role that takes tickets ever changes one.
          if (role !== "worker") expect(mode).toBe("join");
        },
      ),
    );
  });
});

test("the roles that hold tickets are those of the states that claims lead to", () => {
  expect(holderRoles(builtinTypes.types["task"])).toEqual(["worker"]);
  expect(holderRoles(builtinTypes.types["pr-task"])).toEqual(["worker"]);
  expect(holderRoles(undefined)).toEqual([]);
});
