import { describe, expect, test } from "vitest";
import { decodeTicket } from "../codec.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketRecord } from "../ticket.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

/** What a person made of the file. */
function edited(
  base: TicketRecord,
  change: (text: string) => string,
): { mine: TicketRecord["ticket"]; verbatim: string } {
  const verbatim = change(base.text ?? "");
  expect(verbatim).not.toBe(base.text);
  return { mine: decodeTicket(verbatim), verbatim };
}

describe("merge", () => {
  test("an edit of an unchanged ticket is taken byte for byte, updated_at apart", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    const { mine, verbatim } = edited(base, (text) =>
      text.replace("priority: 2", "priority:   1   # urgent"),
    );
    const { ticket, text } = await tickets.merge(base, mine, byAnn, { verbatim });
    expect(ticket.priority).toBe(1);
    expect(text).toBe(verbatim.replace(/^updated_at: .*$/m, `updated_at: ${ticket.updatedAt}`));
    expect(ticket.updatedAt).not.toBe(base.ticket.updatedAt);
    expect(await subjectsOf(memory)).toEqual(["Ticket update"]);
  });

  test("an edit of nothing but bytes is not lost", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    const { mine, verbatim } = edited(base, (text) =>
      text.replace("priority: 2", "# a word to the wise\npriority: 2"),
    );
    expect((await tickets.merge(base, mine, byAnn, { verbatim })).text).toContain("# a word to the wise\n");
  });

  test("no edit writes nothing", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    await tickets.merge(base, base.ticket, byAnn, { verbatim: base.text });
    await tickets.merge(base, base.ticket, byAnn);
    expect(await subjectsOf(memory)).toEqual([]);
  });

  test("different fields changed by two are both taken, each with its bytes", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    await tickets.update("aaaa", (one) => ({ ...one, labels: ["ui"] }), byAnn);
    const { mine, verbatim } = edited(base, (text) => text.replace("priority: 2", "priority: 1 # urgent"));
    const { ticket, text } = await tickets.merge(base, mine, byAnn, { verbatim });
    expect(ticket).toMatchObject({ labels: ["ui"], priority: 1 });
    expect(text).toContain("priority: 1 # urgent\n");
  });

  test("the same field changed differently is refused with both values; nothing is written", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    await tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), byAnn);
    await expect(tickets.merge(base, { ...base.ticket, priority: 4 }, byAnn)).rejects.toMatchObject({
      code: "FIELD_CONFLICT",
      data: { id: "tk-aaaa", conflicts: [{ field: "priority", base: 2, theirs: 0, mine: 4 }] },
    });
    expect(await subjectsOf(memory)).toHaveLength(1);
  });

  test("bytes changed by two are refused, not chosen between", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    const first = edited(base, (text) => text.replace("priority: 2", "priority: 2 # by the first"));
    const second = edited(base, (text) => text.replace("type: task", "type: task # by the second"));
    await tickets.merge(base, first.mine, byAnn, first);
    const late = tickets.merge(base, second.mine, byAnn, second);
    await expect(late).rejects.toMatchObject({
      code: "FIELD_CONFLICT",
      data: { conflicts: [{ field: "text" }] },
    });
    expect((await tickets.show("aaaa")).text).toContain("# by the first");
  });

  test("is made again when another write comes first", async () => {
    const { memory, through } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const sound = through(memory);
    const base = await sound.show("aaaa");
    let isFirst = true;
    const late = through({
      ...memory,
      commit: async (commit) => {
        if (isFirst) await sound.update("aaaa", (one) => ({ ...one, labels: ["ui"] }), byAnn);
        isFirst = false;
        return memory.commit(commit);
      },
    });
    const { ticket } = await late.merge(base, { ...base.ticket, priority: 1 }, byAnn);
    expect(ticket).toMatchObject({ labels: ["ui"], priority: 1 });
  });

  test("a state moved by hand needs the workflow where the edge does; unguarded it has the effects of the edge", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa"), sampleTicket("tk-bbbb")] });
    const base = await tickets.show("aaaa");
    const { mine, verbatim } = edited(base, (text) => text.replace("state: ready", "state: in-progress"));
    expect(await codeOf(tickets.merge(base, mine, byAnn, { verbatim }))).toBe("TRANSITION_NEEDS_WORKFLOW");
    const { ticket, text } = await tickets.merge(base, mine, { ...byAnn, unguarded: true }, { verbatim });
    expect(ticket).toMatchObject({ state: "in-progress", leaseEpoch: 1 });
    expect(decodeTicket(text ?? "")).toEqual(ticket);
    const other = await tickets.show("bbbb");
    expect((await tickets.merge(other, { ...other.ticket, state: "closed" }, byAnn)).ticket.state).toBe(
      "closed",
    );
    expect(await codeOf(tickets.merge(other, { ...other.ticket, state: "done" }, byAnn))).not.toBe("done");
  });

  // P16
  test("no state moved by hand claims what cannot be worked on", async () => {
    const { tickets } = ticketsInMemory({
      tickets: [sampleTicket("tk-aaaa", { dependsOn: ["tk-bbbb"] }), sampleTicket("tk-bbbb")],
    });
    const base = await tickets.show("aaaa");
    const claimed = { ...base.ticket, state: "in-progress" };
    const unguarded = { ...byAnn, unguarded: true };
    expect(await codeOf(tickets.merge(base, claimed, unguarded))).toBe("TICKET_BLOCKED");
    expect(await codeOf(tickets.update("aaaa", () => claimed, unguarded))).toBe("TICKET_BLOCKED");
    // An edit that takes the dependency away as well stands in nobody's way.
    const { ticket } = await tickets.merge(base, { ...claimed, dependsOn: [] }, unguarded);
    expect(ticket).toMatchObject({ state: "in-progress", leaseEpoch: 1 });
  });

  // P28
  test("an assignee changed by hand fences who held the ticket", async () => {
    const held = sampleTicket("tk-aaaa", {
      state: "in-progress",
      assignedAgentId: "worker-0",
      leaseEpoch: 3,
    });
    const { tickets } = ticketsInMemory({ tickets: [held] });
    const base = await tickets.show("aaaa");
    const fence = { id: "tk-aaaa", epoch: 3 };
    await tickets.merge(base, { ...base.ticket, assignedAgentId: "worker-1" }, byAnn);
    const late = { actor: { kind: "agent", id: "worker-0" }, fence } as const;
    expect(await codeOf(tickets.addEvent("aaaa", { kind: "comment", source: "x", text: "x" }, late))).toBe(
      "TICKET_FENCED",
    );
    expect((await tickets.show("aaaa")).ticket).toMatchObject({ assignedAgentId: "worker-1", leaseEpoch: 4 });
  });

  test("a file that a person made becomes a ticket, once", async () => {
    const { tickets } = ticketsInMemory();
    const verbatim =
      "---\nid: mine-1\ntype: task   # of course\npriority: 1\nstate: ready\n---\n\n# Made by hand\n\ntext\n";
    const made = await tickets.merge(undefined, decodeTicket(verbatim), byAnn, { verbatim });
    expect(made.text).toContain("type: task   # of course\n");
    expect(made.ticket).toMatchObject({ id: "mine-1", title: "Made by hand" });
    const again = { ...decodeTicket(verbatim), title: "Another" };
    expect(await codeOf(tickets.merge(undefined, again, byAnn))).toBe("FIELD_CONFLICT");
    expect(await codeOf(tickets.merge(undefined, { ...again, id: "../x" }, byAnn))).toBe("ID_INVALID");
  });

  // P5
  test("an edit of a ticket that was deleted meanwhile does not bring it back", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const base = await tickets.show("aaaa");
    await memory.commit({
      operationId: "01KDELETE",
      actor: byAnn.actor,
      subject: "Delete",
      at: "2026-01-02T03:04:05Z",
      changes: [{ id: "tk-aaaa", expected: base.revision, next: null }],
    });
    expect(await codeOf(tickets.merge(base, { ...base.ticket, priority: 0 }, byAnn))).toBe("TICKET_CONFLICT");
    expect((await memory.read("tk-aaaa")).record).toBeUndefined();
  });
});
