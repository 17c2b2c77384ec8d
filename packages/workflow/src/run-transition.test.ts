import { describe, expect, test } from "vitest";
import { isWorkflowError, WorkflowError } from "./errors.js";
import { hookDepthOf } from "./hook-depth.js";
import { runTransition } from "./run-transition.js";
import {
  asAgent,
  asPerson,
  failure,
  handIn,
  memoryProject,
  sampleTicket,
  working,
} from "./testing/memory-project.js";
import { guardedTypes } from "./testing/types-fixture.js";

describe("the order of things", () => {
  test("guards, before-hooks, merge, one commit; after-hooks are left to the outbox", async () => {
    const passed = () => ({ status: "passed", output: "" }) as const;
    const project = memoryProject({
      types: guardedTypes,
      tickets: [working()],
      hooks: { lint: passed, "pre-review": passed },
    });
    const result = await runTransition(project, handIn);
    expect(project.events).toEqual([
      "facts",
      "hook:lint",
      "hook:pre-review",
      "merge",
      "Transition tk-1: in-progress → review",
    ]);
    expect(result).toMatchObject({
      from: "in-progress",
      to: "review",
      already: false,
      merge: { status: "merged" },
    });
    expect(result.record.ticket).toMatchObject({
      state: "review",
      assignedAgentId: "worker-0",
      leaseEpoch: 1,
    });
    expect(project.calls).toEqual([
      expect.objectContaining({
        name: "lint",
        phase: "pre",
        from: "in-progress",
        to: "review",
        agentId: "worker-0",
        depth: 1,
        timeoutMs: 60_000,
      }),
      expect.objectContaining({ name: "pre-review" }),
    ]);
  });

  // P41
  test("the history of a hand-in names the commit that was handed in", async () => {
    const project = memoryProject({ tickets: [working()] });
    await runTransition(project, { ...handIn, context: { ...handIn.context, cause: "typed" } });
    expect((await project.changes()).at(-1)?.cause).toBe("typed; hand-in of c0ffee");
  });

  test("without hooks the merge and the guards stay, and the history says so", async () => {
    const never = () => {
      throw new Error("must not run");
    };
    const project = memoryProject({ types: guardedTypes, tickets: [working()], hooks: { lint: never } });
    await runTransition(project, { ...handIn, noHooks: true });
    expect(project.events).toEqual(["facts", "merge", "Transition tk-1: in-progress → review"]);
    expect((await project.changes()).at(-1)?.skipHooks).toBe(true);
  });

  test("a claim is state, assignee and a new epoch in one commit", async () => {
    const project = memoryProject();
    const { record } = await runTransition(project, {
      id: "1",
      to: "in-progress",
      context: { actor: { kind: "supervisor", id: "supervisor-0" } },
      claimFor: "worker-7",
    });
    expect(record.ticket).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-7",
      assignedAt: "2026-01-02T04:00:00Z",
      leaseEpoch: 1,
    });
    expect(await project.changes()).toHaveLength(1);
  });

  test("a person who starts a ticket by hand gives it to nobody", async () => {
    const project = memoryProject();
    const { record } = await runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson });
    expect(record.ticket).toMatchObject({ state: "in-progress", leaseEpoch: 1 });
    expect(record.ticket.assignedAgentId).toBeUndefined();
  });

  test("the write of a hook carries its depth, and a chain is cut at eight", async () => {
    const project = memoryProject({
      tickets: [working()],
      hooks: { "pre-review": () => ({ status: "passed", output: "" }) },
    });
    await runTransition(project, { ...handIn, depth: 7 });
    expect(hookDepthOf((await project.changes()).at(-1)?.cause)).toBe(7);
    expect(project.calls[0]?.depth).toBe(8);
    const deeper = memoryProject({ tickets: [working()] });
    const error = await failure(runTransition(deeper, { ...handIn, depth: 8 }));
    expect([error.code, deeper.events]).toEqual(["HOOK_TOO_DEEP", []]);
  });
});

