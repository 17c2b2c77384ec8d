import { describe, expect, test } from "vitest";
import { WorkflowError } from "./errors.js";
import { previewTransition } from "./preview-transition.js";
import { runTransition, type TransitionRequest } from "./run-transition.js";
import {
  asPerson,
  failure,
  handIn,
  type MemoryProjectOptions,
  memoryProject,
  sampleTicket,
  working,
} from "./testing/memory-project.js";
import { guardedTypes } from "./testing/types-fixture.js";

describe("preview", () => {
  test("prints every step and does none", async () => {
    const project = memoryProject({ types: guardedTypes, tickets: [working()] });
    const { decision, lines } = await previewTransition(project, handIn);
    expect(decision.status).toBe("planned");
    expect(lines).toEqual([
      "check: no-uncommitted-work",
      "before: run the hook lint (at most 60000 ms)",
      "before: run the hook pre-review (at most 60000 ms)",
      "merge: worker-0 into feature/tk-1 (1 commit)",
      "commit: Transition tk-1: in-progress → review (state in-progress → review)",
    ]);
    expect(project.events).toEqual(["facts"]);
  });

  test("of a claim, and of a refusal", async () => {
    const project = memoryProject();
    const request = { id: "tk-1", to: "in-progress", context: asPerson, claimFor: "worker-3" };
    expect((await previewTransition(project, request)).lines).toEqual([
      "commit: Transition tk-1: ready → in-progress (state ready → in-progress, assigned_agent_id nobody → worker-3, lease_epoch 0 → 1)",
      "after: run the hook on-claim (retry)",
    ]);
    expect(await previewTransition(project, { ...request, to: "qa" })).toMatchObject({
      decision: { status: "refused", error: { code: "TRANSITION_NOT_ALLOWED" } },
      lines: [],
    });
  });

  /** Both ways of asking must refuse in the same words, and the preview must have touched nothing. */
  async function refusedAlike(options: MemoryProjectOptions, request: TransitionRequest) {
    const project = memoryProject(options);
    const before = await project.changes();
    const { decision, lines } = await previewTransition(project, request);
    expect(project.events.filter((event) => event !== "facts")).toEqual([]);
    expect(await project.changes()).toEqual(before);
    const real = await failure(runTransition(project, request));
    if (decision.status !== "refused") throw new Error(`planned, and then refused: ${real.message}`);
    const { code, message, data, hint } = decision.error;
    expect({ code, message, data, hint, lines }).toEqual({
      code: real.code,
      message: real.message,
      data: real.data,
      hint: real.hint,
      lines: [],
    });
    return code;
  }

  const claimed = { id: "tk-1", to: "in-progress", context: asPerson, claimFor: "worker-9" };
  const conflict = () => {
    throw new WorkflowError("MERGE_CONFLICT", "conflict", { source: "a", target: "b", files: ["f"] });
  };
  const overlap = () => {
    throw new WorkflowError("CHECKOUT_OVERLAP", "in the way", { worktree: "/w", files: ["f"] });
  };
  const mustAct = { actionRequired: { reason: "decide", since: "2026-01-02T03:04:05Z", by: "ann" } };
  const over = [sampleTicket("tk-1", { dependsOn: ["tk-2"] }), sampleTicket("tk-2", { state: "closed" })];

  test.each<[string, string, MemoryProjectOptions, TransitionRequest]>([
    ["an unknown state", "STATE_UNKNOWN", {}, { ...claimed, to: "nonsense" }],
    ["an unknown type", "TYPE_UNKNOWN", { tickets: [sampleTicket("tk-1", { type: "x" })] }, claimed],
    ["no such edge", "TRANSITION_NOT_ALLOWED", {}, { ...claimed, to: "qa" }],
    ["the state that it has", "TRANSITION_NOT_ALLOWED", {}, { ...claimed, to: "ready" }],
    ["held by another", "TICKET_HELD", { tickets: [working()] }, claimed],
    ["a person must act", "TICKET_BLOCKED", { tickets: [sampleTicket("tk-1", mustAct)] }, claimed],
    [
      "a dependency is missing",
      "TICKET_BLOCKED",
      { tickets: [sampleTicket("tk-1", { dependsOn: ["tk-2"] })] },
      claimed,
    ],
    ["a dependency delivers nothing", "TICKET_BLOCKED", { tickets: over }, claimed],
    ["taken over", "TICKET_FENCED", { tickets: [working({ leaseEpoch: 2 })] }, handIn],
    [
      "an agent without a claim",
      "TICKET_FENCED",
      { tickets: [working()] },
      { ...handIn, context: { actor: { kind: "agent", id: "worker-0" } } },
    ],
    [
      "a guard",
      "GUARD_REFUSED",
      { types: guardedTypes, tickets: [working()], facts: { uncommittedFiles: ["a"] } },
      handIn,
    ],
    [
      "a guard of this caller",
      "GUARD_REFUSED",
      { tickets: [working()], facts: { workCommits: 0 } },
      { ...handIn, extraGuards: ["has-merged-work"] },
    ],
    [
      "too deep in hooks",
      "HOOK_TOO_DEEP",
      { types: guardedTypes, tickets: [working()] },
      { ...handIn, depth: 99 },
    ],
    ["the work does not merge", "MERGE_CONFLICT", { tickets: [working()], handIn: conflict }, handIn],
    ["a checkout is in the way", "CHECKOUT_OVERLAP", { tickets: [working()], handIn: overlap }, handIn],
  ])("%s is refused as it would be", async (_, code, options, request) => {
    expect(await refusedAlike(options, request)).toBe(code);
  });

  test("an operation that was done before is done; one that was another write is refused", async () => {
    const project = memoryProject();
    const again = { ...claimed, context: { ...asPerson, operationId: "01ONCE" } };
    await runTransition(project, again);
    const before = await project.changes();
    expect((await previewTransition(project, again)).decision).toMatchObject({
      status: "done",
      result: { from: "ready", to: "in-progress", already: true },
    });
    const other = { ...again, to: "closed" };
    const refused = await failure(previewTransition(project, other));
    expect(refused).toMatchObject({ code: "TICKET_INVALID" });
    expect(await failure(runTransition(project, other))).toMatchObject({ message: refused.message });
    expect(await project.changes()).toEqual(before);
  });
});
