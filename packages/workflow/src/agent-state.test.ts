import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DerivedState, deriveState, explainState, type StateContext } from "./agent-state.js";
import type { Evidence, EvidenceFact, EvidenceSource } from "./runner.js";

const ranks: Readonly<Record<EvidenceSource, number>> = {
  protocol: 5,
  hook: 4,
  "self-report": 3,
  screen: 2,
  timer: 1,
};
const activities = ["busy", "idle", "waiting_input", "blocked", "retrying"];
const now = 1_000_000;
const context: StateContext = { nowMs: now, generation: 1 };

function say(source: EvidenceSource, fact: EvidenceFact, agoMs = 0, generation = 1): Evidence {
  return { source, fact, atMs: now - agoMs, generation };
}

const anyFact: fc.Arbitrary<EvidenceFact> = fc.oneof(
  fc.constantFrom<EvidenceFact>(
    { kind: "running" },
    { kind: "lost" },
    { kind: "busy" },
    { kind: "idle" },
    { kind: "waiting", requestId: "r1" },
    { kind: "waiting", question: "may I?" },
    { kind: "blocked", reason: "login" },
    { kind: "retrying", reason: "503" },
  ),
  fc.record({ kind: fc.constant("exited" as const), code: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("silent" as const), forMs: fc.nat() }),
);

const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
  source: fc.constantFrom<EvidenceSource>("protocol", "hook", "self-report", "screen", "timer"),
  fact: anyFact,
  atMs: fc.oneof(
    fc.integer({ min: 0, max: now }),
    fc.integer({ min: now - 1_000, max: now }),
    // Little room on purpose: ties and the borders of freshness.
    fc.constantFrom(now, now - 30_000, now - 29_999, now - 180_000, now - 200),
  ),
  generation: fc.constantFrom(1, 1, 1, 2),
});
const anyHistory = fc.array(anyEvidence, { maxLength: 12 });
const anyContext: fc.Arbitrary<StateContext> = fc.record({
  nowMs: fc.constantFrom(now, now + 10, now + 31_000, now + 10_000_000),
  generation: fc.constant(1),
  startedAtMs: fc.option(fc.constantFrom(now, now - 59_000, 0), { nil: undefined }),
});

