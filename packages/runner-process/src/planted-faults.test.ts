import { agentRunnerConformance, plantedFaults } from "@wiggum/workflow/conformance";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  shareCompiledPrograms,
  starterCommand,
} from "./testing/kit-runner.js";

/** So many of the kit's tests at once, for each of several faults at once: most of their time is waiting for programs. */
const parallelTests = 4;

beforeAll(shareCompiledPrograms);

describe("the conformance kit fails a runner that", () => {
  for (const fault of plantedFaults) {
    test.concurrent(`${fault.name}, at exactly the tests that say so`, async () => {
      const tests: { name: string; run: () => Promise<void> }[] = [];
      agentRunnerConformance({
        test: (name, run) => tests.push({ name, run }),
        createRunner: () => fault.plant(createKitRunner()),
        createBlindRunner: () => fault.plant(createBlindKitRunner()),
        starter: starterCommand(fault.name),
        patienceMs: 8_000,
      });
      const known = tests.map(({ name }) => name);
      for (const name of fault.breaks) expect(known).toContain(name);

      const failed = new Map<string, string>();
      const waiting = [...tests];
      const workThrough = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { name, run } = next;
          await run().catch((error: unknown) => failed.set(name, String(error)));
        }
      };
      await Promise.all(Array.from({ length: parallelTests }, workThrough));
      expect(
        [...failed.keys()].toSorted(),
        [...failed].map(([name, reason]) => `${name}\n    ${reason}`).join("\n"),
      ).toEqual([...fault.breaks].toSorted());
    }, 180_000);
  }
});
