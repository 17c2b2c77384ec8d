import { builtinTypes, type TicketFacts } from "@wiggum/ticket-core";
import { sampleTicket } from "@wiggum/ticket-core/conformance";
import type { SupervisedAgent, SupervisedTicket, SupervisorFacts } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { episodesIn } from "./episodes.js";

const agent: SupervisedAgent = {
  agentId: "worker-0",
  role: "worker",
  ticketId: "tk-aaaa",
  generation: 2,
  isLive: true,
  isEnded: false,
  usesSlot: true,
  isLeaseExpired: false,
};
const supervised = (values: Partial<SupervisedTicket> = {}): SupervisedTicket => ({
  id: "tk-aaaa",
  state: "in-progress",
  priority: 2,
  isFinal: false,
  isWorkable: false,
  needsPerson: false,
  roles: ["worker"],
  failedSessions: {},
  rounds: 0,
  ...values,
});

function look(facts: Partial<SupervisorFacts>, tickets: readonly TicketFacts[] = []) {
  const found = episodesIn({
    facts: { tickets: [supervised()], agents: [], nowMs: 0, ...facts } as SupervisorFacts,
    tickets,
    types: builtinTypes,
    answersTo: (agentId) => [`wiggum answer ${agentId}`],
  });
  return found.map(({ event, key, text, isSilent }) => ({ event, key, text, isSilent }));
}
const events = (...given: Parameters<typeof look>) => look(...given).map(({ event }) => event);

test("an agent that asks is one matter as long as it asks the same; the same words under another id are another", () => {
  const asks = { ...agent, asks: "May it: curl?", requestId: "per_1" };
  const [first] = look({ agents: [asks] });
  expect(first).toMatchObject({ event: "task:waiting", text: "worker-0 (tk-aaaa): May it: curl?" });
  expect(look({ agents: [asks] })[0]?.key).toBe(first?.key);
  expect(look({ agents: [{ ...asks, requestId: "per_2" }] })[0]?.key).not.toBe(first?.key);
  expect(look({ agents: [{ ...asks, generation: 3 }] })[0]?.key).not.toBe(first?.key);
  expect(look({ agents: [{ ...asks, isEnded: true }] })).toEqual([]);
});

test("each failed attempt is an error of its own, with its agent or without one", () => {
  const failed = supervised({
    lastFailureMs: 5,
    lastFailure: "exited, exit code 3",
    assignedAgentId: "worker-0",
  });
  expect(look({ tickets: [failed] })).toEqual([
    {
      event: "agent:error",
      key: "agent:error tk-aaaa 5",
      text: "worker-0 ended, and tk-aaaa is still in in-progress: exited, exit code 3",
      isSilent: undefined,
    },
  ]);
  const [again] = look({
    tickets: [supervised({ state: "ready", lastFailureMs: 9, lastFailure: "no network" })],
  });
  expect(again).toMatchObject({
    key: "agent:error tk-aaaa 9",
    text: "No agent could work on tk-aaaa (ready): no network",
  });
});

test("tickets: a person must act, done, and all below another; what was closed undelivered is no success", () => {
  const child = (id: string, state: string) => sampleTicket(id, { state, parent: "tk-epic" });
  const epic = sampleTicket("tk-epic", { state: "ready" });
  const waiting = sampleTicket("tk-cccc", { state: "ready", actionRequired: { reason: "Which licence?" } });
  expect(events({}, [waiting])).toEqual(["task:waiting"]);
  expect(events({}, [epic, child("tk-aaaa", "done"), child("tk-bbbb", "review")])).toEqual([
    "task:completed",
  ]);
  expect(events({}, [epic, child("tk-aaaa", "done"), child("tk-bbbb", "closed")])).toEqual([
    "task:completed",
    "prd:completed",
  ]);
  expect(events({}, [epic, child("tk-aaaa", "closed"), child("tk-bbbb", "closed")])).toEqual([]);
});

test("budgets twice, a limit once", () => {
  const entry = {
    agentId: "worker-0",
    generation: 1,
    day: "2026-01-02",
    reserved: {},
    spent: { tokens: 85 },
    isOpen: false,
  };
  const rules = {
    limits: { day: { tokens: 100 } },
    estimate: {},
    day: "2026-01-02",
    dayEndsAtMs: 1,
    isHard: false,
  };
  const [low] = look({ budget: { rules, entries: [entry] } });
  expect(low).toMatchObject({ event: "budget:hit", key: "budget:hit day 2026-01-02 tokens low" });
  const spent = look({ budget: { rules, entries: [{ ...entry, spent: { tokens: 100 } }] } });
  expect(spent.map(({ key, isSilent }) => [key.split(" ").at(-1), isSilent])).toEqual([
    ["low", true],
    ["spent", undefined],
  ]);
  const pause = { reason: "usage limit", untilMs: 1_800_000_000_000, sinceMs: 1, times: 1 };
  const [limit] = look({ pause });
  expect(look({ pause: { ...pause, times: 2, untilMs: 1_900_000_000_000 } })[0]?.key).toBe(limit?.key);
});
