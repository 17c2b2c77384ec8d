import { describe, expect, test } from "vitest";
import { TicketError } from "../errors.js";
import { sampleTicket } from "../sample-tickets.js";
import type { Tickets, WriteContext } from "../tickets.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const operationId = "01KAAAAAAAAAAAAAAAAAAAAAAA";
const once = { ...byAnn, operationId };

const writes: Readonly<Record<string, (tickets: Tickets, context: WriteContext) => Promise<unknown>>> = {
  create: (tickets, context) => tickets.create({ title: "New" }, context),
  update: (tickets, context) => tickets.update("aaaa", (one) => ({ ...one, priority: 0 }), context),
  claim: (tickets, context) => tickets.claim("aaaa", "worker-0", context),
  transition: (tickets, context) => tickets.transition("bbbb", "qa", context),
  takeOver: (tickets, context) => tickets.takeOver("bbbb", "worker-9", context),
  release: (tickets, context) => tickets.release("bbbb", context),
  assign: (tickets, context) => tickets.assign("aaaa", "worker-0", context),
  close: (tickets, context) => tickets.close("aaaa", "over", context),
  addEvent: (tickets, context) =>
    tickets.addEvent("aaaa", { kind: "comment", source: "ann", text: "x" }, context),
  review: (tickets, context) =>
    tickets.review("aaaa", { result: "approve", source: "ann", text: "x" }, context),
  addDependency: (tickets, context) => tickets.addDependency("aaaa", "bbbb", context),
  addCriterion: (tickets, context) => tickets.addCriterion("aaaa", "one more", context),
  requireAction: (tickets, context) => tickets.requireAction("aaaa", "decide", context),
  merge: async (tickets, context) => {
    const base = await tickets.show("aaaa");
    return tickets.merge(base, { ...base.ticket, priority: 0 }, context);
  },
};

function twoTickets() {
  return ticketsInMemory({
    tickets: [
      sampleTicket("tk-aaaa"),
      sampleTicket("tk-bbbb", { state: "review", assignedAgentId: "worker-0" }),
    ],
  });
}

describe("an operation id", () => {
  test.each(Object.keys(writes))("%s: the same again answers the same and writes nothing", async (name) => {
    const { tickets, memory } = twoTickets();
    const write = writes[name];
    const first = await write?.(tickets, once);
    const between = await tickets.requireAction("aaaa", "somebody else was here", byAnn);
    expect(await write?.(tickets, once)).toEqual(first);
    expect(await subjectsOf(memory)).toHaveLength(2);
    expect((await tickets.show("aaaa")).revision).toBe(between.revision);
  });

  test.each(Object.keys(writes))("%s: several times at one instant is written once", async (name) => {
    const { tickets, memory } = twoTickets();
    const write = writes[name];
    const answers = await Promise.all([1, 2, 3].map(() => write?.(tickets, once)));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await subjectsOf(memory)).toHaveLength(1);
  });

  test("a twin that comes first between the question and the write is found, not taken for somebody else", async () => {
    const { memory, through, tickets } = twoTickets();
    let isFirst = true;
    const late = through({
      ...memory,
      outcome: async (id) => {
        const outcome = await memory.outcome(id);
        if (isFirst) await tickets.claim("aaaa", "worker-0", once);
        isFirst = false;
        return outcome;
      },
    });
    expect((await late.claim("aaaa", "worker-0", once)).ticket.leaseEpoch).toBe(1);
    expect(await subjectsOf(memory)).toHaveLength(1);
  });

  test("an operation that was refused leaves nothing behind under its id", async () => {
    const { tickets } = twoTickets();
    expect(await codeOf(tickets.transition("bbbb", "ready", once))).toBe("TRANSITION_NOT_ALLOWED");
    expect(await codeOf(tickets.transition("bbbb", "qa", once))).toBe("done");
  });
});

describe("an unknown outcome", () => {
  const unknown = new TicketError("COMMIT_UNKNOWN", "the connection broke", { operationId });

  test("is asked for: what was committed is answered", async () => {
    const { memory, through } = twoTickets();
    let asked = 0;
    const flaky = through({
      ...memory,
      commit: async (commit) => {
        await memory.commit(commit);
        throw unknown;
      },
      outcome: (id) => {
        asked += 1;
        return memory.outcome(id);
      },
    });
    expect((await flaky.create({ title: "New" }, byAnn)).ticket.title).toBe("New");
    expect(asked).toBe(1);
  });

  test("that stays unknown goes on to the caller, and nothing is tried again", async () => {
    const { memory, through } = twoTickets();
    let sent = 0;
    const lost = through({
      ...memory,
      commit: async () => {
        sent += 1;
        throw unknown;
      },
    });
    await expect(lost.create({ title: "New" }, byAnn)).rejects.toBe(unknown);
    expect(sent).toBe(1);
    const deaf = through({
      ...memory,
      commit: () => Promise.reject(unknown),
      outcome: () => Promise.reject(new Error("down")),
    });
    await expect(deaf.create({ title: "New" }, byAnn)).rejects.toBe(unknown);
  });
});
