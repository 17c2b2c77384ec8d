import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shownWidth } from "../render/shown-width.js";
import type { LiveView } from "./live-view.js";
import { renderLive } from "./render-live.js";

const view: LiveView = {
  session: "wiggum-shop",
  elapsedMs: 754_000,
  maxAgents: 4,
  running: 2,
  isEnding: false,
  isHelpShown: false,
  hasKeys: true,
  waits: [
    {
      kind: "action-required",
      about: "tk-5c46",
      what: "Which licence?",
      since: null,
      commands: ['wiggum answer tk-5c46 "<answer>"'],
    },
  ],
  agents: [
    {
      agentId: "worker-0",
      ticketId: "tk-1a2b",
      ticketState: "in-progress",
      state: "running",
      why: "",
      says: null,
      messages: [],
      uptimeMs: 720_000,
    },
    {
      agentId: "qa-3",
      ticketId: null,
      ticketState: null,
      state: "waiting_input",
      why: "",
      says: null,
      messages: [],
      uptimeMs: 4_000,
    },
  ],
  tickets: [
    { state: "ready", count: 3, blocked: 1 },
    { state: "in-progress", count: 1, blocked: 0 },
    { state: "done", count: 0, blocked: 0 },
  ],
  inWork: [{ id: "tk-1a2b", state: "in-progress", title: "日本語のタイトル 🎉" }],
  events: [
    { kind: "info", text: "Supervising, at most 4 agents at a time", at: "14:03" },
    { kind: "ok", text: "spawn worker for tk-1a2b: ready, priority 2 (worker-0)", at: "14:04" },
  ],
};

const shown = (what: LiveView, columns: number, rows: number) =>
  renderLive(what, columns, rows).map((line) => stripVTControlCharacters(line));

test("80 x 17: everything is there, what waits for a person first, with the command to type", () => {
  expect(shown(view, 80, 17)).toEqual([
    "wiggum run · 12m · wiggum-shop",
    "WAITS FOR YOU: 1",
    '  tk-5c46: Which licence? → wiggum answer tk-5c46 "<answer>"',
    "AGENTS: 2 running, at most 4 at work",
    "  worker-0  tk-1a2b  in-progress  12m  running",
    "  qa-3      —        —            4s   waiting_input",
    "TICKETS: 4",
    "  ready 3 (1 blocked) · in-progress 1",
    "  tk-1a2b  in-progress  日本語のタイトル 🎉",
    "EVENTS",
    "  14:03 [info] Supervising, at most 4 agents at a time",
    "  14:04 [ok] spawn worker for tk-1a2b: ready, priority 2 (worker-0)",
    "",
    "",
    "",
    "",
    "q: end · ?: keys",
  ]);
});

test("20 x 5: a line for each part, and the keys", () => {
  expect(shown(view, 20, 5)).toEqual([
    "wiggum run · 12m ·…",
    "1 waits: wiggum ans…",
    "agents: 2/4",
    "ready 3 (1 blocked)…",
    "q: end · ?: keys",
  ]);
});

test("20 x 14: the whole command, over as many lines as it takes", () => {
  const lines = shown(view, 20, 14);
  expect(lines.slice(1, 6)).toEqual([
    "WAITS FOR YOU: 1",
    "  tk-5c46: Which li…",
    "    wiggum answer",
    "    tk-5c46",
    '    "<answer>"',
  ]);
});

test("a narrow terminal leaves out the ticket's state, then the ticket, never agent and state", () => {
  const rowOf = (columns: number) => shown(view, columns, 30).find((line) => line.includes("worker-0"));
  expect(rowOf(48)).toBe("  worker-0  tk-1a2b  12m  running");
  expect(rowOf(32)).toBe("  worker-0  12m  running");
  expect(rowOf(26)).toBe("  worker-0  running");
  expect(rowOf(20)).toBe("  worker-0  running");
});

