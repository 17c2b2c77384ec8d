import { describe, expect, test } from "vitest";
import { at, problemsOf, small, typeOf } from "./testing/types-fixture.js";
import { parseTicketTypes } from "./ticket-types.js";

describe("our shape", () => {
  test("every value that is left out has its default", () => {
    expect(parseTicketTypes(small())).toEqual({
      defaultType: "task",
      types: {
        task: {
          name: "task",
          initial: "open",
          states: [
            { name: "open", final: false, satisfiesDependants: false, claimable: true, roles: [] },
            { name: "doing", final: false, satisfiesDependants: false, claimable: false, roles: ["worker"] },
            { name: "done", final: true, satisfiesDependants: true, claimable: false, roles: [] },
          ],
          transitions: [
            {
              from: "open",
              to: "doing",
              effects: ["claim"],
              guards: [],
              before: [],
              after: [{ name: "on-claim", mode: "retry", timeoutMs: 600_000 }],
            },
            {
              from: "doing",
              to: "done",
              effects: ["merge"],
              guards: [],
              before: [{ name: "check", mode: "retry", timeoutMs: 5 }],
              after: [],
            },
          ],
          fields: [{ name: "size", kind: "number", required: false, values: [1, 2, 3], default: 2 }],
        },
      },
    });
  });

  test("text and value give the same; a list of states and fields is another way to write them", () => {
    const listed = small({
      states: [
        { name: "open", claimable: true },
        { name: "doing", roles: ["worker"] },
        { name: "done", final: true, satisfiesDependants: true },
      ],
      fields: [{ name: "size", kind: "number", values: [1, 2, 3], default: 2 }],
    });
    expect(parseTicketTypes(listed)).toEqual(parseTicketTypes(small()));
    expect(parseTicketTypes(`\uFEFF${JSON.stringify(small(), null, "\t")}`)).toEqual(
      parseTicketTypes(small()),
    );
  });

  test("one edge written for several states stands for one from each", () => {
    const type = typeOf(
      small({
        states: { ...small().types.task.states, closed: { final: true } },
        transitions: [
          ...small().types.task.transitions,
          { from: ["open", "doing"], to: "closed", name: "close" },
        ],
      }),
    );
    expect(type.transitions.slice(2).map(({ from, to, name }) => [from, to, name])).toEqual([
      ["open", "closed", "close"],
      ["doing", "closed", "close"],
    ]);
  });
});

