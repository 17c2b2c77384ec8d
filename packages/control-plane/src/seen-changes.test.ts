import {
  type Actor,
  builtinTypes,
  createJudge,
  createMemoryBackend,
  createTickets,
  type MemoryBackend,
  type Tickets,
  type TicketViews,
} from "@wiggum/ticket-core";
import { beforeEach, describe, expect, test } from "vitest";
import { changedError, describeUnseen, readUnseen, type Unseen } from "./seen-changes.js";
import { ticket } from "./testing/hook-fixture.js";

const me: Actor = { kind: "agent", id: "worker-0" };
const other: Actor = { kind: "person", id: "manual" };
const at = "2026-01-02T12:03:00Z";

let tickets: Tickets;
let mark: string | undefined;

beforeEach(() => {
  mark = undefined;
  let ids = 0;
  const judge = createJudge(builtinTypes);
  const backend: MemoryBackend = createMemoryBackend({
    judge,
    tickets: ["tk-1", "tk-2"].map((id) =>
      ticket({ id, body: "\n## Description\n\nOld text.\n\n## Feedback\n" }),
    ),
  });
  const views = { seen: async () => mark } as unknown as TicketViews;
  tickets = createTickets({
    backend: { ...backend, views },
    types: builtinTypes,
    now: () => new Date(at),
    newId: () => `op-${++ids}`,
    random: () => 0,
  });
});

/** What is new since the mark; the mark moves on. */
async function look(actor = me): Promise<Unseen> {
  const unseen = await readUnseen(tickets, { viewFolder: "/view", actor });
  mark = unseen.upTo;
  return unseen;
}

describe("what others changed since the caller looked", () => {
  test("a new view has seen everything, and nothing is told twice", async () => {
    await tickets.addEvent("tk-1", { kind: "comment", source: "me", text: "before" }, { actor: other });
    expect((await look()).tickets).toEqual([]);
    await tickets.assign("tk-1", "worker-9", { actor: other });
    expect((await look()).tickets.map(({ id }) => id)).toEqual(["tk-1"]);
    expect((await look()).tickets).toEqual([]);
  });

  test("a caller's own changes are no news to it, and news to others", async () => {
    await look();
    const fence = { id: "tk-1", epoch: 1 };
    await tickets.addEvent(
      "tk-1",
      { kind: "comment", source: "worker-0", text: "mine" },
      { actor: me, fence },
    );
    const before = mark;
    expect((await look()).tickets).toEqual([]);
    mark = before;
    expect((await look(other)).tickets).toHaveLength(1);
  });

  test("fields by the names of the file, entries with their text, never a whole body", async () => {
    await look();
    const context = { actor: other };
    await tickets.transition("tk-1", "review", { ...context, unguarded: true });
    await tickets.addEvent(
      "tk-1",
      { kind: "feedback", source: "Review", text: "Rate limit\nis missing" },
      context,
    );
    await tickets.addDependency("tk-1", "tk-2", context);
    await tickets.setSection("tk-2", "Description", "New text.", context);
    await tickets.update("tk-2", (value) => ({ ...value, title: "Better", priority: 0 }), context);
    const unseen = await look();
    expect(unseen.tickets).toEqual([
      {
        id: "tk-1",
        changes: [
          { field: "state", before: "in-progress", after: "review", by: "manual", at },
          { field: "depends_on", before: undefined, after: ["tk-2"], by: "manual", at },
          {
            field: "feedback from Review",
            before: undefined,
            after: "Rate limit\nis missing",
            by: "manual",
            at,
          },
        ],
      },
      {
        id: "tk-2",
        changes: [
          { field: "title", before: "A ticket", after: "Better", by: "manual", at },
          { field: "priority", before: 2, after: 0, by: "manual", at },
          { field: "section Description", before: "Old text.", after: "New text.", by: "manual", at },
        ],
      },
    ]);
    expect(unseen.tickets.map(describeUnseen)).toEqual([
      'tk-1: state in-progress → review, depends_on nothing → ["tk-2"], feedback from Review: Rate limit is missing (manual, 12:03)',
      "tk-2: title A ticket → Better, priority 2 → 0, section Description: New text. (manual, 12:03)",
    ]);
  });

  test("a change that was taken back is none; a ticket that came or went is one line", async () => {
    await look();
    await tickets.assign("tk-1", "worker-9", { actor: other });
    await tickets.assign("tk-1", "worker-0", { actor: other });
    const { ticket: made } = await tickets.create({ title: "Brand new" }, { actor: other });
    const { record } = await tickets.backend.read("tk-2");
    await tickets.backend.commit({
      operationId: "op-delete",
      actor: other,
      subject: "Delete tk-2",
      at,
      changes: [{ id: "tk-2", expected: record?.revision ?? null, next: null }],
    });
    expect((await look()).tickets.map(describeUnseen)).toEqual([
      `${made.id}: created: Brand new (manual, 12:03)`,
      "tk-2: deleted (manual, 12:03)",
    ]);
  });

  test("the early return carries the changes as data and shows control characters escaped", async () => {
    await look();
    const text = "stop\u001b[2J";
    await tickets.update("tk-1", (value) => ({ ...value, fields: { note: text } }), {
      actor: { kind: "person", id: "eve\u0007" },
    });
    const [target] = (await look()).tickets;
    if (target === undefined) throw new Error("no change");
    const error = changedError(target);
    expect([error.code, error.data]).toEqual([
      "TICKET_CHANGED",
      { id: "tk-1", changes: [{ field: "note", before: undefined, after: text, by: "eve\u0007", at }] },
    ]);
    expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(error.message).toContain("note nothing → stop\\u001b[2J (eve\\u0007, 12:03)");
  });

  test("a mark that this store does not know is moved to the tip, and stops nobody", async () => {
    mark = "m77";
    await tickets.assign("tk-1", "worker-9", { actor: other });
    expect((await look()).tickets).toEqual([]);
    await tickets.assign("tk-1", "worker-8", { actor: other });
    expect((await look()).tickets).toHaveLength(1);
  });
});
