import { describe, expect, test } from "vitest";
import { type LeaseWatch, observeLease } from "./leases.js";

const leaseMs = 1_000;

/** Looks one after the other: time of the look, sign of life (undefined = the look failed). */
function observe(looks: readonly (readonly [nowMs: number, sign: string | undefined])[]) {
  let watch: LeaseWatch | undefined;
  return looks.map(([nowMs, sign]) => {
    const seen = observeLease(watch, sign, nowMs, leaseMs);
    watch = seen.watch;
    return `${seen.status} ${seen.silentForMs}`;
  });
}

describe("a lease", () => {
  test("expires when the same sign was seen for a whole lease, and not before", () => {
    expect(
      observe([
        [0, "a"],
        [250, "a"],
        [500, "a"],
        [750, "a"],
        [999, "a"],
        [1_000, "a"],
      ]),
    ).toEqual(["held 0", "held 250", "held 500", "held 750", "held 999", "expired 1000"]);
  });

  test("any change of the sign renews it whole", () => {
    expect(
      observe([
        [0, "a"],
        [250, "a"],
        [500, "a"],
        [750, "a"],
        [900, "b"],
        [1_100, "b"],
      ]).at(-1),
    ).toBe("held 200");
  });

  // P23
  test("a look that failed is neither life nor death", () => {
    const blind = Array.from(
      { length: 20 },
      (_, index) => [index * 250, index === 0 ? "a" : undefined] as const,
    );
    expect(observe(blind).every((seen) => seen.startsWith("held"))).toBe(true);
    expect(
      observe([
        [0, undefined],
        [5_000, undefined],
      ]),
    ).toEqual(["held 0", "held 0"]);
    expect(
      observe([
        [0, "a"],
        [250, "a"],
        [500, undefined],
        [600, "a"],
      ]).at(-1),
    ).toBe("held 350");
  });

  test("while we slept ourselves, nobody's lease ran out", () => {
    expect(
      observe([
        [0, "a"],
        [3_600_000, "a"],
      ]),
    ).toEqual(["held 0", "held 250"]);
  });

  test("a clock that stands still or is not ours ends no lease", () => {
    expect(
      observe([
        [500, "a"],
        [0, "a"],
        [0, "a"],
      ]),
    ).toEqual(["held 0", "held 0", "held 0"]);
  });
});
