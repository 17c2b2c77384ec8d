import { describe, expect, test } from "vitest";
import { rateLimitIn } from "./limit-messages.js";
import { judgePause, nextPause, type PoolPause } from "./pool-pause.js";

const minute = 60_000;
const now = Date.parse("2026-01-02T12:00:00Z");

// P31
describe("a pause of the pool", () => {
  test("lasts until the named time and some jitter; several agents that meet one limit make one pause", () => {
    const first = nextPause(undefined, { reason: "limit", untilMs: now + 30 * minute }, now, 5_000);
    expect(first).toMatchObject({ untilMs: now + 30 * minute + 5_000, times: 1 });
    const second = nextPause(first, { reason: "limit" }, now + minute, 9_000);
    expect(second).toMatchObject({ untilMs: first.untilMs, sinceMs: now, times: 1 });
  });

  test("without a named time lasts 5, 10, 20, 40, 60, 60 minutes", () => {
    let pause: PoolPause | undefined;
    let at = now;
    const lengths = Array.from({ length: 6 }, () => {
      pause = nextPause(pause, { reason: "limit" }, at, 0);
      const length = (pause.untilMs - at) / minute;
      at = pause.untilMs;
      return length;
    });
    expect(lengths).toEqual([5, 10, 20, 40, 60, 60]);
  });

  test("a named time that is past, or weeks ahead, is not believed", () => {
    for (const untilMs of [now - minute, now + 60 * 24 * 60 * minute])
      expect(nextPause(undefined, { reason: "limit", untilMs }, now, 0).untilMs).toBe(now + 5 * minute);
  });

  test("afterwards one agent probes; the others come when it lived for a minute, or ended without meeting the limit", () => {
    const pause = nextPause(undefined, { reason: "limit" }, now, 0);
    const { untilMs } = pause;
    const old = { agentId: "worker-0", startedAtMs: now - minute, isEnded: false, isLimited: true };
    const probe = { agentId: "worker-1", startedAtMs: untilMs + 1, isEnded: false, isLimited: false };
    expect(judgePause(undefined, [], now)).toBe("open");
    expect(judgePause(pause, [old], now)).toBe("closed");
    expect(judgePause(pause, [old], untilMs)).toBe("probe");
    expect(judgePause(pause, [old, probe], untilMs + 2)).toBe("proving");
    expect(judgePause(pause, [old, probe], untilMs + 2 * minute)).toBe("open");
    expect(judgePause(pause, [{ ...probe, isEnded: true }], untilMs + 2)).toBe("open");
    expect(judgePause(pause, [{ ...probe, isLimited: true }], untilMs + 2)).toBe("probe");
  });

  test("a clock that was set back by weeks stops nobody for weeks", () => {
    const pause = nextPause(undefined, { reason: "limit" }, now, 0);
    expect(judgePause(pause, [], now - 30 * 24 * 60 * minute)).toBe("probe");
  });
});

describe("what programs say of a limit", () => {
  test.each([
    ["Claude AI usage limit reached|1767358800", "2026-01-02T13:00:00Z"],
    ["5-hour limit reached ∙ resets 3pm", "2026-01-02T15:00:00Z"],
    ["5-hour limit reached ∙ resets 3pm (America/New_York)", "2026-01-02T20:00:00Z"],
    ["You've hit your usage limit. Try again in 3 days 4 hours 5 minutes.", "2026-01-05T16:05:00Z"],
    ["API Error: 429 Too Many Requests\nretry-after: 90", "2026-01-02T12:01:30Z"],
    ["rate_limit_error: resets at 2026-01-02T18:30:00Z", "2026-01-02T18:30:00Z"],
    ["You have reached your usage limit; try again at 11:30", "2026-01-03T11:30:00Z"],
    ["Rate limit exceeded", undefined],
    ["quota exceeded for this model", undefined],
  ])("%s", (text, until) => {
    const limit = rateLimitIn(text, now);
    expect(limit).toBeDefined();
    const untilMs = limit?.untilMs;
    expect(untilMs === undefined ? undefined : `${new Date(untilMs).toISOString().slice(0, 19)}Z`).toBe(
      until,
    );
  });

  test.each([
    "",
    "All 12 tests pass",
    "The limit of 80 characters a line is exceeded",
    "error TS2345: Argument of type 'unknown'",
    "port 4290 is in use",
    "no network",
  ])("%j is no limit", (text) => {
    expect(rateLimitIn(text, now)).toBeUndefined();
  });

  test("the last one that is named counts, cut to one line", () => {
    const limit = rateLimitIn(
      `usage limit reached|1767358800\nmore\nrate limit exceeded ${"x".repeat(900)}`,
      now,
    );
    expect(limit?.untilMs).toBeUndefined();
    expect(limit?.reason).toMatch(/^rate limit exceeded x+…$/);
  });
});
