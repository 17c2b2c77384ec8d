import { expect, test } from "vitest";
import { runRace } from "./race.mjs";

// P1 P3 P4 P9 P17: the short form of the bench; `pnpm bench` runs the long one.
test("many processes of the built command at once, some killed: nothing lost, doubled, overwritten or illegal, and races were lost", async () => {
  const { runs, findings, cleanUp } = await runRace({ processes: 16, seed: 1 });
  try {
    expect(findings).toEqual([]);
    expect(runs.some((run: { lost: number }) => run.lost > 0)).toBe(true);
  } finally {
    await cleanUp();
  }
});

// P25: a race bench that also passes when nothing races proves nothing.
test("one process after the other, none killed: found to be no race, and nothing else is found", async () => {
  const { runs, findings, cleanUp } = await runRace({ processes: 4, seed: 1, sequential: true });
  try {
    expect(runs.map((run: { overlap: number }) => run.overlap)).toEqual(runs.map(() => 1));
    expect(findings).toEqual([
      "comments and kills: nobody was killed",
      "assignments and kills: nobody was killed",
      "no race was lost: the processes did not meet",
      "at most 1 of 4 processes ran at one moment",
    ]);
  } finally {
    await cleanUp();
  }
});
