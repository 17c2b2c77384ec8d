import { expect, test } from "vitest";
import type { ProjectStatus } from "../project-status.js";
import { waitsIn } from "./waits.js";

const agent = (agentId: string, state: string) => ({
  agentId,
  ticketId: null,
  ticketState: null,
  state,
  why: "asks: may I?",
  says: null,
  uptimeMs: 0,
});

test("everything that waits for a person has the command that answers it", () => {
  const status: ProjectStatus = {
    session: { name: "s", isRunning: true, running: 3, tmux: null },
    agents: [agent("worker-0", "waiting_input"), agent("worker-1", "running"), agent("qa-0", "blocked")],
    tickets: [],
    ready: [],
    actionRequired: [{ id: "tk-1", reason: "Which licence?" }],
    notStarted: [{ ticketId: "tk-2", role: "worker", attempts: 2, at: "", reason: "set-up failed" }],
    unmerged: ["tk-3"],
    failedHooks: [{ eventId: "01M:tk-4", hook: "on-claim", ticketId: "tk-4" }],
  };
  expect(waitsIn(status, new Set(["worker-0"]))).toEqual([
    { what: "worker-0 waits: asks: may I?", command: "wiggum attach worker-0" },
    { what: "qa-0 waits: asks: may I?", command: "wiggum logs qa-0" },
    { what: "tk-1: Which licence?", command: "wiggum ticket action clear tk-1" },
    { what: "Hook on-claim failed for tk-4", command: "wiggum hook retry 01M:tk-4 on-claim" },
    {
      what: "No worker could be started for tk-2 (2 times): set-up failed",
      command: "wiggum spawn worker tk-2",
    },
    { what: "tk-3 is done and not merged", command: "wiggum branch merge tk-3" },
  ]);
});
