import { describe, expect, test } from "vitest";
import { sampleTicket } from "../sample-tickets.js";
import type { Tickets } from "../tickets.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

describe("update", () => {
  test("a change that changes nothing writes nothing", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa", { labels: ["ui"] })] });
    const before = await tickets.show("aaaa");
    const after = await tickets.update(
      "aaaa",
      (one) => ({ ...one, labels: ["ui"], updatedAt: "later" }),
      byAnn,
    );
    expect(after).toEqual(before);
    expect(await subjectsOf(memory)).toEqual([]);
  });

  test("subjects are one line, whatever stands in a name", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    await tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), byAnn);
    await tickets.update("aaaa", (one) => ({ ...one, priority: 1 }), byAnn, "Manual\nsync\u001b[2J");
    expect(await subjectsOf(memory)).toEqual(["Ticket update", "Manual\\u000async\\u001b[2J"]);
  });

  // P3
  test("many edits of one ticket at one instant all land, each once", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const labels = Array.from({ length: 40 }, (_item, index) => `label-${String(index).padStart(2, "0")}`);
    await Promise.all(
      labels.map((label) =>
        tickets.update("aaaa", (one) => ({ ...one, labels: [...one.labels, label] }), byAnn),
      ),
    );
    expect((await tickets.show("aaaa")).ticket.labels.toSorted()).toEqual(labels);
    expect(await subjectsOf(memory)).toHaveLength(40);
  });

  test("bound to a revision it is refused when that is gone, even if it would change nothing", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { revision: expected } = await tickets.show("aaaa");
    await tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), byAnn);
    const late = tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), { ...byAnn, expected });
    await expect(late).rejects.toMatchObject({
      code: "TICKET_CONFLICT",
      data: { expected, by: { id: "ann" } },
    });
  });

  test("writing takes no substring of an id, reading does", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-ab12")] });
    expect((await tickets.show("b12")).ticket.id).toBe("tk-ab12");
    expect(await codeOf(tickets.update("b12", (one) => one, byAnn))).toBe("TICKET_NOT_FOUND");
    expect(await codeOf(tickets.update("../ab12", (one) => one, byAnn))).toBe("ID_INVALID");
    expect(await codeOf(tickets.update("ab", (one) => ({ ...one, priority: 0 }), byAnn))).toBe("done");
  });
});

describe("events", () => {
  test("are appended in order, by kind, with who and when", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    await tickets.addEvent("aaaa", { kind: "feedback", source: "Review", text: "one" }, byAnn);
    await tickets.addEvent("aaaa", { kind: "comment", source: "ann", text: "two\n\n---\n" }, byAnn);
    await tickets.addEvent("aaaa", { kind: "plan", source: "worker-0", text: "three" }, byAnn);
    const { ticket } = await tickets.review(
      "aaaa",
      { result: "request_changes", source: "reviewer-0", text: "no" },
      byAnn,
    );
    const events = await tickets.events(ticket);
    expect(events.map(({ kind, source }) => [kind, source])).toEqual([
      ["feedback", "Review"],
      ["comment", "ann"],
      ["plan", "worker-0"],
      ["review", "reviewer-0"],
    ]);
    expect(events[1]?.text.trimEnd()).toBe("two\n\n---");
    expect(events[3]?.text).toBe("Result: request_changes\n\nno");
    expect(events.every(({ id, at }) => id !== undefined && at !== undefined)).toBe(true);
    expect(await subjectsOf(memory)).toEqual([
      "Feedback on tk-aaaa from Review",
      "Comments on tk-aaaa from ann",
      "Add plan to tk-aaaa from worker-0",
      "Add review to tk-aaaa from reviewer-0",
    ]);
  });

  // P3
  test("of many writers at one instant are all kept, each once", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const texts = Array.from({ length: 30 }, (_item, index) => `comment ${index}`);
    await Promise.all(
      texts.map((text) => tickets.addEvent("aaaa", { kind: "comment", source: "ann", text }, byAnn)),
    );
    const events = await tickets.events((await tickets.show("aaaa")).ticket);
    expect(events.map(({ text }) => text).toSorted()).toEqual(texts.toSorted());
  });

  test("the same event id twice is one entry", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const event = { id: "01KEVENT", kind: "comment", source: "ann", text: "once" };
    const first = await tickets.addEvent("aaaa", event, byAnn);
    expect((await tickets.addEvent("aaaa", event, byAnn)).revision).toBe(first.revision);
    expect(await subjectsOf(memory)).toHaveLength(1);
  });
});

