import { describe, expect, test } from "vitest";
import { sinceTyped } from "./since.js";

const now = new Date("2026-03-04T05:06:07Z");

describe("sinceTyped", () => {
  test.each([
    ["90m", "2026-03-04T03:36:07.000Z"],
    ["24h", "2026-03-03T05:06:07.000Z"],
    ["7d", "2026-02-25T05:06:07.000Z"],
    ["2w", "2026-02-18T05:06:07.000Z"],
    ["2026-01-02T03:04Z", "2026-01-02T03:04:00.000Z"],
    ["2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"],
  ])("%s is %s", (typed, at) => expect(sinceTyped(typed, now).toISOString()).toBe(at));

  test("a day begins at midnight here", () => {
    expect(sinceTyped("2026-01-02", now)).toEqual(new Date(2026, 0, 2));
    expect(sinceTyped("2026-01-02T03:04", now)).toEqual(new Date(2026, 0, 2, 3, 4));
  });

  test.each([
    "",
    "yesterday",
    "7",
    "d",
    "-1d",
    "2026-13-01",
    "2026-01-02 03:04",
    "1e3h",
    "2026-01-02T99:00",
    "2026-02-31",
    "2026-02-29T03:04Z",
  ])("%j is refused, with what would do", (typed) =>
    expect(() => sinceTyped(typed, now)).toThrow(/--since: .* is none of 90m, 24h/),
  );
});
