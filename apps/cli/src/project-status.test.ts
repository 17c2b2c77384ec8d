import { expect, test } from "vitest";
import { type ProjectStatus, statusLine, statusText } from "./project-status.js";
import type { Waiting } from "./waiting.js";

const idle: ProjectStatus = {
  session: { name: "wiggum-shop", isRunning: false, running: 0, tmux: null },
  supervisor: null,
  agents: [],
  tickets: [
    { state: "ready", count: 3, blocked: 1 },
    { state: "in-progress", count: 0, blocked: 0 },
  ],
  ready: [{ id: "tk-1a2b", title: "Fix\u001b[31m it" }],
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

const waits = (kind: Waiting["kind"], about: string, what: string): Waiting => ({
  kind,
  about,
  what,
  since: null,
  commands: ["wiggum"],
});

test("status: all sections print although nothing runs", () => {
  expect(statusText(idle, false)).toBe(
    [
      "",
      "SESSION: wiggum-shop",
      "  (not running)",
      "",
      "AGENTS:",
      "  (no agents)",
      "",
      "TICKETS:",
      "  ready: 3 (1 blocked)",
      "  in-progress: 0",
      "",
    ].join("\n"),
  );
});

test("status: who schedules is told while somebody does, and with --verbose also that nobody does", () => {
  const supervisor = { pid: 4321, host: "elsewhere.example", since: "2026-01-05T09:00:00.000Z" };
  expect(statusText({ ...idle, supervisor }, false).split("\n")[3]).toBe(
    "  Supervisor: process 4321 on elsewhere.example, since 2026-01-05T09:00:00.000Z",
  );
  expect(statusText(idle, true).split("\n")[3]).toBe("  Supervisor: none (wiggum run)");
});

// P23: every state shows its evidence.
test("status: what waits for a person, with the command that helps; --verbose says why", () => {
  const text = statusText(
    {
      ...idle,
      session: { name: "wiggum-shop", isRunning: true, running: 1, tmux: null },
      agents: [
        {
          agentId: "worker-0",
          ticketId: "tk-9",
          ticketState: "in-progress",
          state: "lost",
          why: "no process of generation 2 (protocol, 3s ago)",
          says: null,
          messages: [],
          uptimeMs: 90 * 60_000,
        },
      ],
      actionRequired: [{ id: "tk-7", reason: "Which licence?" }],
      notStarted: [
        {
          ticketId: "tk-6",
          role: "worker",
          attempts: 2,
          at: "2026-01-02T03:04:05.000Z",
          reason: "no \u001bprogram",
        },
      ],
      unmerged: ["tk-5"],
      failedHooks: [{ eventId: "01J", hook: "on-claim", ticketId: "tk-3" }],
      waiting: [
        waits("action-required", "tk-7", "Which licence?"),
        waits("question", "worker-1", "It asks: \u001bMay I?"),
        waits("merge", "tk-5", "It is done, and the base branch lacks its work"),
      ],
    },
    true,
  );
  expect(text).toContain("  Panes: 1\n");
  expect(text).toMatch(/\n {2}worker-0 +tk-9 +in-progress +1h 30m +lost\n {4}no process of generation 2/);
  expect(text).toContain("\nREADY TICKETS:\n  tk-1a2b: Fix\\x1b[31m it\n");
  expect(text).toContain(
    "\nA PERSON MUST ACT:\n  tk-7: Which licence?\n  worker-1: It asks: \\x1bMay I?\n\n",
  );
  expect(text).toContain(
    "\nNOT STARTED:\n  tk-6 (worker): failed 2 times, last at 2026-01-02T03:04:05.000Z: no \\x1bprogram\n",
  );
  expect(text).toContain("  wiggum branch merge tk-5\n");
  expect(text).toContain("wiggum hook retry 01J on-claim\n");
  expect(text.endsWith("\n\nWAITS FOR YOU: 3 (wiggum inbox)\n")).toBe(true);
  expect(text).not.toContain("\u001b");
});

test("status: one line for tmux", () => {
  expect(statusLine(idle)).toBe("#[fg=green]0#[default] #[fg=yellow]1#[default]\n");
});
