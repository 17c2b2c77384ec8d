import { describe, expect, test } from "vitest";
import { builtinTypes } from "../builtin-types.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketTypes } from "../ticket-type.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const agent = (id: string) => ({ kind: "agent", id }) as const;

describe("claim", () => {
  test("sets state, assignee and a new epoch in one commit", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { ticket, fence } = await tickets.claim("aaaa", "worker-0", byAnn);
    expect(ticket).toMatchObject({ state: "in-progress", assignedAgentId: "worker-0", leaseEpoch: 1 });
    expect(ticket.assignedAt).toBe(ticket.updatedAt);
    expect(fence).toEqual({ id: "tk-aaaa", epoch: 1 });
    expect(await subjectsOf(memory)).toEqual(["Transition tk-aaaa: ready → in-progress"]);
  });

  // P1
  test("of many at one instant one wins, each other is told who won, and has changed nothing", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const agents = Array.from({ length: 40 }, (_item, index) => `worker-${index}`);
    const settled = await Promise.allSettled(agents.map((id) => tickets.claim("aaaa", id, byAnn)));
    const won = settled.flatMap((end) =>
      end.status === "fulfilled" ? [end.value.ticket.assignedAgentId] : [],
    );
    expect(won).toHaveLength(1);
    for (const end of settled) {
      if (end.status === "fulfilled") continue;
      expect(end.reason).toMatchObject({
        code: "TICKET_HELD",
        data: { holder: won[0], state: "in-progress" },
      });
    }
    expect(await subjectsOf(memory)).toHaveLength(1);
    expect((await tickets.show("aaaa")).ticket).toMatchObject({ assignedAgentId: won[0], leaseEpoch: 1 });
  });

  test("of a held ticket names the holder; of an ended one, or by its own holder, is not allowed", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa", {
          state: "review",
          assignedAgentId: "worker-0",
          assignedAt: "2026-01-01T00:00:00Z",
        }),
        sampleTicket("tk-bbbb", { state: "done", assignedAgentId: "worker-0" }),
        sampleTicket("tk-cccc", { state: "in-progress" }),
      ],
    });
    await expect(tickets.claim("aaaa", "worker-1", byAnn)).rejects.toMatchObject({
      code: "TICKET_HELD",
      data: { id: "tk-aaaa", holder: "worker-0", since: "2026-01-01T00:00:00Z", state: "review" },
    });
    expect(await codeOf(tickets.claim("aaaa", "worker-0", byAnn))).toBe("TRANSITION_NOT_ALLOWED");
    expect(await codeOf(tickets.claim("bbbb", "worker-1", byAnn))).toBe("TRANSITION_NOT_ALLOWED");
    expect(await codeOf(tickets.claim("cccc", "worker-1", byAnn))).toBe("TRANSITION_NOT_ALLOWED");
  });

  test("is refused with every reason while dependencies are not delivered or a person must act", async () => {
    const { tickets, memory } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa", {
          dependsOn: ["tk-0001", "tk-0002", "tk-0003", "tk-0004"],
          actionRequired: { reason: "decide" },
        }),
        sampleTicket("tk-0001", { state: "in-progress" }),
        sampleTicket("tk-0002", { state: "closed" }),
        sampleTicket("tk-0003", { state: "done" }),
      ],
    });
    memory.plant("tk-0005", "nonsense");
    await tickets.update(
      "aaaa",
      (ticket) => ({ ...ticket, dependsOn: [...ticket.dependsOn, "tk-0005"] }),
      byAnn,
    );
    const attempt = tickets.claim("aaaa", "worker-0", byAnn);
    await expect(attempt).rejects.toMatchObject({
      code: "TICKET_BLOCKED",
      data: {
        id: "tk-aaaa",
        reasons: [
          { kind: "action-required", actionRequired: { reason: "decide" } },
          { kind: "dependency", id: "tk-0001", state: "in-progress" },
          { kind: "undelivered", id: "tk-0002", state: "closed" },
          { kind: "missing", id: "tk-0004" },
          { kind: "unreadable", id: "tk-0005" },
        ],
      },
    });
    expect(
      (await tickets.claim("aaaa", "worker-0", { ...byAnn, override: "by hand" })).ticket.leaseEpoch,
    ).toBe(1);
  });

  test("a dependency that is taken back while the claim is made stops the claim", async () => {
    const { memory, through } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa", { dependsOn: ["tk-bbbb"] }),
        sampleTicket("tk-bbbb", { state: "done" }),
      ],
    });
    const reopen = through(memory).transition("bbbb", "ready", { ...byAnn, override: "not done after all" });
    const late = through({
      ...memory,
      // Between the decision and the commit the dependency goes back to work.
      commit: async (commit) => {
        await reopen;
        return memory.commit(commit);
      },
    });
    expect(await codeOf(late.claim("aaaa", "worker-0", byAnn))).toBe("TICKET_BLOCKED");
  });

  test("a dependency that is commented on meanwhile does not stop it", async () => {
    const { memory, through } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa", { dependsOn: ["tk-bbbb"] }),
        sampleTicket("tk-bbbb", { state: "done" }),
      ],
    });
    let commits = 0;
    const late = through({
      ...memory,
      commit: async (commit) => {
        commits += 1;
        if (commits === 1)
          await through(memory).update("bbbb", (ticket) => ({ ...ticket, priority: 0 }), byAnn);
        return memory.commit(commit);
      },
    });
    expect(await codeOf(late.claim("aaaa", "worker-0", byAnn))).toBe("done");
    expect(commits).toBe(2);
  });

  test("is never made again after another write of the ticket, though it would still be legal", async () => {
    const { memory, through } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const refusals: unknown[] = [];
    const late = through({
      ...memory,
      commit: async (commit) => {
        await through(memory).update("aaaa", (ticket) => ({ ...ticket, priority: 0 }), byAnn);
        return memory.commit(commit).catch((error: unknown) => {
          refusals.push(error);
          throw error;
        });
      },
    });
    const error = await late.claim("aaaa", "worker-0", byAnn).catch((thrown: unknown) => thrown);
    expect(refusals).toHaveLength(1);
    expect(error).toBe(refusals[0]);
    expect(error).toMatchObject({
      code: "TICKET_CONFLICT",
      data: { by: { id: "ann" }, current: { ticket: { state: "ready", priority: 0 } } },
    });
  });

  test("is not made again either when a dependency and the ticket were written meanwhile", async () => {
    const { memory, through, tickets } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa", { dependsOn: ["tk-bbbb"] }),
        sampleTicket("tk-bbbb", { state: "done" }),
      ],
    });
    const { revision } = await tickets.show("aaaa");
    let isFirst = true;
    const late = through({
      ...memory,
      commit: async (commit) => {
        if (isFirst) await tickets.update("bbbb", (ticket) => ({ ...ticket, priority: 0 }), byAnn);
        // The store sees the dependency first; the ticket itself is written after that.
        const refused = isFirst ? memory.commit(commit) : undefined;
        await refused?.catch(() => undefined);
        if (isFirst) await tickets.update("aaaa", (ticket) => ({ ...ticket, priority: 0 }), byAnn);
        isFirst = false;
        return refused ?? memory.commit(commit);
      },
    });
    await expect(late.claim("aaaa", "worker-0", byAnn)).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { id: "tk-aaaa", expected: revision, by: { id: "ann" } },
    });
    expect((await tickets.show("aaaa")).ticket.state).toBe("ready");
  });

  test("needs the workflow only where the edge has guards, before-hooks or a merge", async () => {
    const task = builtinTypes.types["task"];
    if (task === undefined) throw new Error("task is missing");
    const guarded: TicketTypes = {
      defaultType: "task",
      types: {
        task: { ...task, transitions: task.transitions.map((edge) => ({ ...edge, guards: ["is-fit"] })) },
      },
    };
    const { tickets } = ticketsInMemory({ types: guarded, tickets: [sampleTicket("tk-aaaa")] });
    expect(await codeOf(tickets.claim("aaaa", "worker-0", byAnn))).toBe("TRANSITION_NEEDS_WORKFLOW");
    expect(await codeOf(tickets.claim("aaaa", "worker-0", { ...byAnn, unguarded: true }))).toBe("done");
  });
});