describe("types extend one another", () => {
  test("a derived type written before its base has all of it, and overrides by key", () => {
    const source = {
      schemaVersion: 1,
      defaultType: "bug",
      types: {
        hotfix: { extends: "bug", fields: { severity: { default: "high" } } },
        bug: {
          extends: "task",
          states: { doing: { roles: ["fixer"] }, triage: { waitsFor: "a person" } },
          transitions: [
            { from: "open", to: "triage" },
            { from: "triage", to: "open" },
            { from: "doing", to: "done", guards: ["has-merged-work"] },
          ],
          fields: { severity: { kind: "string", values: ["low", "high"], required: true } },
        },
        task: small().types.task,
      },
    };
    const bug = typeOf(source, "bug");
    expect(bug.states.map(({ name, roles }) => [name, roles])).toEqual([
      ["open", []],
      ["doing", ["fixer"]],
      ["done", []],
      ["triage", []],
    ]);
    const edge = bug.transitions.find(({ from }) => from === "doing");
    expect(edge).toMatchObject({
      guards: ["has-merged-work"],
      effects: ["merge"],
      before: [{ name: "check", mode: "retry", timeoutMs: 5 }],
    });
    expect(typeOf(source, "hotfix").fields.map(({ name }) => name)).toEqual(["size", "severity"]);
    expect(typeOf(source, "hotfix").fields[1]).toEqual({
      name: "severity",
      kind: "string",
      required: true,
      values: ["low", "high"],
      default: "high",
    });
    expect(typeOf(source, "task")).toEqual(typeOf(small()));
  });

  test("a removed state takes its inherited edges with it; edges and fields can be removed alone", () => {
    const source = small(
      {
        states: { ...small().types.task.states, review: { roles: ["reviewer"] } },
        transitions: [
          ...small().types.task.transitions,
          { from: "doing", to: "review" },
          { from: "review", to: "done" },
        ],
      },
      {
        quick: { extends: "task", states: { review: null }, fields: { size: null } },
        strict: { extends: "task", transitions: [{ from: "doing", to: "done", remove: true }] },
      },
    );
    expect(typeOf(source, "quick")).toEqual({ ...typeOf(small()), name: "quick", fields: [] });
    expect(typeOf(source, "strict").transitions.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "open doing",
      "doing review",
      "review done",
    ]);
  });

  test("a circle and a missing base are named where they are written", () => {
    const source = small({}, { a: { extends: "b" }, b: { extends: "a" }, c: { extends: "nothing" } });
    const problems = problemsOf(source);
    expect(problems.map((problem) => problem.at)).toContain("$.types.c.extends");
    expect(problems.some(({ message }) => message.includes("a → b → a"))).toBe(true);
    expect(problems).toHaveLength(2); // and no mistake that only follows from these
  });

  // P39
  test("a circle hides no other mistake: a state that none of its types has is named, too", () => {
    const edge = (to: string) => ({ transitions: [{ from: "begun", to }] });
    const source = small(
      {},
      {
        a: { extends: "b", states: { begun: { roles: ["worker"] } }, ...edge("nowhere") },
        b: { extends: "a", states: { over: { final: true } }, ...edge("over") },
        c: { extends: "a", ...edge("lost") },
        d: { extends: "nothing", ...edge("of-the-base-perhaps") },
      },
    );
    expect(at(source).sort()).toEqual([
      "$.types.a.transitions[0].to",
      "$.types.b.extends",
      "$.types.c.transitions[0].to",
      "$.types.d.extends",
    ]);
  });

  test("removing what is not inherited is a mistake", () => {
    expect(at(small({}, { a: { extends: "task", states: { gone: null } } }))).toEqual([
      "$.types.a.states.gone",
    ]);
    expect(
      at(small({}, { a: { extends: "task", transitions: [{ from: "x", to: "y", remove: true }] } })),
    ).toEqual(["$.types.a.transitions[0]"]);
  });
});

