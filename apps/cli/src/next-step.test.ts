import { describe, expect, test } from "vitest";
import { nextStep, type Situation } from "./next-step.js";
import type { ProjectStatus } from "./project-status.js";
import type { Waiting } from "./waiting.js";

const status: ProjectStatus = {
  session: { name: "wiggum-shop", isRunning: false, running: 0, tmux: null },
  supervisor: null,
  agents: [],
  tickets: [{ state: "ready", count: 0, blocked: 0 }],
  ready: [],
  actionRequired: [],
  notStarted: [],
  pool: { pause: null, budgets: [] },
  unmerged: [],
  mergeQueue: null,
  failedHooks: [],
  upstream: null,
  waiting: [],
  begun: 0,
};
const waits = (kind: Waiting["kind"], about: string, command: string): Waiting => ({
  kind,
  about,
  what: "why",
  since: null,
  commands: [command],
});
interface Change
  extends Partial<Situation>,
    Partial<Pick<ProjectStatus, "waiting" | "begun" | "supervisor">> {}
const step = ({ status: of = status, waiting = [], begun = 0, supervisor = null, ...rest }: Change) =>
  nextStep({ status: { ...of, waiting, begun, supervisor }, ...rest }).command;
const supervisor = { pid: 4321, host: "here", since: "2026-01-05T09:00:00.000Z" };
const running = (tmux: ProjectStatus["session"]["tmux"]): ProjectStatus => ({
  ...status,
  session: { ...status.session, running: 1, tmux },
  agents: [
    {
      agentId: "worker-0",
      ticketId: null,
      ticketState: null,
      state: "lost",
      why: "",
      says: null,
      messages: [],
      uptimeMs: 0,
    },
    {
      agentId: "worker-1",
      ticketId: null,
      ticketState: null,
      state: "busy",
      why: "",
      says: null,
      messages: [],
      uptimeMs: 0,
    },
  ],
});
const ready: ProjectStatus = { ...status, ready: [{ id: "tk-1", title: "One" }] };

describe("nextStep", () => {
  test("people's answers before everything, several at once by the inbox", () => {
    const question = waits("question", "worker-0", "wiggum attach worker-0");
    expect(step({ status: ready, waiting: [question] })).toBe("wiggum attach worker-0");
    expect(step({ waiting: [question, waits("hook", "tk-1", "wiggum hook retry e h")] })).toBe(
      "wiggum inbox",
    );
    expect(step({ waiting: [question, waits("salvage", "x", "wiggum salvage show x")] })).toBe(
      "wiggum attach worker-0",
    );
  });

  test("ready tickets want a supervisor, unless there is one", () => {
    expect(step({ status: ready })).toBe("wiggum run");
    expect(step({ status: { ...running(null), ready: ready.ready }, supervisor })).toBe(
      "wiggum logs worker-1 --follow",
    );
  });

  test("work that was begun and that no agent goes on with wants one, too", () => {
    expect(step({ begun: 2 })).toBe("wiggum run");
    expect(step({ begun: 1, status: running(null) })).toBe("wiggum logs worker-1 --follow");
    expect(step({ begun: 2, supervisor })).toBe("wiggum status --verbose");
    expect(step({ status: ready, supervisor })).toBe("wiggum status --verbose");
  });

  test("so does work whose agent was lost beside others that run", () => {
    const found = { ...running(null) };
    expect(step({ status: found, begun: 1 })).toBe("wiggum logs worker-1 --follow");
    expect(step({ status: found, begun: 2 })).toBe("wiggum run");
    expect(step({ status: found, begun: 2, supervisor })).toBe("wiggum logs worker-1 --follow");
    expect(nextStep({ status: { ...found, begun: 2 } }).why).toBe(
      "2 tickets were begun, and only 1 agent runs",
    );
  });

  test("then merges, agents to watch, what holds tickets up, salvage", () => {
    const merge = waits("merge", "tk-1", "wiggum branch merge tk-1");
    expect(step({ status: { ...running(null), unmerged: ["tk-1"] }, waiting: [merge] })).toBe(
      "wiggum branch merge tk-1",
    );
    expect(step({ status: { ...status, unmerged: ["tk-1", "tk-2"] }, waiting: [merge, merge] })).toBe(
      "wiggum inbox",
    );
    expect(step({ status: running({ name: "s", socketPath: "/s", panes: 1 }) })).toBe("wiggum attach");
    expect(step({ status: { ...status, tickets: [{ state: "ready", count: 2, blocked: 2 }] } })).toBe(
      "wiggum ticket blocked",
    );
    expect(step({ waiting: [waits("salvage", "x", "wiggum salvage show x")] })).toBe("wiggum inbox");
  });

  test("nothing at all: begin, or look back; an agent is told its own", () => {
    expect(step({})).toBe('wiggum start "<title>"');
    expect(step({ status: { ...status, tickets: [{ state: "done", count: 2, blocked: 0 }] } })).toBe(
      "wiggum report",
    );
    const caller = { agentId: "worker-0", role: "worker", generation: 1, isSupervised: false };
    expect(step({ status: ready, caller: { ...caller, ticketId: "tk-1" } })).toBe("wiggum ticket show tk-1");
    expect(step({ status: ready, caller })).toBe("wiggum ticket ready");
  });
});
