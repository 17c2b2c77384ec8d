import { expect, test, vi } from "vitest";
import { memoryTickets } from "./testing/memory-tickets.js";
import { createTicketLook } from "./ticket-look.js";

test("tickets are read anew only where the store has moved on, and then all of them", async () => {
  const { tickets, put } = memoryTickets();
  await put("tk-aaaa");
  const list = vi.spyOn(tickets, "list");
  const ready = vi.spyOn(tickets, "ready");
  const look = createTicketLook(tickets);
  const first = await look.look();
  expect([first.all.map(({ ticket }) => ticket.id), [...first.workable]]).toEqual([["tk-aaaa"], ["tk-aaaa"]]);
  expect(await look.look()).toBe(first);
  expect(ready).toHaveBeenCalledTimes(1);
  expect(list.mock.calls.filter(([query]) => query?.ids === undefined)).toHaveLength(1);
  await put("tk-bbbb", { dependsOn: ["tk-aaaa"] });
  const second = await look.look();
  expect([second.all.map(({ ticket }) => ticket.id), [...second.workable]]).toEqual([
    ["tk-aaaa", "tk-bbbb"],
    ["tk-aaaa"],
  ]);
});
