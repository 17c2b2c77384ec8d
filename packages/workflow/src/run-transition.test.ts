import type { Ticket, TicketTypes } from "@wiggum/ticket-core";
import { describe, expect, test } from "vitest";
import { isWorkflowError, WorkflowError } from "./errors.js";
import { hookDepthOf } from "./hook-depth.js";
import { previewTransition, runTransition } from "./run-transition.js";
import { asAgent, asPerson, memoryProject, sampleTicket } from "./testing/memory-project.js";
import { parseTicketTypes } from "./ticket-types.js";

const working = (extra: Partial<Ticket> = {}) =>
  sampleTicket("tk-1", {
    state: "in-progress",
    assignedAgentId: "worker-0",
    assignedAt: "2026-01-02T03:30:00Z",
    leaseEpoch: 1,
    ...extra,
  });

const handIn = { id: "tk-1", to: "review", context: asAgent("worker-0", "tk-1", 1) };

/** `task` with guards and two before-hooks on the hand-in. */
const guardedTypes: TicketTypes = parseTicketTypes({
  schemaVersion: 1,
  defaultType: "task",
  types: {
    task: {
      initial: "ready",
      states: {
        ready: { claimable: true },
        "in-progress": { roles: ["worker"] },
        review: { roles: ["reviewer"] },
        done: { final: true },
      },
      transitions: [
        { from: "ready", to: "in-progress", effects: ["claim"] },
        {
          from: "in-progress",
          to: "review",
          effects: ["merge"],
          guards: ["no-uncommitted-work"],
          before: ["lint", "pre-review"],
        },
        { from: "review", to: "in-progress", name: "reject" },
        { from: "review", to: "done" },
      ],
    },
  },
});

const failure = async (action: Promise<unknown>) => {
  try {
    await action;
  } catch (error) {
    return error as Error & { code: string; data: Record<string, unknown>; hint?: string };
  }
  throw new Error("was not refused");
};

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
    expect(record.ticket).toMatchObject({ state: "in-progress", assignedAgentId: undefined, leaseEpoch: 1 });
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

  test("a claim while a dependency is open is refused with the reason", async () => {
    const project = memoryProject({
      tickets: [sampleTicket("tk-1", { dependsOn: ["tk-2"] }), sampleTicket("tk-2")],
    });
    const error = await failure(runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson }));
    expect(error).toMatchObject({ code: "TICKET_BLOCKED" });
  });
});

describe("others at the same time", () => {
  // P1
  test("fifty claims at one instant: one wins, the others are told who", async () => {
    const project = memoryProject();
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        runTransition(project, {
          id: "tk-1",
          to: "in-progress",
          context: { actor: { kind: "supervisor", id: `host-${index}` } },
          claimFor: `worker-${index}`,
        }),
      ),
    );
    const winners = results.filter((result) => result.status === "fulfilled");
    const { assignedAgentId: holder, leaseEpoch } = (await project.tickets.show("tk-1")).ticket;
    expect([winners.length, leaseEpoch, (await project.changes()).length]).toEqual([1, 1, 1]);
    for (const result of results) {
      if (result.status === "rejected") {
        expect(result.reason).toMatchObject({ code: "TICKET_HELD", data: { holder } });
      }
    }
  });

  test("fifty moves that are no claims: one wins, the others name who set the state", async () => {
    const project = memoryProject({ tickets: [working({ state: "review" })] });
    const move = (to: string, id: string) =>
      runTransition(project, { id: "tk-1", to, context: { actor: { kind: "person", id } } });
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => move(index % 2 === 0 ? "qa" : "in-progress", `p${index}`)),
    );
    const change = (await project.changes()).at(0);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      expect(result.reason.code).toMatch(/^(TICKET_CONFLICT|TRANSITION_NOT_ALLOWED)$/);
      expect(result.reason.message).toContain(change?.actor.id);
    }
  });

  test("a comment that comes while a hook runs makes the hook run again, on what is there then", async () => {
    const seen: string[] = [];
    const project = memoryProject({
      tickets: [working()],
      hooks: {
        "pre-review": async () => {
          const { ticket } = await project.tickets.show("tk-1");
          seen.push(String((await project.tickets.events(ticket)).length));
          if (seen.length === 1) {
            await project.tickets.addEvent("tk-1", { kind: "comment", source: "me", text: "Wait" }, asPerson);
          }
          return { status: "passed", output: "" };
        },
      },
    });
    const { record } = await runTransition(project, handIn);
    expect(seen).toEqual(["0", "1"]);
    expect(record.ticket.state).toBe("review");
    expect(await project.tickets.events(record.ticket)).toHaveLength(1); // the comment is still there
  });

  test("a comment between the merge and the commit is no conflict", async () => {
    let merges = 0;
    const project = memoryProject({
      tickets: [working()],
      handIn: async () => {
        merges++;
        if (merges === 1)
          await project.tickets.addEvent("tk-1", { kind: "comment", source: "me", text: "x" }, asPerson);
        return { status: "up-to-date", commit: "abc" };
      },
    });
    const { record } = await runTransition(project, handIn);
    expect([merges, record.ticket.state]).toEqual([2, "review"]);
  });

  test("somebody who comments for ever cannot make it hang", async () => {
    let comments = 0;
    const project = memoryProject({
      tickets: [working()],
      hooks: {
        "pre-review": async () => {
          await project.tickets.addEvent(
            "tk-1",
            { kind: "comment", source: "me", text: `${comments++}` },
            asPerson,
          );
          return { status: "passed", output: "" };
        },
      },
    });
    const error = await failure(runTransition(project, handIn));
    expect(error).toMatchObject({ code: "TICKET_CONFLICT", data: { by: { id: "manual" } } });
    expect(comments).toBeLessThan(10);
  });

  test("a take-over while a hook runs stops the former holder, and nothing is merged", async () => {
    const project = memoryProject({
      tickets: [working()],
      hooks: {
        "pre-review": async () => {
          await project.tickets.takeOver("tk-1", "worker-8", asPerson);
          return { status: "passed", output: "" };
        },
      },
    });
    const error = await failure(runTransition(project, handIn));
    expect(error.code).toMatch(/^(TICKET_CONFLICT|TICKET_FENCED)$/);
    expect(project.events).not.toContain("merge");
    expect((await project.tickets.show("tk-1")).ticket).toMatchObject({
      state: "in-progress",
      assignedAgentId: "worker-8",
    });
  });

  test("another transition while a hook runs wins, and is named", async () => {
    const project = memoryProject({
      tickets: [working({ state: "review" })],
      types: parseTicketTypes({
        schemaVersion: 1,
        defaultType: "task",
        types: {
          task: {
            initial: "review",
            states: { review: { claimable: true }, qa: { roles: ["qa"] }, closed: { final: true } },
            transitions: [
              { from: "review", to: "qa", effects: ["claim"], before: ["slow"] },
              { from: "review", to: "closed" },
              { from: "qa", to: "closed" },
            ],
          },
        },
      }),
      hooks: {
        slow: async () => {
          await project.tickets.transition("tk-1", "closed", { actor: { kind: "person", id: "rival" } });
          return { status: "passed", output: "" };
        },
      },
    });
    const error = await failure(runTransition(project, { id: "tk-1", to: "qa", context: asPerson }));
    expect(error).toMatchObject({ code: "TICKET_HELD" });
    const other = memoryProject({
      tickets: [working()],
      hooks: {
        "pre-review": async () => {
          await other.tickets.release("tk-1", { actor: { kind: "person", id: "rival" } });
          return { status: "passed", output: "" };
        },
      },
    });
    const beaten = await failure(runTransition(other, { ...handIn, context: asPerson }));
    expect(beaten).toMatchObject({ code: "TICKET_CONFLICT", data: { by: { id: "rival" } } });
    expect(beaten.message).toContain("rival");
  });
});

