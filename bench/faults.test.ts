import { describe, expect, test } from "vitest";
import { parts, runFaults } from "./faults.mjs";

interface Part {
  readonly lacks?: () => string | undefined;
  readonly run: (...given: never[]) => unknown;
}

// P25: the short form of `pnpm bench --faults`. A part that cannot run here is skipped by its name, and counts as no pass.
describe("the fault bench, in short", () => {
  for (const [name, { lacks }] of Object.entries<Part>(parts)) {
    // The race of whole commands has a test of its own.
    if (name === "whole commands") continue;
    const lacking = lacks?.();
    test.skipIf(lacking !== undefined)(lacking === undefined ? name : `${name} (${lacking})`, async () => {
      const [result] = await runFaults({ names: [name], isShort: true, minutes: 0.1, seed: 7 });
      expect(result?.findings).toEqual([]);
    });
  }
});
