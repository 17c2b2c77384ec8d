import { describe, expect, test } from "vitest";
import { drainOutbox, startOutbox } from "./outbox-drain.js";
import { eventIdOf, maxHookAttempts, planAfterHooks } from "./outbox-rows.js";
import type { HookCall, HookResult } from "./ports.js";
import { runTransition } from "./run-transition.js";
import { asPerson, type MemoryProject, memoryProject, sampleTicket } from "./testing/memory-project.js";
import { parseTicketTypes } from "./ticket-types.js";

const passed: HookResult = { status: "passed", output: "ok" };
const hooksOf = (project: MemoryProject) => project.events.filter((event) => event.startsWith("hook:"));

async function move(project: MemoryProject, id: string, ...states: readonly string[]): Promise<void> {
  for (const to of states) await runTransition(project, { id, to, context: asPerson });
}

describe("which hooks a change asks for", () => {
  test("those of the edge, in order, for the agent that moved it, else for the one that holds it", async () => {
    const project = memoryProject({
      tickets: [sampleTicket("tk-1", { state: "qa", assignedAgentId: "worker-0", leaseEpoch: 1 })],
    });
    await runTransition(project, {
      id: "tk-1",
      to: "done",
      context: { actor: { kind: "agent", id: "qa-2" }, fence: { id: "tk-1", epoch: 1 } },
    });
    const [change] = await project.changes();
    if (change === undefined) throw new Error("no change");
    const rows = planAfterHooks(change, project.tickets.types);
    expect(rows).toEqual(
      ["on-qa-done", "on-close"].map((hook, index) => ({
        eventId: eventIdOf(change),
        hook,
        index,
        ticketId: "tk-1",
        from: "qa",
        to: "done",
        agentId: "qa-2",
        mode: "retry",
        timeoutMs: 600_000,
        depth: 1,
        at: change.at,
      })),
    );
    const byPerson = { ...change, actor: asPerson.actor };
    expect(planAfterHooks(byPerson, project.tickets.types)[0]?.agentId).toBe("worker-0");
    expect(planAfterHooks({ ...change, cause: "x; hook depth 4" }, project.tickets.types)[0]?.depth).toBe(5);
    for (const silent of [
      { skipHooks: true },
      { override: "release" },
      { before: undefined },
      { after: change.before },
    ]) {
      expect(planAfterHooks({ ...change, ...silent }, project.tickets.types)).toEqual([]);
    }
    expect(planAfterHooks(change, { defaultType: "x", types: {} })).toEqual([]);
  });
});