describe("the same operation again", () => {
  test("answers already, with what it wrote, whatever became of the ticket since", async () => {
    const project = memoryProject();
    const request = { id: "tk-1", to: "in-progress", context: { ...asPerson, operationId: "OP-A" } };
    const first = await runTransition(project, request);
    await runTransition(project, { ...request, to: "review", context: asPerson });
    const again = await runTransition(project, request);
    expect([first.already, again.already]).toEqual([false, true]);
    expect(again).toMatchObject({ from: "ready", to: "in-progress", operationId: "OP-A" });
    expect(await project.changes()).toHaveLength(2);
  });

  test("twins at one instant have one effect", async () => {
    const project = memoryProject();
    const request = { id: "tk-1", to: "in-progress", context: { ...asPerson, operationId: "OP-A" } };
    const results = await Promise.all(Array.from({ length: 10 }, () => runTransition(project, request)));
    expect(new Set(results.map(({ record }) => record.revision)).size).toBe(1);
    expect(await project.changes()).toHaveLength(1);
  });

  test("an id that another write has is refused", async () => {
    const project = memoryProject({ tickets: [sampleTicket("tk-1"), sampleTicket("tk-2")] });
    const context = { ...asPerson, operationId: "OP-A" };
    await runTransition(project, { id: "tk-1", to: "in-progress", context });
    for (const request of [
      { id: "tk-2", to: "in-progress" },
      { id: "tk-1", to: "closed" },
    ]) {
      expect(await failure(runTransition(project, { ...request, context }))).toMatchObject({
        code: "TICKET_INVALID",
      });
    }
    expect(await project.changes()).toHaveLength(1);
  });

  // P17
  test("an outcome that nobody knows is passed on with the operation's id, and the repeat finds out", async () => {
    const project = memoryProject();
    const { TicketError } = await import("@wiggum/ticket-core");
    let isLost = true;
    const unsure = {
      ...project,
      tickets: {
        ...project.tickets,
        transition: async (...args: Parameters<typeof project.tickets.transition>) => {
          const record = await project.tickets.transition(...args);
          if (!isLost) return record;
          throw new TicketError("COMMIT_UNKNOWN", "lost", { operationId: args[2].operationId ?? "" });
        },
      },
    };
    const request = { id: "tk-1", to: "in-progress", context: asPerson };
    const error = await failure(runTransition(unsure, request));
    expect(error.code).toBe("COMMIT_UNKNOWN");
    isLost = false;
    const operationId = String(error.data["operationId"]);
    expect(await runTransition(unsure, { ...request, context: { ...asPerson, operationId } })).toMatchObject({
      already: true,
    });
  });
});

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
});