describe("sections, criteria, action", () => {
  test("a section is set and read, the rest stays", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { ticket } = await tickets.setSection("aaaa", "Notes", "Some notes.", byAnn);
    expect(await tickets.section(ticket, "Notes")).toBe("Some notes.");
    expect(await tickets.section(ticket, "Description")).toBe("Text.");
    expect(await tickets.section(ticket, "Nothing")).toBeUndefined();
  });

  test("criteria are ticked, reworded and added by index; a missing one is named with how many there are", async () => {
    const { tickets } = ticketsInMemory();
    const { ticket } = await tickets.create({ title: "x", acceptanceCriteria: ["one", "two"] }, byAnn);
    await tickets.setCriterion(ticket.id, 2, { checked: true }, byAnn);
    await tickets.setCriterion(ticket.id, 1, { text: "first" }, byAnn);
    const after = await tickets.addCriterion(ticket.id, "three", byAnn);
    expect(await tickets.criteria(after.ticket)).toEqual([
      { index: 1, text: "first", checked: false },
      { index: 2, text: "two", checked: true },
      { index: 3, text: "three", checked: false },
    ]);
    await expect(tickets.setCriterion(ticket.id, 4, { checked: true }, byAnn)).rejects.toMatchObject({
      code: "CRITERION_NOT_FOUND",
      data: { id: ticket.id, index: 4, count: 3 },
    });
  });

  /** Tickets whose first commit comes after this write of somebody else. */
  const beaten = (write: (tickets: Tickets) => Promise<unknown>, ticket = sampleTicket("tk-aaaa")) => {
    const { memory, through, tickets } = ticketsInMemory({ tickets: [ticket] });
    let isFirst = true;
    const late = through({
      ...memory,
      commit: async (commit) => {
        if (isFirst) await write(tickets);
        isFirst = false;
        return memory.commit(commit);
      },
    });
    return { late, tickets };
  };

  // P3
  test("two who set one section at one instant do not write over each other unseen", async () => {
    const { late, tickets } = beaten((other) => other.setSection("aaaa", "Notes", "theirs", byAnn));
    await expect(late.setSection("aaaa", "Notes", "mine", byAnn)).rejects.toMatchObject({
      code: "FIELD_CONFLICT",
      data: { conflicts: [{ field: "## Notes", base: undefined, theirs: "theirs", mine: "mine" }] },
    });
    expect(await tickets.section((await tickets.show("aaaa")).ticket, "Notes")).toBe("theirs");
    const apart = beaten((other) => other.setSection("aaaa", "Notes", "theirs", byAnn));
    const { ticket } = await apart.late.setSection("aaaa", "Plan", "mine", byAnn);
    expect(await tickets.section(ticket, "Notes")).toBe("theirs");
  });

  test("the criterion that was meant is ticked, though another one came before it meanwhile", async () => {
    const body = "\n## Acceptance Criteria\n\n- [ ] one\n- [ ] two\n";
    const withThree = body.replace("- [ ] one", "- [ ] zero\n- [ ] one");
    const { late, tickets } = beaten(
      (other) => other.update("aaaa", (one) => ({ ...one, body: withThree }), byAnn),
      sampleTicket("tk-aaaa", { body }),
    );
    const { ticket } = await late.setCriterion("aaaa", 1, { checked: true }, byAnn);
    expect((await tickets.criteria(ticket)).map(({ text, checked }) => [text, checked])).toEqual([
      ["zero", false],
      ["one", true],
      ["two", false],
    ]);
    const gone = beaten(
      (other) => other.update("aaaa", (one) => ({ ...one, body: body.replace("- [ ] one\n", "") }), byAnn),
      sampleTicket("tk-aaaa", { body }),
    );
    expect(await codeOf(gone.late.setCriterion("aaaa", 1, { checked: true }, byAnn))).toBe(
      "CRITERION_NOT_FOUND",
    );
  });

  test("a required action names who asked, takes the ticket out of ready, and is cleared", async () => {
    const { tickets } = ticketsInMemory({ tickets: [sampleTicket("tk-aaaa")] });
    const { ticket } = await tickets.requireAction("aaaa", "which database: a or b?", byAnn);
    expect(ticket.actionRequired).toEqual({
      reason: "which database: a or b?",
      since: ticket.updatedAt,
      by: "ann",
    });
    expect(await tickets.ready()).toEqual([]);
    const answered = (await tickets.clearAction("aaaa", byAnn, "The red one")).ticket;
    expect(answered.actionRequired).toBeUndefined();
    expect((await tickets.events(answered)).at(-1)).toMatchObject({ kind: "comment", text: "The red one" });
    expect(await tickets.ready()).toHaveLength(1);
    expect(await codeOf(tickets.requireAction("aaaa", " ", byAnn))).toBe("TICKET_INVALID");
  });
});
