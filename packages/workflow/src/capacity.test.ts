import { builtinTypes, type Ticket } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import { describe, expect, test } from "vitest";
import { agentTickets, slotsUsed, ticketOfAgent, usesSlot } from "./capacity.js";
import { anAgent } from "./testing/agent-samples.js";

const world = (...tickets: readonly Ticket[]) => agentTickets(tickets);

describe("slots", () => {
  test.each([
    ["worker", "in-progress", true],
    ["worker", "review", false],
    ["worker", "qa", false],
    ["worker", "done", false],
    ["reviewer", "review", true],
    ["reviewer", "qa", false],
    ["qa", "qa", true],
    // It is about to claim it, and the copy at hand may be older than that claim.
    ["worker", "ready", true],
    // Nobody knows.
    ["worker", "no such state", true],
  ])("a live %s whose ticket is %s uses one: %s", (role, state, isUsed) => {
    const agent = anAgent(role, 0, { ticketId: "tk-1" });
    expect(usesSlot(agent, world(sampleTicket("tk-1", { state })), builtinTypes)).toBe(isUsed);
  });

  test("one that is being started does, whatever its ticket; a supervisor and an ended one never do", () => {
    const inReview = world(sampleTicket("tk-1", { state: "review" }));
    const starting = anAgent("worker", 0, { ticketId: "tk-1", session: undefined });
    expect(usesSlot(starting, inReview, builtinTypes)).toBe(true);
    expect(usesSlot(anAgent("supervisor", 0, { session: undefined }), world(), builtinTypes)).toBe(false);
    const busy = world(sampleTicket("tk-1", { state: "in-progress" }));
    expect(usesSlot(anAgent("worker", 0, { ticketId: "tk-1", isLive: false }), busy, builtinTypes)).toBe(
      false,
    );
  });

  test("a ticket that cannot be read, or one that a person gave it, counts", () => {
    expect(usesSlot(anAgent("worker", 0, { ticketId: "tk-gone" }), world(), builtinTypes)).toBe(true);
    const given = world(
      sampleTicket("tk-1", { state: "review" }),
      sampleTicket("tk-2", { state: "in-progress", assignedAgentId: "worker-0" }),
    );
    const agents = [anAgent("worker", 0, { ticketId: "tk-1" }), anAgent("worker", 1, { ticketId: "tk-1" })];
    expect(slotsUsed(agents, given, builtinTypes)).toBe(1);
  });
});

test("the ticket of an agent: not over, given last; else any given; else the one that it was started for", () => {
  const agent = anAgent("worker", 0, { ticketId: "tk-9" });
  const mine = (id: string, state: string, assignedAt: string) =>
    sampleTicket(id, { state, assignedAt, assignedAgentId: "worker-0" });
  const idOf = (...tickets: readonly Ticket[]) => ticketOfAgent(agent, world(...tickets), builtinTypes)?.id;
  expect(
    idOf(
      mine("tk-1", "done", "2026-01-03T00:00:00Z"),
      mine("tk-2", "review", "2026-01-01T00:00:00Z"),
      mine("tk-3", "in-progress", "2026-01-02T00:00:00Z"),
    ),
  ).toBe("tk-3");
  expect(idOf(mine("tk-1", "done", "2026-01-03T00:00:00Z"), sampleTicket("tk-9"))).toBe("tk-1");
  expect(idOf(sampleTicket("tk-9"))).toBe("tk-9");
  expect(idOf()).toBeUndefined();
});