describe("deriveState: for any evidence", () => {
  test("a source never overrides a fresh one of higher rank", () => {
    fc.assert(
      fc.property(anyHistory, anyContext, anyEvidence, (history, when, more) => {
        const before = deriveState(history, when);
        fc.pre(before.why.source !== undefined && activities.includes(before.state));
        fc.pre(ranks[more.source] < ranks[before.why.source ?? "timer"]);
        // A screen may say what there is no hook for.
        fc.pre(before.why.source !== "hook" || more.source !== "screen" || (before.why.ageMs ?? 0) < 3_000);
        const after = deriveState([...history, more], when);
        expect(withoutFlags(after)).toEqual(withoutFlags(before));
      }),
      { numRuns: 2_000 },
    );
  });

  test("silence alone never yields dead, idle or any activity", () => {
    // P23
    const silent = fc.record({
      source: fc.constantFrom<EvidenceSource>("protocol", "hook", "self-report", "screen", "timer"),
      fact: fc.record({ kind: fc.constant("silent" as const), forMs: fc.nat() }),
      atMs: fc.integer({ min: 0, max: now }),
      generation: fc.constant(1),
    });
    fc.assert(
      fc.property(fc.array(silent), anyContext, (history, when) => {
        expect(["starting", "unknown"]).toContain(deriveState(history, when).state);
      }),
    );
  });

  test("only the protocol can say that an agent has ended, and time alone never does", () => {
    // P23
    fc.assert(
      fc.property(anyHistory, anyContext, (history, when) => {
        const { state, why } = deriveState(history, when);
        if (state === "exited" || state === "lost") {
          expect(why.source).toBe("protocol");
          expect(
            history.some(
              (one) => one.generation === 1 && one.source === "protocol" && one.fact.kind === state,
            ),
          ).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("a state of activity was really said by the source that it names", () => {
    fc.assert(
      fc.property(anyHistory, anyContext, (history, when) => {
        const { state, why } = deriveState(history, when);
        if (!activities.includes(state)) return;
        const kind = state === "waiting_input" ? "waiting" : state;
        expect(why.fact).toBe(kind);
        expect(
          history.some(
            (one) =>
              one.generation === 1 &&
              one.source === why.source &&
              one.fact.kind === kind &&
              one.atMs === when.nowMs - (why.ageMs ?? Number.NaN),
          ),
        ).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test("an exit is final for its generation", () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, anyContext, fc.nat(255), (before, after, when, code) => {
        const others = [...before, ...after].filter((one) => one.fact.kind !== "exited");
        const exit = say("protocol", { kind: "exited", code }, 5_000);
        expect(deriveState([...others, exit], when)).toMatchObject({ state: "exited", code });
      }),
    );
  });

  test("evidence of another generation adds nothing", () => {
    fc.assert(
      fc.property(anyHistory, anyHistory, anyContext, (history, others, when) => {
        const foreign = others.map((one) => ({ ...one, generation: 2 }));
        expect(deriveState([...history, ...foreign], when)).toEqual(deriveState(history, when));
      }),
    );
  });

  test("the order in which evidence is listed does not matter", () => {
    fc.assert(
      fc.property(
        anyHistory.chain((history) =>
          fc.tuple(
            fc.constant(history),
            fc.shuffledSubarray(history, { minLength: history.length, maxLength: history.length }),
          ),
        ),
        anyContext,
        ([history, shuffled], when) => {
          expect(deriveState(shuffled, when)).toEqual(deriveState(history, when));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("deriveState", () => {
  test("the process is there and nothing more is known: running", () => {
    expect(deriveState([say("protocol", { kind: "running" })], context)).toEqual({
      state: "running",
      why: { source: "protocol", fact: "running", ageMs: 0 },
    });
  });

  test("a running process lets lower sources say what it does", () => {
    const running = say("protocol", { kind: "running" });
    const waiting = say("hook", { kind: "waiting", requestId: "r", question: "may I?" }, 5_000);
    expect(deriveState([running, waiting], context)).toEqual({
      state: "waiting_input",
      requestId: "r",
      question: "may I?",
      why: { source: "hook", fact: "waiting", ageMs: 5_000 },
    });
  });

  test("nothing known is starting within the grace, unknown after it, never dead", () => {
    expect(deriveState([], { ...context, startedAtMs: now - 59_999 }).state).toBe("starting");
    expect(deriveState([], { ...context, startedAtMs: now - 60_000 }).state).toBe("unknown");
    expect(deriveState([], context)).toEqual({ state: "unknown", why: { fact: "nothing" } });
  });

  test("what wears off becomes unknown and keeps its age", () => {
    const old = [say("protocol", { kind: "running" }, 45_000)];
    expect(deriveState(old, context)).toEqual({
      state: "unknown",
      why: { source: "protocol", fact: "running", ageMs: 45_000 },
    });
    expect(deriveState([say("self-report", { kind: "busy" }, 180_000)], context).state).toBe("unknown");
    expect(deriveState([say("self-report", { kind: "busy" }, 179_999)], context).state).toBe("busy");
  });

  test("a live event stream keeps what the protocol said", () => {
    const busy = [say("protocol", { kind: "busy" }, 600_000)];
    expect(deriveState(busy, context).state).toBe("unknown");
    expect(deriveState(busy, { ...context, protocolHeardAtMs: now - 29_000 }).state).toBe("busy");
    expect(deriveState(busy, { ...context, protocolHeardAtMs: now - 30_000 }).state).toBe("unknown");
  });

  test("a hook counts until the next hook", () => {
    const idle = say("hook", { kind: "idle" }, 3_600_000);
    expect(deriveState([idle], context).state).toBe("idle");
    expect(deriveState([idle, say("hook", { kind: "busy" }, 10)], context).state).toBe("busy");
  });

  test.each([
    ["idle", "busy"],
    ["idle", "waiting"],
    ["busy", "idle"],
    ["busy", "waiting"],
    ["waiting", "idle"],
    ["waiting", "busy"],
  ] as const)(
    "a hook that said %s is believed for 3 s against a screen that shows %s, then no more",
    (said, shown) => {
      const screen = [say("screen", { kind: shown }, 220), say("screen", { kind: shown })];
      const hook = (agoMs: number) => say("hook", { kind: said }, agoMs);
      expect(deriveState([hook(3_219), ...screen], context).why).toMatchObject({
        source: "hook",
        fact: said,
      });
      expect(deriveState([hook(3_220), ...screen], context).why).toMatchObject({
        source: "screen",
        fact: shown,
      });
      // One look alone may have met a half-painted screen.
      expect(deriveState([hook(3_220), screen[1] as Evidence], context).why.source).toBe("hook");
      // What the agent said of itself before is no reason to believe neither.
      const before = say("self-report", { kind: "retrying", reason: "503" }, 10_000);
      expect(deriveState([before, hook(9_000), ...screen], context).why.source).toBe("screen");
    },
  );

  test("a screen that looks idle does not take back that an agent is blocked; words on it block nobody", () => {
    const polls = (fact: EvidenceFact) => [say("screen", fact, 220), say("screen", fact)];
    const blocked = say("hook", { kind: "blocked", reason: "limit" }, 60_000);
    expect(deriveState([blocked, ...polls({ kind: "idle" })], context).state).toBe("blocked");
    expect(deriveState([blocked, ...polls({ kind: "busy" })], context).state).toBe("busy");
    const busy = say("hook", { kind: "busy" }, 60_000);
    expect(deriveState([busy, ...polls({ kind: "blocked", reason: "login" })], context).state).toBe("busy");
  });

  test("a screen counts after two equal polls, 200 ms apart", () => {
    const idle = (agoMs: number) => say("screen", { kind: "idle" }, agoMs);
    expect(deriveState([idle(0)], context).state).toBe("unknown");
    expect(deriveState([idle(199), idle(0)], context).state).toBe("unknown");
    expect(deriveState([idle(200), idle(0)], context).state).toBe("idle");
    const changed = [idle(400), say("screen", { kind: "busy" }, 100), idle(0)];
    expect(deriveState(changed, context).state).toBe("unknown");
  });

  test("lost holds until the protocol sees it again; an exit found later wins", () => {
    const lost = say("protocol", { kind: "lost" }, 50_000);
    expect(deriveState([lost], context).state).toBe("lost");
    expect(deriveState([lost, say("hook", { kind: "busy" })], context).state).toBe("lost");
    expect(deriveState([lost, say("protocol", { kind: "running" })], context).state).toBe("running");
    const exit = say("protocol", { kind: "exited", code: 3 }, 10);
    expect(deriveState([lost, exit], context)).toMatchObject({ state: "exited", code: 3 });
  });

  test("death told by anything but the protocol is not believed", () => {
    const rumours = (["hook", "self-report", "screen", "timer"] as const).flatMap((source) => [
      say(source, { kind: "exited", code: 0 }),
      say(source, { kind: "lost" }),
    ]);
    expect(deriveState(rumours, context).state).toBe("unknown");
    expect(deriveState([...rumours, say("protocol", { kind: "running" })], context).state).toBe("running");
  });

  test("silence is shown beside the state until something is seen", () => {
    const silent = say("timer", { kind: "silent", forMs: 700_000 }, 5);
    const running = say("protocol", { kind: "running" }, 5);
    expect(deriveState([running, silent], context)).toMatchObject({
      state: "running",
      silentForMs: 700_000,
    });
    expect(
      deriveState([running, silent, say("hook", { kind: "busy" })], context).silentForMs,
    ).toBeUndefined();
  });

  test("protocol and screen at odds for more than 30 s: signals disagree", () => {
    const polls = [31_000, 15_000, 0].flatMap((agoMs) => [
      say("protocol", { kind: "idle" }, agoMs),
      say("screen", { kind: "busy" }, agoMs),
    ]);
    expect(deriveState(polls, context)).toMatchObject({
      state: "idle",
      signalsDisagree: { protocol: "idle", screen: "busy", forMs: 31_000 },
    });
    expect(deriveState(polls.slice(2), context).signalsDisagree).toBeUndefined();
    const agreed = [
      ...polls.slice(0, 5),
      say("screen", { kind: "idle" }, 300),
      say("screen", { kind: "idle" }),
    ];
    expect(deriveState(agreed, context).signalsDisagree).toBeUndefined();
  });

  test("the last picture of an ended agent is no contradiction, one that works is", () => {
    const lost = say("protocol", { kind: "lost" }, 40_000);
    const screen = (kind: "busy" | "idle") =>
      [40_000, 20_000, 0].map((agoMs) => say("screen", { kind }, agoMs));
    expect(deriveState([lost, ...screen("idle")], context).signalsDisagree).toBeUndefined();
    expect(deriveState([lost, ...screen("busy")], context)).toMatchObject({
      state: "lost",
      signalsDisagree: { protocol: "lost", screen: "busy", forMs: 40_000 },
    });
  });

  test("every state explains itself with source, fact and age", () => {
    const exit = say("protocol", { kind: "exited", signal: "SIGKILL" }, 2_000);
    expect(explainState(deriveState([exit], context))).toBe(
      "exited (protocol: exited, 2 s ago); ended by SIGKILL",
    );
    expect(explainState(deriveState([], context))).toBe("unknown (nothing known)");
    const suspicious = [
      say("protocol", { kind: "running" }),
      say("timer", { kind: "silent", forMs: 90_000 }),
    ];
    expect(explainState(deriveState(suspicious, context))).toBe(
      "running (protocol: running, 0 s ago); no output for 90 s",
    );
  });
});

function withoutFlags(derived: DerivedState) {
  const { silentForMs: _, signalsDisagree: __, ...verdict } = derived;
  return verdict;
}
