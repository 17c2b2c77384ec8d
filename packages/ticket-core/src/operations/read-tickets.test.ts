import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "../builtin-types.js";
import { sampleTicket } from "../sample-tickets.js";
import { byAnn, codeOf, ticketsInMemory } from "./tickets-in-memory.js";

const idsOf = (records: readonly { readonly ticket: { readonly id: string } }[]) =>
  records.map(({ ticket }) => ticket.id);

describe("ready and blocked", () => {
  test("ready is what can be claimed now, best first; blocked is the rest, with every reason", async () => {
    const { tickets, memory } = ticketsInMemory({
      tickets: [
        sampleTicket("tk-0001", { state: "done" }),
        sampleTicket("tk-0002", { state: "closed" }),
        sampleTicket("tk-0003", { state: "review" }),
        sampleTicket("tk-0010", { priority: 3, dependsOn: ["tk-0001"] }),
        sampleTicket("tk-0011", { priority: 1 }),
        sampleTicket("tk-0012", { type: "pr-task", state: "backlog", priority: 0 }),
        sampleTicket("tk-0020", { dependsOn: ["tk-0001", "tk-0002", "tk-0003", "tk-9999", "tk-0004"] }),
        sampleTicket("tk-0021", { actionRequired: { reason: "decide" } }),
        sampleTicket("tk-0022", { dependsOn: ["tk-0023"] }),
        sampleTicket("tk-0023", { dependsOn: ["tk-0022"] }),
        sampleTicket("tk-0024", { dependsOn: ["tk-0022"] }),
        // `ready` is a state of other types only.
        sampleTicket("tk-0030", { type: "pr-task", state: "ready" }),
        sampleTicket("tk-0031", { type: "nonsense" }),
      ],
    });
    memory.plant("tk-0004", "no ticket");
    expect(idsOf(await tickets.ready())).toEqual(["tk-0012", "tk-0011", "tk-0010"]);
    expect(idsOf(await tickets.ready(1))).toEqual(["tk-0012"]);
    const reasons = new Map(
      (await tickets.blocked()).map(({ record, reasons: why }) => [record.ticket.id, why]),
    );
    expect(Object.fromEntries(reasons)).toEqual({
      "tk-0020": [
        { kind: "undelivered", id: "tk-0002", state: "closed" },
        { kind: "dependency", id: "tk-0003", state: "review" },
        { kind: "missing", id: "tk-9999" },
        { kind: "unreadable", id: "tk-0004" },
      ],
      "tk-0021": [{ kind: "action-required", actionRequired: { reason: "decide" } }],
      "tk-0022": [
        { kind: "dependency", id: "tk-0023", state: "ready" },
        { kind: "cycle", path: ["tk-0022", "tk-0023", "tk-0022"] },
      ],
      "tk-0023": [
        { kind: "dependency", id: "tk-0022", state: "ready" },
        { kind: "cycle", path: ["tk-0023", "tk-0022", "tk-0023"] },
      ],
      "tk-0024": [{ kind: "dependency", id: "tk-0022", state: "ready" }],
    });
  });

  test("which final states deliver is the type's decision", async () => {
    const task = builtinTypes.types["task"];
    if (task === undefined) throw new Error("task is missing");
    const states = task.states.map((state) => ({ ...state, satisfiesDependants: state.final }));
    const { tickets } = ticketsInMemory({
      types: { defaultType: "task", types: { task: { ...task, states } } },
      tickets: [
        sampleTicket("tk-0001", { state: "closed" }),
        sampleTicket("tk-0002", { dependsOn: ["tk-0001"] }),
      ],
    });
    expect(idsOf(await tickets.ready())).toEqual(["tk-0002"]);
  });

  // P16
  test("in any store: ready or blocked, never both; and exactly what is ready can be claimed", async () => {
    const ids = ["tk-0001", "tk-0002", "tk-0003", "tk-0004", "tk-0005"];
    const anyTicket = (id: string) =>
      fc
        .record({
          state: fc.constantFrom("ready", "ready", "ready", "in-progress", "done", "closed"),
          dependsOn: fc.subarray([...ids.filter((other) => other !== id), "tk-9999"], { maxLength: 3 }),
          needsPerson: fc.integer({ min: 0, max: 5 }),
        })
        .map(({ state, dependsOn, needsPerson }) =>
          sampleTicket(id, {
            state,
            dependsOn,
            ...(needsPerson === 0 && { actionRequired: { reason: "x" } }),
          }),
        );
    await fc.assert(
      fc.asyncProperty(fc.tuple(...ids.map(anyTicket)), async (all) => {
        const { tickets, memory, through } = ticketsInMemory({ tickets: all });
        const ready = idsOf(await tickets.ready());
        const blocked = (await tickets.blocked()).map(({ record }) => record.ticket.id);
        const claimable = all.filter(({ state }) => state === "ready").map(({ id }) => id);
        expect([...ready, ...blocked].toSorted()).toEqual(claimable.toSorted());
        // Claims that are not kept: each is asked about the store as it is.
        const trial = through({
          ...memory,
          commit: () => Promise.reject(Object.assign(new Error(), { code: "WOULD" })),
        });
        for (const id of ids) {
          const code = await codeOf(trial.claim(id, "worker-0", byAnn));
          expect(code === "WOULD").toBe(ready.includes(id));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe("looking around", () => {
  const family = [
    sampleTicket("tk-0001", { parent: "tk-0003" }),
    sampleTicket("tk-0002", { parent: "tk-0003", dependsOn: ["tk-0001", "tk-9999"] }),
    sampleTicket("tk-0003", { dependsOn: ["tk-0002", "tk-0001"] }),
  ];

  test("children, dependants and the tree of dependencies", async () => {
    const { tickets } = ticketsInMemory({ tickets: family });
    expect(idsOf(await tickets.children("0003"))).toEqual(["tk-0001", "tk-0002"]);
    expect(idsOf(await tickets.dependants("0001"))).toEqual(["tk-0002", "tk-0003"]);
    const tree = await tickets.tree("0003");
    expect(tree).toMatchObject({
      id: "tk-0003",
      record: { ticket: { title: "Ticket tk-0003" } },
      repeated: false,
      dependencies: [
        { id: "tk-0001", dependencies: [] },
        { id: "tk-0002", dependencies: [{ id: "tk-0001" }, { id: "tk-9999", dependencies: [] }] },
      ].toReversed(),
    });
    expect(tree.dependencies[0]?.dependencies[1]?.record).toBeUndefined();
  });

  test("what is unreadable is found by its id, and said to be so", async () => {
    const { tickets, memory } = ticketsInMemory({ tickets: family });
    memory.plant("tk-0bad", "no ticket");
    expect(await tickets.resolve("0bad", "write")).toBe("tk-0bad");
    expect(await codeOf(tickets.show("0bad"))).toBe("TICKET_UNREADABLE");
    expect(await codeOf(tickets.show("tk-0bad"))).toBe("TICKET_UNREADABLE");
    expect((await tickets.tree("0bad")).record).toBeUndefined();
    expect(await codeOf(tickets.addEvent("0bad", { kind: "comment", source: "a", text: "b" }, byAnn))).toBe(
      "TICKET_UNREADABLE",
    );
  });

  test("ids are found also where the backend cannot name them cheaply", async () => {
    const { memory, through } = ticketsInMemory({ tickets: family });
    const { ids: _ids, ...rest } = memory;
    memory.plant("tk-0bad", "no ticket");
    const tickets = through(rest);
    expect(await tickets.resolve("03", "read")).toBe("tk-0003");
    expect(await codeOf(tickets.resolve("03", "write"))).toBe("TICKET_NOT_FOUND");
    expect(await tickets.resolve("0b", "write")).toBe("tk-0bad");
    await expect(tickets.resolve("000", "read")).rejects.toMatchObject({
      code: "TICKET_AMBIGUOUS",
      data: { candidates: ["tk-0001", "tk-0002", "tk-0003"] },
    });
  });

  test("list takes queries and pages", async () => {
    const { tickets } = ticketsInMemory({ tickets: family });
    const first = await tickets.list({ parents: ["tk-0003"] }, { limit: 1 });
    expect(idsOf(first.tickets)).toEqual(["tk-0001"]);
    const second = await tickets.list({ parents: ["tk-0003"] }, { limit: 1, after: first.next });
    expect([idsOf(second.tickets), second.next]).toEqual([["tk-0002"], undefined]);
  });
});
