import { expect, test } from "vitest";
import { runRace } from "./race.mjs";

// P1 P3 P4 P9 P17: the short form of the bench; `pnpm bench` runs the long one.
test("many processes of the built command at once, some killed: nothing lost, doubled or illegal, and races were lost", async () => {
  const { runs, findings } = await runRace({ processes: 16, seed: 1 });
  expect(findings).toEqual([]);
  expect(runs.some((run: { lost: number }) => run.lost > 0)).toBe(true);
});
