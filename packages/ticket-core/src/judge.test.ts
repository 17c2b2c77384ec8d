import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtinTypes } from "./builtin-types.js";
import { createJudge } from "./judge.js";
import { allowedStates } from "./legality.js";
import { sampleTicket } from "./sample-tickets.js";
import type { Ticket } from "./ticket.js";
import type { TicketTypes } from "./ticket-type.js";

const judge = createJudge(builtinTypes);
const plain = { override: undefined };

function codeOf(
  base: Ticket | undefined,
  next: Ticket | undefined,
  override?: string,
  types: TicketTypes = builtinTypes,
): string {
  const verdict = createJudge(types)(base, next, { override });
  return verdict.legal ? "legal" : verdict.error.code;
}

describe("the machine of the built-in types", () => {
  const edges = [
    "ready>in-progress",
    "ready>closed",
    "in-progress>review",
    "review>qa",
    "review>in-progress",
    "review>done",
    "review>closed",
    "qa>done",
    "qa>in-progress",
    "qa>closed",
  ];
  const states = ["ready", "in-progress", "review", "qa", "done", "closed"];

  test.each(["feature", "bug", "task", "epic", "chore"])(
    "%s: exactly the edges of the machine are legal",
    (type) => {
      const legal = states.flatMap((from) =>
        states
          .filter((to) => from !== to)
          .filter((to) => {
            const base = sampleTicket("tk-0001", { type, state: from });
            const next = { ...base, state: to, leaseEpoch: from === "ready" && to === "in-progress" ? 1 : 0 };
            return judge(base, next, plain).legal;
          })
          .map((to) => `${from}>${to}`),
      );
      expect(legal.sort()).toEqual(edges.toSorted());
    },
  );

  test("pr-task: every state but the final ones is left by an edge, and every state is reached", () => {
    const type = builtinTypes.types["pr-task"];
    if (type === undefined) throw new Error("pr-task is missing");
    for (const state of type.states) {
      expect(allowedStates(type, state.name).length > 0, state.name).toBe(!state.final);
      const isReached = type.transitions.some((edge) => edge.to === state.name);
      expect(isReached || state.name === type.initial, state.name).toBe(true);
    }
  });

  test("no two edges lead from one state to the same state, and none bears a verb twice", () => {
    for (const type of Object.values(builtinTypes.types)) {
      const ends = type.transitions.map((edge) => `${edge.from}>${edge.to}`);
      expect(new Set(ends).size).toBe(ends.length);
      const verbs = type.transitions.flatMap((edge) => (edge.name ? [`${edge.from}:${edge.name}`] : []));
      expect(new Set(verbs).size).toBe(verbs.length);
    }
  });
});