describe("refused, and nothing changed", () => {
  test("an unknown state, and an edge that is not there, name what there is", async () => {
    const project = memoryProject();
    expect(
      await failure(runTransition(project, { id: "tk-1", to: "reveiw", context: asPerson })),
    ).toMatchObject({
      code: "STATE_UNKNOWN",
      data: { valid: ["ready", "in-progress", "review", "qa", "done", "closed"] },
    });
    expect(await failure(runTransition(project, { id: "tk-1", to: "qa", context: asPerson }))).toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { from: "ready", to: "qa", allowed: ["in-progress", "closed"] },
    });
    expect(await failure(runTransition(project, { id: "tk-zz", to: "qa", context: asPerson }))).toMatchObject(
      { code: "TICKET_NOT_FOUND" },
    );
    expect(await project.changes()).toEqual([]);
  });

  test("the state that the ticket has already: who set it, and when", async () => {
    const project = memoryProject();
    const supervisor = { actor: { kind: "supervisor", id: "supervisor-0" } } as const;
    await runTransition(project, { id: "tk-1", to: "in-progress", context: supervisor });
    await project.tickets.addEvent("tk-1", { kind: "comment", source: "me", text: "x" }, asPerson);
    const error = await failure(runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson }));
    expect(error).toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { setBy: "supervisor-0", setAt: "2026-01-02T04:00:00Z" },
    });
    expect(error.message).toContain("supervisor-0");
  });

  test.each([
    ["failed", { status: "failed", exitCode: 3, output: "no lint" }, "exit 3"],
    ["timed out", { status: "timed-out", afterMs: 60_000, output: "" }, "60000 ms"],
    ["cannot be started", { status: "broken", reason: "bad\u001binterpreter" }, "bad\\u001binterpreter"],
    ["wants to be asked later", { status: "later", output: "" }, "exit 12"],
  ] as const)("a before-hook that %s blocks", async (_name, result, said) => {
    const project = memoryProject({ tickets: [working()], hooks: { "pre-review": () => result } });
    const error = await failure(runTransition(project, handIn));
    expect(error).toMatchObject({ code: "HOOK_BLOCKED", data: { hook: "pre-review" } });
    expect(error.message).toContain("Pre-transition hook 'pre-review' failed - transition blocked");
    expect(error.message).toContain(said);
    expect(project.events).toEqual(["hook:pre-review"]);
  });

  test("guards: the type's own, and the caller's where work is handed in", async () => {
    const own = memoryProject({
      types: guardedTypes,
      tickets: [working()],
      facts: { uncommittedFiles: ["a.ts", "b\u001b.ts"] },
    });
    const error = await failure(runTransition(own, handIn));
    expect(error).toMatchObject({
      code: "GUARD_REFUSED",
      data: { guard: "no-uncommitted-work", id: "tk-1" },
    });
    expect(error.message).toContain("a.ts, b\\u001b.ts");
    // P41
    const empty = memoryProject({ tickets: [working()], facts: { workCommits: 0 } });
    const extraGuards = ["has-merged-work", "merges-cleanly"];
    expect(await failure(runTransition(empty, { ...handIn, extraGuards }))).toMatchObject({
      code: "GUARD_REFUSED",
      data: { guard: "has-merged-work" },
    });
    const conflicting = memoryProject({
      tickets: [working()],
      facts: { conflictsWithBase: ["src/a.ts"], base: "main" },
    });
    const conflict = await failure(runTransition(conflicting, { ...handIn, extraGuards }));
    expect(conflict).toMatchObject({ code: "MERGE_CONFLICT", data: { files: ["src/a.ts"], target: "main" } });
    expect(`${conflict.message} ${conflict.hint}`).toContain("wiggum rebase");
    const elsewhere = memoryProject({ facts: { workCommits: 0 } });
    await runTransition(elsewhere, { id: "tk-1", to: "in-progress", context: asPerson, extraGuards });
    expect([own.events, empty.events, elsewhere.events]).toEqual([
      ["facts"],
      ["facts"],
      ["Transition tk-1: ready → in-progress"],
    ]);
  });

  // P35
  test("a merge conflict leaves the ticket where it is", async () => {
    const project = memoryProject({
      tickets: [working()],
      handIn: () => {
        throw new WorkflowError("MERGE_CONFLICT", "Merge conflict detected! a.ts", {
          source: "worker-0",
          target: "feature/tk-1",
          files: ["a.ts"],
        });
      },
    });
    const error = await failure(runTransition(project, handIn));
    expect(isWorkflowError(error, "MERGE_CONFLICT")).toBe(true);
    expect(error.message).toContain("Cannot transition to review: merge conflicts must be resolved first");
    expect(error.message).toContain("a.ts");
    expect((await project.tickets.show("tk-1")).ticket.state).toBe("in-progress");
  });

  // P28
  test("an agent whose claim was taken over is fenced before any guard, hook or merge", async () => {
    const project = memoryProject({
      types: guardedTypes,
      tickets: [working({ assignedAgentId: "worker-5", leaseEpoch: 2 })],
    });
    const error = await failure(runTransition(project, handIn));
    expect(error).toMatchObject({
      code: "TICKET_FENCED",
      data: { epoch: 1, current: 2, holder: "worker-5" },
    });
    const unnamed = await failure(
      runTransition(project, { ...handIn, context: { actor: { kind: "agent", id: "worker-0" } } }),
    );
    expect(unnamed.code).toBe("TICKET_FENCED");
    expect(project.events).toEqual([]);
  });

  test("a claim of a ticket that another agent holds names the holder", async () => {
    const project = memoryProject({ tickets: [working()] });
    const error = await failure(
      runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson, claimFor: "worker-9" }),
    );
    expect(error).toMatchObject({ code: "TICKET_HELD", data: { holder: "worker-0", state: "in-progress" } });
  });

  test("an agent that types the state which another one works in is told who set it, not sent away as if it claimed", async () => {
    const project = memoryProject({
      tickets: [sampleTicket("tk-1"), working({ id: "tk-2", assignedAgentId: "worker-4" })],
    });
    await runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson, claimFor: "worker-0" });
    const error = await failure(
      runTransition(project, { id: "tk-1", to: "in-progress", context: asAgent("worker-4", "tk-2", 1) }),
    );
    expect(error).toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { from: "in-progress", setBy: "manual" },
    });
  });

  test("an agent that starts a ticket by itself gets it", async () => {
    const project = memoryProject({
      tickets: [sampleTicket("tk-1"), working({ id: "tk-2", assignedAgentId: "worker-4" })],
    });
    const { record } = await runTransition(project, {
      id: "tk-1",
      to: "in-progress",
      context: asAgent("worker-4", "tk-2", 1),
    });
    expect(record.ticket).toMatchObject({ assignedAgentId: "worker-4", leaseEpoch: 1 });
  });

  test("a claim while a dependency is open is refused with the reason", async () => {
    const project = memoryProject({
      tickets: [sampleTicket("tk-1", { dependsOn: ["tk-2"] }), sampleTicket("tk-2")],
    });
    const error = await failure(runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson }));
    expect(error).toMatchObject({ code: "TICKET_BLOCKED" });
  });
});
