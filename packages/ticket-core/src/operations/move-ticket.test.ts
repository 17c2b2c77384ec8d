import { describe, expect, test } from "vitest";
import { sampleTicket } from "../sample-tickets.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const held = { assignedAgentId: "worker-0", assignedAt: "2026-01-01T00:00:00Z", leaseEpoch: 1 };

describe("transition", () => {
  test("follows an edge, keeps the assignee, and sets updatedAt", async () => {
    const ticket = sampleTicket("tk-aaaa", { state: "review", ...held });
    const { tickets, memory } = ticketsInMemory({ tickets: [ticket] });
    const record = await tickets.transition("aaaa", "qa", byAnn);
    expect(record.ticket).toMatchObject({ ...held, state: "qa" });
    expect(record.ticket.updatedAt).not.toBe(ticket.updatedAt);
    expect(await subjectsOf(memory)).toEqual(["Transition tk-aaaa: review → qa"]);
  });

  test("to the state that the ticket has is refused, naming who set it and when", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { state: "review" })] });
    const boss = { actor: { kind: "supervisor", id: "boss" } } as const;
    const { ticket } = await tickets.transition("aaaa", "qa", boss);
    await tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), byAnn);
    await expect(tickets.transition("aaaa", "qa", byAnn)).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: {
        from: "qa",
        to: "qa",
        setBy: "boss",
        setAt: ticket.updatedAt,
        allowed: ["done", "in-progress", "closed"],
      },
    });
  });

  test("an unknown state and a missing edge are told apart, with what is possible", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    await expect(tickets.transition("aaaa", "limbo", byAnn)).rejects.toMatchObject({
      code: "STATE_UNKNOWN",
      hint: "Valid states: ready, in-progress, review, qa, done, closed.",
    });
    await expect(tickets.transition("aaaa", "done", byAnn)).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      hint: "Allowed transitions from 'ready': in-progress, closed.",
    });
    expect(await codeOf(tickets.transition("aaaa", "done", { ...byAnn, override: "import" }))).toBe("done");
  });

  test.each([
    ["ready", "in-progress"],
    ["in-progress", "review"],
  ])("from %s to %s needs the workflow, unless unguarded", async (from, to) => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { state: from })] });
    await expect(tickets.transition("aaaa", to, byAnn)).rejects.toMatchObject({
      code: "TRANSITION_NEEDS_WORKFLOW",
      data: { id: "tk-aaaa", from, to },
    });
    const edit = tickets.update("aaaa", (ticket) => ({ ...ticket, state: to }), byAnn);
    expect(await codeOf(edit)).toBe("TRANSITION_NEEDS_WORKFLOW");
    expect((await tickets.transition("aaaa", to, { ...byAnn, unguarded: true })).ticket.state).toBe(to);
  });

  test("over a claim edge starts an epoch, gives the ticket to an agent who makes it, and is no way round a block", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-aaaa"),
        sampleTicket("tk-bbbb"),
        sampleTicket("tk-cccc", { dependsOn: ["tk-bbbb"] }),
      ],
    });
    const mine = { actor: { kind: "agent", id: "worker-7" }, fence: { id: "tk-aaaa", epoch: 0 } } as const;
    const { ticket } = await tickets.transition("aaaa", "in-progress", { ...mine, unguarded: true });
    expect(ticket).toMatchObject({ assignedAgentId: "worker-7", leaseEpoch: 1 });
    const byPerson = await tickets.transition("bbbb", "in-progress", {
      ...byAnn,
      unguarded: true,
      change: (one) => ({ ...one, assignedAgentId: "worker-8", priority: 0 }),
    });
    expect(byPerson.ticket).toMatchObject({ assignedAgentId: "worker-8", leaseEpoch: 1, priority: 0 });
    const blocked = tickets.transition("cccc", "in-progress", { ...byAnn, unguarded: true });
    expect(await codeOf(blocked)).toBe("TICKET_BLOCKED");
  });

  test("pr-task: abort gives the task back, in a new epoch", async () => {
    const task = sampleTicket("tk-aaaa", { type: "pr-task", state: "tested", ...held });
    const { tickets } = ticketsInMemory({ tickets: [task] });
    const { ticket } = await tickets.transition("aaaa", "backlog", byAnn);
    expect(ticket).toMatchObject({ state: "backlog", leaseEpoch: 2 });
    expect(ticket.assignedAgentId).toBeUndefined();
  });

  test("of many at one instant one goes through, the others are told what is there and who did it", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { state: "review" })] });
    const targets = ["qa", "in-progress", "done", "closed", "qa", "done"];
    const settled = await Promise.allSettled(targets.map((to) => tickets.transition("aaaa", to, byAnn)));
    const won = settled.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
    expect(won).toHaveLength(1);
    for (const end of settled) {
      if (end.status === "fulfilled") continue;
      expect(end.reason).toMatchObject({
        code: "TICKET_CONFLICT",
        data: { by: { id: "ann" }, current: { ticket: { state: won[0]?.ticket.state } } },
      });
    }
    expect(await subjectsOf(memory)).toHaveLength(1);
  });

  test("from a revision that is not the stored one is a conflict, not a question of edges", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { state: "review" })] });
    const { revision } = await tickets.show("aaaa");
    await tickets.transition("aaaa", "qa", byAnn);
    await expect(tickets.transition("aaaa", "qa", { ...byAnn, expected: revision })).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { expected: revision, by: { id: "ann" }, current: { ticket: { state: "qa" } } },
    });
  });
});

describe("close", () => {
  test("follows the edge of that name and keeps the resolution", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa"), sampleTicket("tk-bbbb", { type: "pr-task", state: "pr_open" })],
    });
    const { ticket } = await tickets.close("aaaa", "Not needed any more.", byAnn);
    expect(ticket.state).toBe("closed");
    expect(await tickets.section(ticket, "Resolution")).toBe("Not needed any more.");
    expect((await tickets.close("bbbb", undefined, byAnn)).ticket.state).toBe("cancelled");
  });

  test("is refused where no such edge leaves the state, or twice", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa", { state: "in-progress" }), sampleTicket("tk-bbbb")],
    });
    await expect(tickets.close("aaaa", undefined, byAnn)).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { from: "in-progress", to: "closed", allowed: ["review"] },
    });
    await tickets.close("bbbb", undefined, byAnn);
    await expect(tickets.close("bbbb", undefined, byAnn)).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { from: "closed", to: "closed", setBy: "ann" },
    });
  });
});