describe("judge", () => {
  const base = sampleTicket("tk-0001", { state: "in-progress", leaseEpoch: 1, assignedAgentId: "worker-0" });

  test("a refused edge names what is allowed", () => {
    const verdict = judge(base, { ...base, state: "done" }, plain);
    expect(verdict).toMatchObject({
      legal: false,
      error: {
        code: "TRANSITION_NOT_ALLOWED",
        data: { from: "in-progress", to: "done", allowed: ["review"] },
        hint: "Allowed transitions from 'in-progress': review.",
      },
    });
  });

  test.each([
    ["id", { id: "tk-0002" }],
    ["type", { type: "bug" }],
    ["createdAt", { createdAt: "2026-01-02T03:04:06Z" }],
    ["createdBy", { createdBy: "somebody" }],
    ["createdAt (removed)", { createdAt: undefined }],
  ])("%s never changes, not by an override either", (_name, change) => {
    expect(codeOf(base, { ...base, ...change })).toBe("TICKET_INVALID");
    expect(codeOf(base, { ...base, ...change }, "because")).toBe("TICKET_INVALID");
  });

  test.each<[string, Partial<Ticket>, string]>([
    ["priority below 0", { priority: -1 }, "TICKET_INVALID"],
    ["priority above 4", { priority: 5 }, "TICKET_INVALID"],
    ["priority between", { priority: 1.5 }, "TICKET_INVALID"],
    ["empty title", { title: "  " }, "TICKET_INVALID"],
    ["title of two lines", { title: "a\nb" }, "TICKET_INVALID"],
    ["title with an escape character", { title: "a\u001b[2J" }, "TICKET_INVALID"],
    ["hostile dependency", { dependsOn: ["../x"] }, "TICKET_INVALID"],
    ["hostile parent", { parent: "a/b" }, "TICKET_INVALID"],
    ["itself as parent", { parent: "tk-0001" }, "TICKET_INVALID"],
    ["itself as dependency", { dependsOn: ["tk-0001"] }, "DEPENDENCY_CYCLE"],
    ["label of two lines", { labels: ["a\nb"] }, "TICKET_INVALID"],
    ["reference without a kind", { references: [{ kind: "", target: "x" }] }, "TICKET_INVALID"],
    ["action required without a reason", { actionRequired: { reason: " " } }, "TICKET_INVALID"],
    ["unknown state", { state: "limbo" }, "STATE_UNKNOWN"],
    ["state named like a member of every object", { state: "constructor" }, "STATE_UNKNOWN"],
  ])("%s is refused, with and without an override", (_name, change, code) => {
    expect(codeOf(base, { ...base, ...change })).toBe(code);
    expect(codeOf(base, { ...base, ...change }, "because")).toBe(code);
  });

  test("an override skips the edge check", () => {
    expect(codeOf(base, { ...base, state: "ready" })).toBe("TRANSITION_NOT_ALLOWED");
    expect(codeOf(base, { ...base, state: "ready" }, "spawn failed")).toBe("legal");
  });

  test.each([
    [0, 0, "legal"],
    [1, 0, "TICKET_INVALID"],
    [1, 2, "legal"],
    [1, 3, "TICKET_INVALID"],
  ])("epoch from %i to %i in one state: %s", (from, to, expected) => {
    expect(codeOf({ ...base, leaseEpoch: from }, { ...base, leaseEpoch: to })).toBe(expected);
  });

  test("a claim needs a new epoch, by an override too", () => {
    const ready = sampleTicket("tk-0001", { leaseEpoch: 4 });
    expect(codeOf(ready, { ...ready, state: "in-progress" })).toBe("TICKET_INVALID");
    expect(codeOf(ready, { ...ready, state: "in-progress" }, "because")).toBe("TICKET_INVALID");
    expect(codeOf(ready, { ...ready, state: "in-progress", leaseEpoch: 5 })).toBe("legal");
  });

  test("a new ticket starts in the initial state, without claims; an import may override that", () => {
    expect(codeOf(undefined, sampleTicket("tk-0001"))).toBe("legal");
    expect(codeOf(undefined, sampleTicket("tk-0001", { state: "review" }))).toBe("TICKET_INVALID");
    expect(codeOf(undefined, sampleTicket("tk-0001", { leaseEpoch: 1 }))).toBe("TICKET_INVALID");
    expect(codeOf(undefined, sampleTicket("tk-0001", { state: "review", leaseEpoch: 1 }), "import")).toBe(
      "legal",
    );
    expect(codeOf(undefined, sampleTicket("tk-0001", { type: "pr-task", state: "backlog" }))).toBe("legal");
    expect(codeOf(undefined, sampleTicket("tk-0001", { type: "nonsense" }))).toBe("TYPE_UNKNOWN");
    expect(codeOf(undefined, sampleTicket("tk-0001", { type: "constructor" }))).toBe("TYPE_UNKNOWN");
    expect(codeOf(undefined, sampleTicket("../x"))).toBe("ID_INVALID");
  });

  test("deleting is no question of the type", () => {
    expect(codeOf(base, undefined)).toBe("legal");
  });

  test("a fault that was there before does not stop a write that leaves it alone, and may be mended", () => {
    const odd = sampleTicket("tk-0001", { state: "limbo", priority: 9, title: "" });
    expect(codeOf(odd, { ...odd, body: "more" })).toBe("legal");
    expect(codeOf(odd, { ...odd, priority: 8 })).toBe("TICKET_INVALID");
    expect(codeOf(odd, { ...odd, priority: 1 })).toBe("legal");
    expect(codeOf(odd, { ...odd, state: "nowhere" })).toBe("STATE_UNKNOWN");
    expect(codeOf(odd, { ...odd, state: "ready" })).toBe("TRANSITION_NOT_ALLOWED");
    expect(codeOf(odd, { ...odd, state: "ready" }, "doctor")).toBe("legal");
  });

  test("declared fields: required, kind and values are checked, others are free", () => {
    const task = builtinTypes.types["task"];
    if (task === undefined) throw new Error("task is missing");
    const types: TicketTypes = {
      defaultType: "task",
      types: {
        task: {
          ...task,
          fields: [
            { name: "reviewer", kind: "string", required: true },
            { name: "size", kind: "number", required: false },
            { name: "areas", kind: "list", required: false, values: ["ui", "api"] },
            { name: "urgent", kind: "boolean", required: false },
            { name: "epic", kind: "ticket", required: false },
          ],
        },
      },
    };
    const with_ = (fields: Ticket["fields"]) =>
      codeOf(undefined, sampleTicket("tk-0001", { fields }), undefined, types);
    expect(with_({ reviewer: "ann", other: [1, { a: null }] })).toBe("legal");
    expect(with_({})).toBe("TICKET_INVALID");
    expect(with_({ reviewer: null })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: 3 })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: "ann", size: "3" })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: "ann", size: 3, urgent: true, areas: ["ui"], epic: "tk-0002" })).toBe("legal");
    expect(with_({ reviewer: "ann", areas: ["ui", "db"] })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: "ann", areas: "ui" })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: "ann", urgent: "yes" })).toBe("TICKET_INVALID");
    expect(with_({ reviewer: "ann", epic: "../x" })).toBe("TICKET_INVALID");
  });

  test("any walk along legal verdicts stays in known states, and the epoch never falls", () => {
    const states = builtinTypes.types["task"]?.states.map((state) => state.name) ?? [];
    const steps = fc.array(
      fc.record({ to: fc.constantFrom(...states, "limbo"), rise: fc.integer({ min: -1, max: 2 }) }),
    );
    fc.assert(
      fc.property(steps, (walk) => {
        let ticket = sampleTicket("tk-0001");
        for (const { to, rise } of walk) {
          const next = { ...ticket, state: to, leaseEpoch: ticket.leaseEpoch + rise };
          if (!judge(ticket, next, plain).legal) continue;
          const known = allowedStates(builtinTypes.types["task"], ticket.state);
          expect([ticket.state, ...known]).toContain(to);
          expect(next.leaseEpoch - ticket.leaseEpoch === 0 || next.leaseEpoch - ticket.leaseEpoch === 1).toBe(
            true,
          );
          if (ticket.state === "ready" && to === "in-progress") expect(rise).toBe(1);
          ticket = next;
        }
      }),
    );
  });
});
