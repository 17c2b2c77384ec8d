import { expect, test } from "vitest";
import { createSalvageSweep } from "./salvage-sweep.js";

test("a sweep drops at once, then once a day, and says what", async () => {
  let nowMs = 5_000;
  let asked = 0;
  const clock = { now: () => new Date(0), monotonicMs: () => nowMs, sleep: async () => {} };
  const salvage = {
    dropExpired: async () => {
      asked++;
      return asked === 1 ? [{ name: "worker-0/01H00000000000000000000000", commit: "c".repeat(40) }] : [];
    },
  };
  const sweep = createSalvageSweep({ clock, salvage } as unknown as Parameters<typeof createSalvageSweep>[0]);
  const [said] = await sweep();
  expect(said).toContain("worker-0/01H00000000000000000000000");
  expect(said).toContain("c".repeat(40));
  for (const laterMs of [0, 1_000, 24 * 60 * 60_000 - 1_001]) {
    nowMs += laterMs;
    expect(await sweep()).toEqual([]);
  }
  expect(asked).toBe(1);
  nowMs += 1;
  await sweep();
  expect(asked).toBe(2);
});