describe("take-over, release, assignment", () => {
  // P28
  test("after a take-over every write of the former holder is fenced", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { fence } = await tickets.claim("aaaa", "worker-0", byAnn);
    const zombie = { actor: agent("worker-0"), fence };
    await tickets.addEvent("aaaa", { kind: "comment", source: "worker-0", text: "still here" }, zombie);
    const taken = await tickets.takeOver("aaaa", "worker-1", byAnn);
    expect(taken.ticket).toMatchObject({ state: "in-progress", assignedAgentId: "worker-1", leaseEpoch: 2 });
    expect(await subjectsOf(memory)).toContain("Take over tk-aaaa: worker-0 → worker-1");
    const event = { kind: "comment", source: "worker-0", text: "late" };
    expect(await codeOf(tickets.addEvent("aaaa", event, zombie))).toBe("TICKET_FENCED");
    expect(await codeOf(tickets.update("aaaa", (one) => ({ ...one, title: "x" }), zombie))).toBe(
      "TICKET_FENCED",
    );
    const handIn = tickets.transition("aaaa", "review", { ...zombie, unguarded: true });
    expect(await codeOf(handIn)).toBe("TICKET_FENCED");
    expect(await codeOf(tickets.create({ title: "x" }, zombie))).toBe("TICKET_FENCED");
    const holder = { actor: agent("worker-1"), fence: taken.fence };
    expect(await codeOf(tickets.addEvent("aaaa", event, holder))).toBe("done");
  });

  test("of many take-overs at one instant one wins, the others are told who", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    await tickets.claim("aaaa", "worker-0", byAnn);
    const settled = await Promise.allSettled(
      Array.from({ length: 10 }, (_item, index) => tickets.takeOver("aaaa", `rescue-${index}`, byAnn)),
    );
    const won = settled.flatMap((end) =>
      end.status === "fulfilled" ? [end.value.ticket.assignedAgentId] : [],
    );
    expect(won).toHaveLength(1);
    for (const end of settled) {
      if (end.status === "rejected") {
        expect(end.reason).toMatchObject({ code: "TICKET_HELD", data: { holder: won[0] } });
      }
    }
    expect((await tickets.show("aaaa")).ticket.leaseEpoch).toBe(2);
  });

  test("release goes back to the start, unassigned, in a new epoch, outside the machine", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { fence } = await tickets.claim("aaaa", "worker-0", byAnn);
    const { ticket } = await tickets.release("aaaa", byAnn);
    expect(ticket).toMatchObject({ state: "ready", leaseEpoch: 2 });
    expect([ticket.assignedAgentId, ticket.assignedAt]).toEqual([undefined, undefined]);
    expect(await subjectsOf(memory)).toContain("Release ticket: tk-aaaa");
    const late = tickets.update("aaaa", (one) => ({ ...one, title: "x" }), {
      actor: agent("worker-0"),
      fence,
    });
    expect(await codeOf(late)).toBe("TICKET_FENCED");
  });

  // P5
  test("release brings back no ticket that is over, unless somebody says why", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa", { state: "done", leaseEpoch: 1 })],
    });
    expect(await codeOf(tickets.release("aaaa", byAnn))).toBe("TRANSITION_NOT_ALLOWED");
    expect(await codeOf(tickets.takeOver("aaaa", "worker-1", byAnn))).toBe("TRANSITION_NOT_ALLOWED");
    expect(await codeOf(tickets.release("aaaa", { ...byAnn, override: "was not done" }))).toBe("done");
  });

  test("release and assignment are made again after another write only while nobody else took the ticket", async () => {
    const { memory, through, tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    await tickets.claim("aaaa", "worker-0", byAnn);
    const after = (write: () => Promise<unknown>) => {
      let isFirst = true;
      return through({
        ...memory,
        commit: async (commit) => {
          if (isFirst) await write();
          isFirst = false;
          return memory.commit(commit);
        },
      });
    };
    const commented = after(() => tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), byAnn));
    expect((await commented.assign("aaaa", "worker-1", byAnn)).ticket).toMatchObject({
      priority: 0,
      leaseEpoch: 2,
    });
    const taken = after(() => tickets.takeOver("aaaa", "worker-2", byAnn));
    expect(await codeOf(taken.release("aaaa", byAnn))).toBe("TICKET_CONFLICT");
    expect((await tickets.show("aaaa")).ticket.assignedAgentId).toBe("worker-2");
  });

  test("assigning leaves the state; taking a ticket from somebody fences that one", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const first = await tickets.assign("aaaa", "worker-0", byAnn);
    expect(first.ticket).toMatchObject({ state: "ready", assignedAgentId: "worker-0", leaseEpoch: 0 });
    expect((await tickets.assign("aaaa", "worker-0", byAnn)).revision).toBe(first.revision);
    expect((await tickets.assign("aaaa", "worker-1", byAnn)).ticket.leaseEpoch).toBe(1);
    const free = await tickets.unassign("aaaa", byAnn);
    expect(free.ticket).toMatchObject({ state: "ready", leaseEpoch: 2 });
    expect(free.ticket.assignedAgentId).toBeUndefined();
    expect((await tickets.unassign("aaaa", byAnn)).revision).toBe(free.revision);
    expect(await subjectsOf(memory)).toEqual([
      "Assign worker-0 to tk-aaaa",
      "Assign worker-1 to tk-aaaa",
      "Unassign tk-aaaa",
    ]);
  });
});