describe("draining", () => {
  test("a fresh outbox begins at the tip: what was before fires nothing, the first transition after does", async () => {
    const project = memoryProject({ hooks: { "on-claim": () => passed } });
    await project.tickets.transition("tk-1", "in-progress", { ...asPerson, unguarded: true });
    expect(await drainOutbox(project)).toMatchObject({ ran: 0, waiting: 0 });
    const other = memoryProject({ hooks: { "on-claim": () => passed } });
    await move(other, "tk-1", "in-progress"); // nothing was ever drained here
    expect(await drainOutbox(other)).toEqual({ ran: 1, waiting: 0, unresolved: 0, isRestarted: false });
    expect(hooksOf(other)).toEqual(["hook:on-claim"]);
    expect(await drainOutbox(other)).toMatchObject({ ran: 0 });
  });

  test("each transition's hooks run once, in order per ticket, with what they are told", async () => {
    const done: string[] = [];
    const note = (call: HookCall) => {
      done.push(`${call.ticketId} ${call.name}`);
      return passed;
    };
    const hooks = Object.fromEntries(
      ["on-claim", "on-draft-done", "on-review-done", "on-qa-done", "on-close"].map((name) => [name, note]),
    );
    const tickets = ["tk-1", "tk-2", "tk-3"].map((id) => sampleTicket(id));
    const project = memoryProject({ tickets, hooks });
    await startOutbox(project);
    for (const { id } of tickets) await move(project, id, "in-progress", "review", "qa", "done");
    const report = await drainOutbox(project, { parallel: 3 });
    expect(report).toMatchObject({ ran: 15, waiting: 0 });
    for (const { id } of tickets) {
      expect(done.filter((line) => line.startsWith(`${id} `)).map((line) => line.split(" ")[1])).toEqual([
        "on-claim",
        "on-draft-done",
        "on-review-done",
        "on-qa-done",
        "on-close",
      ]);
    }
    expect(project.calls.find(({ name }) => name === "on-close")).toMatchObject({
      phase: "post",
      from: "qa",
      to: "done",
      eventId: expect.stringContaining(":tk-"),
      depth: 1,
      at: expect.any(String),
    });
  });

  test("transitions without hooks, releases and hooks that are not there run nothing", async () => {
    const project = memoryProject({ hooks: { "on-claim": () => passed } });
    await runTransition(project, { id: "tk-1", to: "in-progress", context: asPerson, noHooks: true });
    await project.tickets.release("tk-1", asPerson);
    expect(await drainOutbox(project)).toMatchObject({ ran: 0 });
    await move(project, "tk-1", "in-progress", "review");
    expect(await drainOutbox(project)).toMatchObject({ ran: 2, waiting: 0, unresolved: 0 });
    expect(hooksOf(project)).toEqual(["hook:on-claim"]); // on-draft-done has no file here
  });

  test("a hook that fails is tried three times with growing pauses, then shown; the next ones go on", async () => {
    const results: HookResult[] = [
      { status: "failed", exitCode: 1, output: "first" },
      { status: "timed-out", afterMs: 5, output: "" },
      { status: "broken", reason: "third" },
    ];
    const project = memoryProject({
      hooks: { "on-claim": () => results.shift() ?? passed, "on-draft-done": () => passed },
    });
    await move(project, "tk-1", "in-progress", "review");
    expect(await drainOutbox(project)).toMatchObject({ ran: 1, waiting: 2, unresolved: 0 });
    const started = project.clock.nowMs;
    const report = await drainOutbox(project, { patienceMs: 60_000 });
    expect(report).toMatchObject({ ran: 3, waiting: 0, unresolved: 1 });
    expect(project.clock.nowMs - started).toBe(5_000); // 1 s and 4 s
    expect(project.outbox.rows[0]).toMatchObject({
      status: "failed",
      attempts: maxHookAttempts,
      lastOutput: "it cannot be run: third",
    });
    expect(hooksOf(project)).toEqual([
      "hook:on-claim",
      "hook:on-claim",
      "hook:on-claim",
      "hook:on-draft-done",
    ]);
  });

  test("a hook that may run once is not tried again", async () => {
    const types = parseTicketTypes({
      schemaVersion: 1,
      defaultType: "task",
      types: {
        task: {
          initial: "ready",
          states: { ready: { claimable: true }, done: { final: true } },
          transitions: [
            { from: "ready", to: "done", effects: ["claim"], after: [{ name: "mail", mode: "once" }] },
          ],
        },
      },
    });
    const project = memoryProject({
      types,
      hooks: { mail: () => ({ status: "failed", exitCode: 1, output: "" }) },
    });
    await move(project, "tk-1", "done");
    expect(await drainOutbox(project, { patienceMs: 60_000 })).toMatchObject({ ran: 1, unresolved: 1 });
  });

  test("exit 12 is asked again for as long as it takes, and counts no attempt", async () => {
    let asked = 0;
    const project = memoryProject({
      hooks: { "on-claim": () => (++asked < 8 ? { status: "later", output: "full" } : passed) },
    });
    await move(project, "tk-1", "in-progress");
    expect(await drainOutbox(project)).toMatchObject({ ran: 1, waiting: 1 });
    expect(await drainOutbox(project, { patienceMs: 3_600_000 })).toMatchObject({
      ran: 7,
      waiting: 0,
      unresolved: 0,
    });
    expect(project.outbox.rows[0]).toMatchObject({ status: "done", attempts: 1 });
  });

  test("a hook that moves a ticket makes rows that run, too, and a circle of hooks ends at the eighth", async () => {
    const types = parseTicketTypes({
      schemaVersion: 1,
      defaultType: "task",
      types: {
        task: {
          initial: "a",
          states: { a: { claimable: true }, b: { roles: ["worker"] }, done: { final: true } },
          transitions: [
            { from: "a", to: "b", effects: ["claim"], after: ["swing"] },
            { from: "b", to: "a", after: ["swing"] },
            { from: "b", to: "done" },
          ],
        },
      },
    });
    const depths: number[] = [];
    const project = memoryProject({
      types,
      tickets: [sampleTicket("tk-1", { state: "a" })],
      hooks: {
        swing: async ({ to, depth, eventId }) => {
          depths.push(depth);
          const back = to === "b" ? "a" : "b";
          const context = {
            actor: { kind: "hook", id: "swing" } as const,
            operationId: `${eventId}/swing/1`,
          };
          await runTransition(project, { id: "tk-1", to: back, context, depth });
          return passed;
        },
      },
    });
    await move(project, "tk-1", "b");
    const report = await drainOutbox(project, { patienceMs: 3_600_000 });
    expect(depths).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(report).toMatchObject({ waiting: 0, unresolved: 1 });
    expect(project.outbox.rows.at(-1)?.lastOutput).toContain("stop at 8");
  });

  test("a limit and an abort leave the rest for the next one", async () => {
    const project = memoryProject({
      tickets: ["tk-1", "tk-2", "tk-3"].map((id) => sampleTicket(id)),
      hooks: { "on-claim": () => passed },
    });
    for (const id of ["tk-1", "tk-2", "tk-3"]) await move(project, id, "in-progress");
    expect(await drainOutbox(project, { limit: 2 })).toMatchObject({ ran: 2, waiting: 1 });
    expect(await drainOutbox(project, { signal: AbortSignal.abort() })).toMatchObject({ ran: 0, waiting: 1 });
    expect(await drainOutbox(project)).toMatchObject({ ran: 1, waiting: 0 });
  });

  test("two drainers at once run each row once", async () => {
    const ids = Array.from({ length: 10 }, (_, index) => `tk-${index}`);
    const project = memoryProject({
      tickets: ids.map((id) => sampleTicket(id)),
      hooks: { "on-claim": () => passed },
    });
    for (const id of ids) await move(project, id, "in-progress");
    const [one, two] = await Promise.all([drainOutbox(project), drainOutbox(project)]);
    expect(one.ran + two.ran).toBe(10);
    expect(hooksOf(project)).toHaveLength(10);
  });

  test("one commit that moves several tickets is never read in part, and is an event for each of them", async () => {
    const ids = ["tk-1", "tk-2", "tk-3"];
    const project = memoryProject({
      tickets: [...ids, "tk-9"].map((id) => sampleTicket(id)),
      hooks: { "on-claim": () => passed },
    });
    await startOutbox(project);
    for (let change = 0; change < 199; change++) {
      await project.tickets.update("tk-9", (ticket) => ({ ...ticket, priority: change % 2 }), asPerson);
    }
    const records = await Promise.all(ids.map((id) => project.tickets.show(id)));
    await project.backend.commit({
      operationId: "op-batch",
      actor: asPerson.actor,
      subject: "Start three",
      at: "2026-01-02T04:00:00Z",
      changes: records.map(({ ticket, revision }) => ({
        id: ticket.id,
        expected: revision,
        next: { ...ticket, state: "in-progress", leaseEpoch: 1 },
      })),
    });
    expect(await drainOutbox(project)).toMatchObject({ ran: 3, waiting: 0 });
    expect(project.calls.map(({ eventId }) => eventId).sort()).toEqual(ids.map((id) => `op-batch:${id}`));
  });

  test("a hook port that throws is a failed run, not one that runs for ever", async () => {
    const project = memoryProject({
      hooks: {
        "on-claim": () => {
          throw new Error("no disk\u001b[2J");
        },
      },
    });
    await move(project, "tk-1", "in-progress");
    await drainOutbox(project);
    expect(project.outbox.rows[0]).toMatchObject({
      status: "pending",
      lastOutput: "it cannot be run: no disk\\u001b[2J",
    });
  });

  test("a store that was put back to an older state is noticed: hooks run for what comes after", async () => {
    const project = memoryProject({ hooks: { "on-claim": () => passed } });
    await project.outbox.record([], "m99", undefined);
    expect(await drainOutbox(project)).toEqual({ ran: 0, waiting: 0, unresolved: 0, isRestarted: true });
    await move(project, "tk-1", "in-progress");
    expect(await drainOutbox(project)).toMatchObject({ ran: 1, isRestarted: false });
  });

  test("what is left of a hook that a person has to decide about is ended, and of no other", async () => {
    const project = memoryProject({
      hooks: {
        "on-claim": () => ({ status: "broken", reason: "gone" }),
        "on-draft-done": () => ({ status: "later", output: "" }),
      },
    });
    const ended: string[][] = [];
    const hooks = {
      ...project.hooks,
      endLeftovers: async (runs: readonly { readonly hook: string }[]) => {
        ended.push(runs.map(({ hook }) => hook));
      },
    };
    await move(project, "tk-1", "in-progress");
    await drainOutbox({ ...project, hooks });
    expect(ended).toEqual([]); // it will be tried again
    const report = await drainOutbox({ ...project, hooks }, { patienceMs: 60_000 });
    expect(report.unresolved).toBe(1);
    await move(project, "tk-1", "review");
    await drainOutbox({ ...project, hooks });
    expect(ended).toEqual([["on-claim"], ["on-claim"]]);
  });
});
