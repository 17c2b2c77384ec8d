import { describe, expect, test } from "vitest";
import { archiveTicket, isArchived } from "../archive.js";
import type { TicketBackend } from "../backend.js";
import { builtinTypes } from "../builtin-types.js";
import { sampleTicket } from "../sample-tickets.js";
import type { TicketTypes } from "../ticket-type.js";
import { byAnn, codeOf, subjectsOf, ticketsInMemory } from "./tickets-in-memory.js";

const long = "2025-06-01T00:00:00Z";
const before = new Date("2026-01-01T00:00:00Z");
const over = (id: string, extra = {}) => sampleTicket(id, { state: "done", updatedAt: long, ...extra });
const keeping = (backend: TicketBackend): TicketBackend => ({
  ...backend,
  supports: { ...backend.supports, archive: true },
});
const idsOf = (tickets: readonly { readonly ticket: { readonly id: string } }[]) =>
  tickets.map(({ ticket }) => ticket.id);

describe("compact", () => {
  test("archives what was over long ago and nothing else, in one commit", async () => {
    const { memory, through } = ticketsInMemory({
      tickets: [
        over("tk-0001"),
        over("tk-0002", { state: "closed" }),
        over("tk-0003", { state: "review" }),
        over("tk-0004", { updatedAt: "2026-01-02T00:00:00Z" }),
        over("tk-0005", { actionRequired: { reason: "Really?", since: long, by: "ann" } }),
        over("tk-0006", { updatedAt: undefined, createdAt: undefined }),
        over("tk-0007", { updatedAt: undefined, createdAt: long }),
        over("tk-0008", { type: "no-such-type" }),
      ],
    });
    const tickets = through(keeping(memory));
    expect(idsOf(await tickets.longOver(before)).toSorted()).toEqual(["tk-0001", "tk-0002", "tk-0007"]);
    expect((await tickets.compact(before, byAnn)).toSorted()).toEqual(["tk-0001", "tk-0002", "tk-0007"]);
    expect(idsOf((await tickets.list({ archived: true })).tickets)).toHaveLength(3);
    expect(idsOf((await tickets.list({ archived: false })).tickets)).toHaveLength(5);
    expect(idsOf((await tickets.list()).tickets)).toHaveLength(8);
    // One commit, told once for each of its tickets.
    expect([...new Set(await subjectsOf(memory))]).toEqual([
      "Archive 3 tickets that were over before 2026-01-01T00:00:00Z",
    ]);
    expect(await tickets.compact(before, byAnn)).toEqual([]);
  });

  test("what is archived is found, and what waited for it waits no longer than before", async () => {
    const { memory, through } = ticketsInMemory({
      tickets: [over("tk-0001"), sampleTicket("tk-0002", { dependsOn: ["tk-0001"] })],
    });
    const tickets = through(keeping(memory));
    await tickets.compact(before, byAnn);
    expect((await tickets.show("0001")).ticket).toMatchObject({ state: "done", title: "Ticket tk-0001" });
    expect(idsOf(await tickets.ready())).toEqual(["tk-0002"]);
    expect(idsOf(await tickets.dependants("tk-0001"))).toEqual(["tk-0002"]);
  });

  test("whatever moves it brings it back", async () => {
    const task = builtinTypes.types["task"];
    if (task === undefined) throw new Error("There is no type 'task'");
    const reopen = {
      name: "reopen",
      from: "done",
      to: "ready",
      effects: [],
      guards: [],
      before: [],
      after: [],
    };
    const types: TicketTypes = {
      ...builtinTypes,
      types: { task: { ...task, transitions: [...task.transitions, reopen] } },
    };
    const { memory, through } = ticketsInMemory({ types, tickets: [over("tk-0001"), over("tk-0002")] });
    const tickets = through(keeping(memory));
    await tickets.compact(before, byAnn);
    await tickets.addEvent("tk-0001", { kind: "comment", source: "ann", text: "Once more." }, byAnn);
    expect(isArchived((await tickets.show("tk-0001")).ticket)).toBe(true);
    const { ticket } = await tickets.transition("tk-0001", "ready", byAnn);
    expect(isArchived(ticket)).toBe(false);
    expect(ticket.fields).toEqual({});
    // An edit of the file moves the state and leaves the mark where it stands.
    const base = await tickets.show("tk-0002");
    const edited = await tickets.merge(base, { ...base.ticket, state: "ready" }, byAnn);
    expect(edited.ticket.state).toBe("ready");
    expect(isArchived(edited.ticket)).toBe(false);
  });

  test("one that is written meanwhile is looked at again, the others are archived all the same", async () => {
    const {
      memory,
      tickets: plain,
      through,
    } = ticketsInMemory({ tickets: [over("tk-0001"), over("tk-0002")] });
    let isBeaten = false;
    const tickets = through({
      ...keeping(memory),
      async commit(commit) {
        if (!isBeaten) {
          isBeaten = true;
          await plain.addEvent("tk-0001", { kind: "comment", source: "bob", text: "Not yet." }, byAnn);
        }
        return await memory.commit(commit);
      },
    });
    expect(await tickets.compact(before, byAnn)).toEqual(["tk-0002"]);
    expect(isArchived((await tickets.show("tk-0001")).ticket)).toBe(false);
  });

  test("more than a commit takes are archived in several", async () => {
    const many = Array.from({ length: 501 }, (_item, index) => over(`tk-${(index + 4096).toString(16)}`));
    const { memory, through } = ticketsInMemory({ tickets: many });
    expect(await through(keeping(memory)).compact(before, byAnn)).toHaveLength(501);
    expect(await subjectsOf(memory).then((subjects) => new Set(subjects).size)).toBe(2);
  });

  test("a store that keeps no archive says so, and an agent archives nothing", async () => {
    const { tickets, memory, through } = ticketsInMemory({ tickets: [over("tk-0001")] });
    await expect(tickets.compact(before, byAnn)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: "The store 'memory' keeps no archive: its tickets stay in the list",
    });
    const byAgent = { actor: { kind: "agent", id: "worker-0" } } as const;
    expect(await codeOf(through(keeping(memory)).compact(before, byAgent))).toBe("TICKET_FENCED");
    expect(await subjectsOf(memory)).toEqual([]);
  });
});

test("the mark is put once", () => {
  const once = archiveTicket(over("tk-0001"), long);
  expect(archiveTicket(once, "2026-02-02T00:00:00Z")).toBe(once);
});