describe("where there is no room for all", () => {
  const many: LiveView = {
    ...view,
    agents: Array.from({ length: 30 }, (_, index) => ({
      agentId: `worker-${index}`,
      ticketId: `tk-${index}`,
      ticketState: "review",
      state: "running",
      why: "",
      says: null,
      messages: [],
      uptimeMs: 1_000,
    })),
    events: Array.from({ length: 200 }, (_, index) => ({
      kind: "ok" as const,
      text: `event ${index}`,
      at: "10:00",
    })),
  };

  test("each part gets its share, and of the events the last ones stay", () => {
    const lines = shown(many, 80, 24);
    expect(lines).toHaveLength(24);
    for (const title of ["WAITS FOR YOU: 1", "TICKETS: 4", "EVENTS"]) expect(lines).toContain(title);
    expect(lines.filter((line) => line.startsWith("  worker-")).length).toBeGreaterThan(4);
    expect(lines.at(-2)).toContain("event 199");
    expect(lines.filter((line) => line.includes("event")).length).toBeGreaterThan(4);
  });

  test("how many agents and tickets in work are left out is said", () => {
    const inWork = Array.from({ length: 9 }, (_, index) => ({
      id: `tk-w${index}`,
      state: "review",
      title: "x",
    }));
    const lines = shown({ ...many, inWork }, 80, 24);
    const agents = lines.filter((line) => line.startsWith("  worker-"));
    expect(lines).toContain(`  and ${30 - agents.length} more`);
    const tickets = lines.filter((line) => line.startsWith("  tk-w"));
    expect(tickets.length).toBeGreaterThan(0);
    expect(lines[lines.indexOf("EVENTS") - 1]).toBe(`  and ${9 - tickets.length} more in work`);
    // Where all have room, none is called more.
    expect(shown({ ...many, inWork }, 80, 300).join("\n")).not.toMatch(/and \d+ more/);
  });

  test("the keys take the place of the events", () => {
    const lines = shown({ ...many, isHelpShown: true }, 80, 24);
    expect(lines.join("\n")).toContain("q       end after what is being done; agents run on");
    expect(lines.join("\n")).not.toContain("event 199");
  });
});

test("ending: said in the first line, and which key does not wait", () => {
  const lines = shown({ ...view, isEnding: true }, 60, 10);
  expect(lines[0]).toContain("ending");
  expect(lines.at(-1)).toBe("Ctrl-C again: end at once");
  expect(shown({ ...view, hasKeys: false }, 60, 10).at(-1)).toBe("Ctrl-C: end");
});

/** Text as data has it: names and titles of any language, and what would steer a terminal. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.constantFrom(
        "\u001b[31m",
        "\u009b2J",
        "\r",
        "\n",
        "\t",
        "\u202e",
        "\u0007",
        "漢字",
        "👩‍👩‍👧",
        "🇪🇺",
        "é",
        "x".repeat(50),
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

const anyView: fc.Arbitrary<LiveView> = fc.record({
  session: text,
  elapsedMs: fc.nat(),
  maxAgents: fc.nat(99),
  running: fc.nat(99),
  isEnding: fc.boolean(),
  isHelpShown: fc.boolean(),
  hasKeys: fc.boolean(),
  waits: fc.array(
    fc.record({
      kind: fc.constantFrom("question" as const, "merge" as const),
      about: text,
      what: text,
      since: fc.constant(null),
      commands: fc.tuple(text),
    }),
    { maxLength: 4 },
  ),
  agents: fc.array(
    fc.record({
      agentId: text,
      ticketId: fc.option(text),
      ticketState: fc.option(text),
      state: text,
      why: text,
      says: fc.option(text),
      messages: fc.constant([]),
      uptimeMs: fc.nat(),
    }),
    { maxLength: 5 },
  ),
  tickets: fc.array(fc.record({ state: text, count: fc.nat(9), blocked: fc.nat(2) }), { maxLength: 5 }),
  inWork: fc.array(fc.record({ id: text, state: text, title: text }), { maxLength: 5 }),
  events: fc.array(
    fc.record({
      kind: fc.constantFrom(
        "info" as const,
        "ok" as const,
        "warn" as const,
        "error" as const,
        "plain" as const,
      ),
      text,
      at: fc.constant("09:30"),
    }),
    { maxLength: 8 },
  ),
});

test("whatever the data and the size: as many lines as rows, none too wide, no control character but our colours", () => {
  fc.assert(
    fc.property(
      anyView,
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 40 }),
      (any, columns, rows) => {
        const lines = renderLive(any, columns, rows);
        expect(lines).toHaveLength(rows);
        for (const line of lines) {
          const withoutColours = line.replaceAll(/\u001b\[\d+m/g, "");
          expect(withoutColours).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
          expect(shownWidth(withoutColours)).toBeLessThanOrEqual(columns);
        }
      },
    ),
    { numRuns: 300 },
  );
});
