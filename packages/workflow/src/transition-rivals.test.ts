import { describe, expect, test } from "vitest";
import { runTransition } from "./run-transition.js";
import { asPerson, failure, handIn, memoryProject, sampleTicket, working } from "./testing/memory-project.js";
import { parseTicketTypes } from "./ticket-types.js";

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

  test.each([
    ["typed by a person", "pre-review", asPerson, { kind: "hook", id: "pre-review" }],
    ["in an agent's worktree", "pre-review", handIn.context, { kind: "agent", id: "worker-0" }],
  ] as const)(
    "a before-hook that writes to its own ticket each time, %s, is named",
    async (_name, hook, context, actor) => {
      const writes = { actor, ...(context.fence && { fence: context.fence }) };
      let runs = 0;
      const project = memoryProject({
        tickets: [working()],
        hooks: {
          [hook]: async () => {
            runs += 1;
            await project.tickets.addEvent(
              "tk-1",
              { kind: "comment", source: "hook", text: "Checked" },
              writes,
            );
            return { status: "passed", output: "" };
          },
        },
      });
      expect(await failure(runTransition(project, { ...handIn, context }))).toMatchObject({
        code: "HOOK_WRITES",
        data: { hook, id: "tk-1" },
      });
      expect([runs, project.events.includes("merge")]).toEqual([2, false]);
    },
  );

  test("a before-hook may write once: what it leaves alone the second time is what is moved", async () => {
    const actor = { kind: "hook", id: "pre-review" } as const;
    const project = memoryProject({
      tickets: [working()],
      hooks: {
        "pre-review": async () => {
          await project.tickets.update("tk-1", (ticket) => ({ ...ticket, labels: ["checked"] }), { actor });
          return { status: "passed", output: "" };
        },
      },
    });
    const { record } = await runTransition(project, handIn);
    expect(record.ticket).toMatchObject({ state: "review", labels: ["checked"] });
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
