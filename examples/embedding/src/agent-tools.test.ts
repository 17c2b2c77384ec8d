import { randomInt, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createFolderBackend,
  ticketsDirLayout,
  ticketsDirTypes,
  workItemsLayout,
  workItemTypes,
} from "@wiggum/ticket-backend-files";
import {
  builtinTypes,
  createJudge,
  createMemoryBackend,
  createTickets,
  type TicketBackend,
  type TicketTypes,
} from "@wiggum/ticket-core";
import { expect, onTestFinished, test } from "vitest";
import { ticketTools } from "./agent-tools.ts";

const person = { actor: { kind: "person", id: "ada" } } as const;

function project(
  types: TicketTypes = builtinTypes,
  backend: TicketBackend = createMemoryBackend({ judge: createJudge(types) }),
) {
  const ports = { backend, types, now: () => new Date(), newId: randomUUID, random: randomInt };
  const tickets = createTickets(ports);
  const agent = (agentId: string) => {
    const tools = new Map(ticketTools(tickets, agentId).map((tool) => [tool.name, tool]));
    return async (name: string, input: Record<string, unknown> = {}) => {
      const result = await tools.get(name)?.execute(input);
      return { isError: result?.isError, told: JSON.parse(result?.content ?? "null") };
    };
  };
  return { tickets, agent };
}

test("an agent finds a ticket, claims it, says something and hands it in", async () => {
  const { tickets, agent } = project();
  const { ticket } = await tickets.create({ title: "Let people log in" }, person);
  const use = agent("worker-0");
  expect((await use("ready_tickets")).told).toEqual([{ id: ticket.id, title: ticket.title, state: "ready" }]);
  expect((await use("claim_ticket", { id: ticket.id })).told.text).toContain("# Let people log in");
  expect((await use("comment_ticket", { id: ticket.id, text: "Half way." })).isError).toBe(false);
  expect((await use("transition_ticket", { id: ticket.id, to: "review" })).told.state).toBe("review");
  const { ticket: after } = await tickets.show(ticket.id);
  expect((await tickets.events(after)).map(({ source, text }) => [source, text])).toEqual([
    ["worker-0", "Half way."],
  ]);
  expect((await use("list_tickets")).told).toHaveLength(1);
});

test("of two agents one gets the ticket; the other is told who has it, and writes nothing", async () => {
  const { tickets, agent } = project();
  const { ticket } = await tickets.create({ title: "One for all" }, person);
  const [one, other] = [agent("worker-0"), agent("worker-1")];
  const claims = await Promise.all([
    one("claim_ticket", { id: ticket.id }),
    other("claim_ticket", { id: ticket.id }),
  ]);
  expect(claims.map(({ isError }) => isError).toSorted()).toEqual([false, true]);
  const [loser] = claims[0]?.isError === true ? [one] : [other];
  const before = (await tickets.show(ticket.id)).revision;
  expect(await loser?.("comment_ticket", { id: ticket.id, text: "Mine!" })).toMatchObject({
    isError: true,
    told: { code: "TICKET_FENCED" },
  });
  expect((await tickets.show(ticket.id)).revision).toBe(before);
});

test("an agent whose ticket was taken over is told to stop", async () => {
  const { tickets, agent } = project();
  const { ticket } = await tickets.create({ title: "Taken over" }, person);
  const use = agent("worker-0");
  await use("claim_ticket", { id: ticket.id });
  await tickets.takeOver(ticket.id, "worker-0", person);
  expect(await use("transition_ticket", { id: ticket.id, to: "review" })).toMatchObject({
    isError: true,
    told: { code: "TICKET_FENCED" },
  });
  expect((await tickets.show(ticket.id)).ticket.state).toBe("in-progress");
});

test("what a model gets wrong comes back as words, with the next step", async () => {
  const { tickets, agent } = project();
  const { ticket } = await tickets.create({ title: "Wrong" }, person);
  const use = agent("worker-0");
  expect(await use("claim_ticket", {})).toEqual({ isError: true, told: { message: "'id' must be a text" } });
  expect((await use("claim_ticket", { id: "tk-none" })).told.code).toBe("TICKET_NOT_FOUND");
  await use("claim_ticket", { id: ticket.id });
  expect((await use("transition_ticket", { id: ticket.id, to: "done" })).told).toMatchObject({
    code: "TRANSITION_NOT_ALLOWED",
    hint: expect.stringContaining("review"),
  });
});

test.each([
  { name: "work items", layout: workItemsLayout(), types: workItemTypes, claimed: "open" },
  { name: "a folder of tk", layout: ticketsDirLayout(), types: ticketsDirTypes, claimed: "in_progress" },
])("the same tools work over the files of another program: $name", async ({ layout, types, claimed }) => {
  const root = await mkdtemp(join(tmpdir(), "agent-tools-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const backend = createFolderBackend({ root, layout, judge: createJudge(types) });
  onTestFinished(() => backend.close());
  const { tickets, agent } = project(types, backend);
  const { ticket } = await tickets.create({ title: "Let people log in" }, person);
  const [use, other] = [agent("worker-0"), agent("worker-1")];
  expect((await use("ready_tickets")).told).toEqual([{ id: ticket.id, title: ticket.title, state: "open" }]);
  expect(await use("claim_ticket", { id: ticket.id })).toMatchObject({
    isError: false,
    told: { state: claimed },
  });
  expect((await other("ready_tickets")).told).toEqual([]);
  expect((await other("claim_ticket", { id: ticket.id })).told.code).toBe("TICKET_HELD");
  expect((await use("comment_ticket", { id: ticket.id, text: "Half way." })).isError).toBe(false);
  expect((await use("transition_ticket", { id: ticket.id, to: "closed" })).told.state).toBe("closed");
});
