import { builtinTypes } from "@wiggum/ticket-core";
import type { SupervisorEvent } from "@wiggum/workflow";
import { expect, test } from "vitest";
import { poolLines } from "./pool-lines.js";
import { planText, sayEvent } from "./render/supervision.js";
import { waitingIn } from "./waiting.js";

const pause = {
  reason: "Usage limit reached",
  untilMs: Date.parse("2026-01-02T15:00:00Z"),
  sinceMs: 0,
  times: 1,
};
const day = { scope: "day", of: "2026-01-02", unit: "usd", limit: 5, used: 5.5 } as const;
const run = { scope: "run", of: "01J", unit: "tokens", limit: 1_000, used: 900 } as const;
const ticket = { scope: "ticket", of: "tk-1", unit: "timeMs", limit: 60_000, used: 60_000 } as const;

test("status: what holds all agents up, each in a sentence; nothing where nothing does", () => {
  expect(poolLines({ pause: null, budgets: [] })).toEqual([]);
  expect(poolLines({ pause, budgets: [day, run] })).toEqual([
    "",
    "PAUSED:",
    "  Nobody is started before 2026-01-02T15:00:00.000Z: Usage limit reached",
    "",
    "BUDGETS:",
    "  The budget of 2026-01-02 is 5.00 USD, and 5.50 USD are used or reserved",
    "  The budget of this run is 1,000 tokens, and 900 tokens are used or reserved",
  ]);
});

test("inbox: a budget of all that is used up waits for a person; what is left, or a ticket's own, does not", () => {
  const nothing = {
    tickets: [],
    agents: [],
    messages: [],
    failedHooks: [],
    notStarted: [],
    unmerged: [],
    mergeQueue: null,
    salvaged: [],
  };
  const waiting = waitingIn(builtinTypes, { ...nothing, pool: { pause, budgets: [day, run, ticket] } });
  expect(waiting).toEqual([
    {
      kind: "budget",
      about: "budgets.day",
      what: "Nobody is started: the budget of 2026-01-02 is 5.00 USD, and 5.50 USD are used or reserved",
      since: null,
      commands: ["wiggum spawn <role> <ticket> --force"],
    },
  ]);
});

test("the run says once why nobody is started, who waits, and when it goes on", () => {
  const said: string[] = [];
  const say = (kind: string) => (text: string) => void said.push(`${kind} ${text}`);
  const messages = {
    info: say("info"),
    ok: say("ok"),
    warn: say("warn"),
    error: say("error"),
    debug: say("debug"),
    plain: say("plain"),
  };
  const paused = { kind: "rate-limit", reason: "Usage limit reached", waitMs: 7_200_000 } as const;
  const events: readonly SupervisorEvent[] = [
    { kind: "paused", paused },
    { kind: "resumed" },
    { kind: "paused", paused: { kind: "budget", reason: "the budget of this run is 1,000 tokens" } },
    { kind: "budget", use: run, reason: "the budget of this run is nearly used up" },
    { kind: "waiting", agentId: "worker-0", ticketId: "tk-1", reason: "May I?" },
  ];
  for (const event of events) sayEvent(messages, event);
  expect(said).toEqual([
    "warn Paused: nobody is started for 2h 0m: Usage limit reached",
    "ok Going on: agents are started again",
    "warn Paused: nobody is started until you raise it: the budget of this run is 1,000 tokens",
    "warn The budget of this run is nearly used up",
    "warn worker-0 waits for you: May I?",
  ]);
  expect(planText({ actions: [], delayed: [], paused, stuck: [], isFinished: false })).toBe(
    "paused: nobody is started for 2h 0m: Usage limit reached\n",
  );
});
