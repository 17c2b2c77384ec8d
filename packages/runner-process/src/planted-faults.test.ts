import { AsyncLocalStorage } from "node:async_hooks";
import type { AgentRunner } from "@wiggum/workflow";
import { agentRunnerConformance, plantedFaults, plantFault } from "@wiggum/workflow/conformance";
import { beforeAll, describe, expect, test } from "vitest";
import {
  createBlindKitRunner,
  createKitRunner,
  shareCompiledPrograms,
  starterCommand,
} from "./testing/kit-runner.js";

interface KitTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** So many of the kit's tests at once, for each of several faults at once: most of their time is waiting for programs. */
const parallelTests = 4;

/** Which members of a runner each test of the kit uses, as seen over the good runner. */
const uses = new Map<string, Set<string>>();

beforeAll(shareCompiledPrograms);
beforeAll(recordUses, 120_000);

describe("the conformance kit fails a runner that", () => {
  for (const fault of plantedFaults) {
    test.concurrent(`${fault.name}, at exactly the tests that say so`, async () => {
      const { changed } = plantFault(fault.name, createKitRunner());
      const tests = kitTests({
        createRunner: () => plantFault(fault.name, createKitRunner()).runner,
        createBlindRunner: () => plantFault(fault.name, createBlindKitRunner()).runner,
        starter: starterCommand(fault.name),
        // For what a broken runner never does.
        patienceMs: 8_000,
      });
      expect(changed).not.toEqual([]);
      // A test that touches no changed member runs the good runner, function for function: it has passed while uses were recorded.
      // (`start` is also called in processes of their own, where no use is recorded.)
      const touched = tests.filter(
        ({ name }) => changed.includes("start") || changed.some((member) => uses.get(name)?.has(member)),
      );
      const failed = await failures(touched);
      expect(
        [...failed.keys()].toSorted(),
        [...failed].map(([name, reason]) => `${name}\n    ${reason}`).join("\n"),
      ).toEqual([...fault.breaks].toSorted());
    }, 180_000);
  }
});

async function recordUses(): Promise<void> {
  const current = new AsyncLocalStorage<Set<string>>();
  const watched = (runner: AgentRunner) =>
    new Proxy(runner, {
      get(target, member, receiver) {
        current.getStore()?.add(String(member));
        return Reflect.get(target, member, receiver);
      },
    });
  const tests = kitTests({
    createRunner: () => watched(createKitRunner()),
    createBlindRunner: () => watched(createBlindKitRunner()),
    starter: starterCommand(),
  });
  const recorded = tests.map(({ name, run }) => {
    const used = new Set<string>();
    uses.set(name, used);
    return { name, run: () => current.run(used, run) };
  });
  expect([...(await failures(recorded))]).toEqual([]);
}

function kitTests(options: Omit<Parameters<typeof agentRunnerConformance>[0], "test">): readonly KitTest[] {
  const tests: KitTest[] = [];
  agentRunnerConformance({ ...options, test: (name, run) => tests.push({ name, run }) });
  return tests;
}

async function failures(tests: readonly KitTest[]): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  const waiting = [...tests];
  const workThrough = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { name, run } = next;
      await run().catch((error: unknown) => failed.set(name, String(error)));
    }
  };
  await Promise.all(Array.from({ length: parallelTests }, workThrough));
  return failed;
}
