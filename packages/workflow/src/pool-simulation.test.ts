// Ten thousand of these run in `node bench/simulate.mjs`; a seed that fails is printed, and runs again with `--seed N`.
import { describe, expect, test } from "vitest";
import { rules, simulateSchedule } from "./testing/pool/index.js";

/** Seeds of the tests; the bench takes many more. */
const seeds = Array.from({ length: 150 }, (_, index) => index + 1);

describe("the pool, in seeded schedules of crashes, delays, lost messages, killed supervisors and clocks that jump", () => {
  // P1 P25 P28 P29 P30 P31 P38
  test("one live holder a ticket, every ticket done or escalated, places and budgets kept", async () => {
    for (const seed of seeds) {
      const report = await simulateSchedule({ seed });
      expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] });
      expect(report.tickets).toBeGreaterThanOrEqual(20);
      expect(report.faults.length).toBeGreaterThanOrEqual(5);
    }
  }, 300_000);

  test("the same seed gives the same run", async () => {
    expect(await simulateSchedule({ seed: 7 })).toEqual(await simulateSchedule({ seed: 7 }));
    expect(await simulateSchedule({ seed: 8 })).not.toEqual(await simulateSchedule({ seed: 7 }));
  }, 60_000);

  test.each(rules)(
    "without the rule %s a schedule goes wrong, and is named",
    async (without) => {
      for (const seed of seeds) {
        const [violation] = (await simulateSchedule({ seed, without })).violations;
        if (violation === undefined) continue;
        console.log(`without ${without}, seed ${seed}: ${violation}`);
        // The rule is what it lacked: with it the same schedule goes well.
        expect((await simulateSchedule({ seed })).violations).toEqual([]);
        return;
      }
      throw new Error(
        `${seeds.length} schedules went well without ${without}: it is not needed, or not tested`,
      );
    },
    300_000,
  );
});