// P39
describe("a wrong file is refused, with all that is wrong", () => {
  test("ten mistakes of one file are ten problems, each with its path and line", () => {
    const text = `{
  "schemaVersion": 1,
  "defaultType": "nope",
  "types": {
    "task": {
      "initial": "open",
      "colour": "red",
      "states": {
        "open": { "claimable": true },
        "doing": { "roles": ["worker"], "final": "yes" },
        "limbo": {},
        "done": { "final": true }
      },
      "transitions": [
        { "from": "open", "to": "doing", "effects": ["claim"], "guards": ["is-nice"] },
        { "from": "doing", "to": "doen" },
        { "from": "doing", "to": "done", "before": ["../../evil"] },
        { "from": "open", "to": "doing" },
        { "from": "done", "to": "open", "name": "again" },
        { "from": "doing", "to": "done", "after": [{ "name": "x", "timeoutMs": -1 }] }
      ],
      "fields": { "state": { "kind": "string" }, "when": { "kind": "date" } }
    }
  }
}`;
    const found = problemsOf(text).map(({ at: path, line }) => `${line} ${path}`);
    expect(found.sort()).toEqual(
      [
        "3 $.defaultType",
        "7 $.types.task.colour",
        "10 $.types.task.states.doing.final",
        "11 $.types.task.states.limbo",
        "15 $.types.task.transitions[0].guards[0]",
        "16 $.types.task.transitions[1].to",
        "17 $.types.task.transitions[2].before[0]",
        "18 $.types.task.transitions[3]",
        "19 $.types.task.transitions[4]",
        "20 $.types.task.transitions[5].after[0].timeoutMs",
        "22 $.types.task.fields.state",
        "22 $.types.task.fields.when.kind",
      ].sort(),
    );
  });

  const structural: readonly (readonly [string, Record<string, unknown>, string])[] = [
    [
      "a state that no way leads to",
      { states: { ...small().types.task.states, far: { waitsFor: "x", final: true } } },
      "$.types.task.states.far",
    ],
    [
      "a state that no way leads out of",
      {
        states: { ...small().types.task.states, trap: { roles: ["worker"] } },
        transitions: [...small().types.task.transitions, { from: "doing", to: "trap" }],
      },
      "$.types.task.states.trap",
    ],
    [
      "no final state",
      { states: { open: { claimable: true }, doing: { roles: ["w"] }, done: { roles: ["w"] } } },
      "$.types.task",
    ],
    ["an unknown initial state", { initial: "nowhere" }, "$.types.task.initial"],
    ["a missing initial state", { initial: undefined }, "$.types.task"],
    ["an initial state that is final", { initial: "done" }, "$.types.task.initial"],
    [
      "a claimable state without a way to claim",
      {
        transitions: [
          { from: "open", to: "doing" },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.states.open",
    ],
    [
      "an edge to its own state",
      { transitions: [...small().types.task.transitions, { from: "doing", to: "doing" }] },
      "$.types.task.transitions[2]",
    ],
    [
      "the same verb twice from one state",
      {
        transitions: [
          { from: "open", to: "doing", effects: ["claim"], name: "go" },
          { from: "open", to: "done", name: "go" },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.transitions[1].name",
    ],
    [
      "an edge that claims and releases",
      {
        transitions: [
          { from: "open", to: "doing", effects: ["claim", "release"] },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.transitions[0].effects",
    ],
    [
      "a hook twice on one edge",
      {
        transitions: [
          { from: "open", to: "doing", effects: ["claim"], after: ["a", "a"] },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.transitions[0].after[1]",
    ],
    [
      "a hook name with a control character",
      {
        transitions: [
          { from: "open", to: "doing", effects: ["claim"], after: ["a\u001b[2J"] },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.transitions[0].after[0]",
    ],
    [
      "a hook name with a space",
      {
        transitions: [
          { from: "open", to: "doing", effects: ["claim"], after: ["a b"] },
          { from: "doing", to: "done" },
        ],
      },
      "$.types.task.transitions[0].after[0]",
    ],
    [
      "a default that is none of the values",
      { fields: { size: { kind: "number", values: [1], default: 2 } } },
      "$.types.task.fields.size",
    ],
    [
      "a default of another kind",
      { fields: { size: { kind: "boolean", default: "no" } } },
      "$.types.task.fields.size",
    ],
    ["states that are neither list nor object", { states: 5 }, "$.types.task.states"],
    [
      "a state name with a space",
      { states: { ...small().types.task.states, "in work": { final: true } } },
      '$.types.task.states["in work"]',
    ],
  ];
  test.each(structural)("%s", (_name, change, path) => {
    expect(at(small(change))).toContain(path);
  });

  test("only an edge named reopen leaves a final state", () => {
    const edges = small().types.task.transitions;
    const reopen = { from: "done", to: "doing", name: "reopen" };
    expect(typeOf(small({ transitions: [...edges, reopen] })).transitions).toHaveLength(3);
    expect(at(small({ transitions: [...edges, { ...reopen, name: "resume" }] }))).toEqual([
      "$.types.task.transitions[2]",
    ]);
  });

  test("a mistake that other types inherit is named once", () => {
    const source = small(
      { transitions: [...small().types.task.transitions, { from: "doing", to: "nowhere" }] },
      { a: { extends: "task" }, b: { extends: "a" } },
    );
    expect(at(source)).toEqual(["$.types.task.transitions[2].to"]);
  });

  test("a guard of the caller's is known when it is named", () => {
    const guarded = small({
      transitions: [
        { from: "open", to: "doing", effects: ["claim"] },
        { from: "doing", to: "done", guards: ["is-nice", "no-uncommitted-work"] },
      ],
    });
    expect(at(guarded)).toEqual(["$.types.task.transitions[1].guards[0]"]);
    expect(
      parseTicketTypes(guarded, { guards: ["is-nice"] }).types["task"]?.transitions[1]?.guards,
    ).toHaveLength(2);
  });

  test("a newer format is refused, not guessed", () => {
    // P12
    const [problem, ...others] = problemsOf({ ...small(), schemaVersion: 2, unheardOf: true });
    expect(problem?.at).toBe("$.schemaVersion");
    expect(problem?.message).toContain("newer");
    expect(others).toEqual([]);
  });

  test.each([null, 5, "text", [], {}, { types: {} }, { schemaVersion: 1, defaultType: "a", types: {} }])(
    "something else: %j",
    (source) => {
      expect(problemsOf(JSON.stringify(source)).length).toBeGreaterThan(0);
      if (typeof source !== "string") expect(problemsOf(source).length).toBeGreaterThan(0);
    },
  );
});
