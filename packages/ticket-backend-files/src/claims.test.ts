// P3: the tickets of both layouts can be taken by one agent at a time, with the types that come with the package.
import { randomInt, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createJudge, createTickets, type Ticket, type TicketTypes } from "@wiggum/ticket-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { createFolderBackend } from "./create-folder-backend.js";
import type { FolderLayout } from "./layout.js";
import { runScript, scriptDoctor, temporaryFolder } from "./store.fixture.js";
import { ticketsDirLayout } from "./tickets-dir/tickets-dir-layout.js";
import { ticketsDirTypes } from "./tickets-dir/tickets-dir-type.js";
import { workItemTypes } from "./work-items/statuses.js";
import { workItemsLayout } from "./work-items/work-items-layout.js";

const person = { actor: { kind: "person", id: "ann" } } as const;
const agent = (id: string) => ({ actor: { kind: "agent", id } }) as const;

const titled = (title: string) => (ticket: Ticket) => ({ ...ticket, title });

function open(root: string, layout: FolderLayout, types: TicketTypes) {
  const backend = createFolderBackend({ root, layout, judge: createJudge(types) });
  onTestFinished(() => backend.close());
  return createTickets({ backend, types, now: () => new Date(), newId: randomUUID, random: randomInt });
}

const layouts = [
  {
    name: "work-items",
    open: (root: string) => open(root, workItemsLayout(), workItemTypes),
    claimed: "open",
    file: (id: string) => `open/${id}/item.md`,
    status: "open",
    putOff: "pending",
  },
  {
    name: "tickets-dir",
    open: (root: string) => open(root, ticketsDirLayout(), ticketsDirTypes),
    claimed: "in_progress",
    file: (id: string) => `${id}.md`,
    status: "in_progress",
    putOff: "in_progress",
  },
];

describe.each(layouts)("$name", (layout) => {
  test("a ready ticket is claimed, worked on by its holder alone, released, and ready again", async () => {
    const root = temporaryFolder();
    const tickets = layout.open(root);
    const { ticket, fence } = await tickets.create({ title: "Take me" }, person);
    const { id } = ticket;
    const readyIds = async () => (await tickets.ready()).map((record) => record.ticket.id);
    expect(await readyIds()).toEqual([id]);
    const claimed = await tickets.claim(id, "agent-1", { ...agent("agent-1"), fence });
    expect(claimed.ticket).toMatchObject({
      state: layout.claimed,
      assignedAgentId: "agent-1",
      leaseEpoch: 1,
    });
    expect(readFileSync(join(root, layout.file(id)), "utf8")).toContain(`\nstatus: ${layout.status}\n`);
    expect(await readyIds()).toEqual([]);
    expect(await tickets.blocked()).toEqual([]);
    for (const who of ["agent-2", "agent-1"]) {
      await expect(tickets.claim(id, who, person)).rejects.toMatchObject({
        code: who === "agent-2" || layout.claimed === "open" ? "TICKET_HELD" : "TRANSITION_NOT_ALLOWED",
      });
    }
    const edited = await tickets.update(id, titled("Taken"), { ...agent("agent-1"), fence: claimed.fence });
    expect(edited.ticket.leaseEpoch).toBe(1);
    const { fence: newer } = await tickets.takeOver(id, "agent-2", person);
    const late = tickets.update(id, titled("Late"), { ...agent("agent-1"), fence: claimed.fence });
    await expect(late).rejects.toMatchObject({ code: "TICKET_FENCED" });
    await tickets.update(id, titled("Mine"), { ...agent("agent-2"), fence: newer });
    await tickets.release(id, person);
    expect(await readyIds()).toEqual([id]);
  });

  test("any state leads to any other by a bare move, as ever, and a move is no claim", async () => {
    const tickets = layout.open(temporaryFolder());
    const { ticket } = await tickets.create({ title: "Moved" }, person);
    const route = [layout.putOff, "closed", layout.putOff, "open", "closed", "open"];
    for (const state of route) {
      const moved = await tickets.transition(ticket.id, state, person);
      expect(moved.ticket).toMatchObject({ state, leaseEpoch: 0 });
      expect(moved.ticket.assignedAgentId).toBeUndefined();
    }
    await expect(tickets.transition(ticket.id, "open", person)).rejects.toMatchObject({
      code: "TRANSITION_NOT_ALLOWED",
      data: { allowed: [layout.putOff, "closed"] },
    });
  });

  test("of agents that claim one ticket at one instant one gets it", async () => {
    const root = temporaryFolder();
    const { ticket } = await layout.open(root).create({ title: "One" }, person);
    const claims = Array.from({ length: 6 }, (_, index) =>
      layout.open(root).claim(ticket.id, `agent-${index}`, person),
    );
    const ends = await Promise.allSettled(claims);
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const { ticket: after } = await layout.open(root).show(ticket.id);
    expect(after.leaseEpoch).toBe(1);
  });
});

test("an item that the other program gave to somebody is held; a claimed one passes its checks, and is moved by it", async () => {
  const root = temporaryFolder();
  const tickets = open(root, workItemsLayout(), workItemTypes);
  const { ticket } = await tickets.create({ title: "Both ways" }, person);
  await tickets.claim(ticket.id, "agent-1", person);
  expect(scriptDoctor(root).trim()).toBe("doctor: ok");
  runScript(root, "status", ticket.id, "pending");
  expect((await tickets.show(ticket.id)).ticket).toMatchObject({
    state: "pending",
    assignedAgentId: "agent-1",
  });
  runScript(root, "status", ticket.id, "open");
  expect(await tickets.ready()).toEqual([]);
  await expect(tickets.claim(ticket.id, "agent-2", person)).rejects.toMatchObject({ code: "TICKET_HELD" });
});
