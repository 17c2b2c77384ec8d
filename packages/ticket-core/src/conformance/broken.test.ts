import { describe, expect, test } from "vitest";
import { TicketError } from "../errors.js";
import { createMemoryBackend } from "../memory-backend.js";
import { type BrokenAdapter, createBrokenStore, createSoundStore } from "./broken/broken-adapter.js";
import { brokenAdapters } from "./broken/index.js";
import { createJournalStore, type JournalFault, journalFaults } from "./broken/journal-store.js";
import {
  type CreateStore,
  casesFor,
  runCase,
  ticketBackendCases,
  ticketBackendConformance,
} from "./index.js";

/** What should happen at once in memory counts as not happening after this. */
const deadlineMs = 3_000;
const testTimeoutMs = 60_000;

/** Rules that a store of this kind fails, with what was said. */
async function failures(createStore: CreateStore): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  for (const one of await casesFor(createStore)) {
    await runCase(one, createStore, deadlineMs).catch((error: unknown) =>
      failed.set(one.rule, String(error)),
    );
  }
  return failed;
}

describe("a sound backend passes", () => {
  test(
    "with everything that the kit asks about",
    async () => {
      expect(await failures(createSoundStore)).toEqual(new Map());
      const asked = (await casesFor(createSoundStore)).map(({ rule }) => rule);
      const all = ticketBackendCases.map(({ rule }) => rule);
      const notAsked = all.filter((rule) => !asked.includes(rule));
      expect(notAsked.filter((rule) => !rule.startsWith("processes-"))).toEqual(["no-batch", "no-threads"]);
    },
    testTimeoutMs,
  );

  test(
    "shared by several processes",
    async () => {
      expect(await failures(createJournalStore())).toEqual(new Map());
      const asked = (await casesFor(createJournalStore())).map(({ rule }) => rule);
      const all = ticketBackendCases.map(({ rule }) => rule);
      expect(asked).toEqual(expect.arrayContaining(all.filter((rule) => rule.startsWith("processes-"))));
    },
    4 * testTimeoutMs,
  );

  test(
    "without batches, history, watch, attachments, ids and threads",
    async () => {
      const createStore: CreateStore = async (setup) => {
        const { ids, history, watch, plant, attachments, ...memory } = createMemoryBackend(setup);
        const backend = {
          ...memory,
          supports: { ...memory.supports, batch: false, history: false, watch: false, attachments: false },
          commit: (commit: Parameters<typeof memory.commit>[0]) => {
            if (commit.changes.length < 2) return memory.commit(commit);
            throw new TicketError("UNSUPPORTED", "One ticket at a time", { what: "batch" });
          },
        };
        return { backend: { ...backend, commit: async (commit) => backend.commit(commit) } };
      };
      expect(await failures(createStore)).toEqual(new Map());
      const asked = (await casesFor(createStore)).map(({ rule }) => rule);
      expect(asked).toEqual(expect.arrayContaining(["no-batch", "no-threads"]));
    },
    testTimeoutMs,
  );
});

describe("a backend with one planted fault fails exactly the tests that name it", () => {
  test.each(
    brokenAdapters.map((broken): [string, string, BrokenAdapter] => [
      broken.breaks.join(", "),
      broken.fault,
      broken,
    ]),
  )(
    "%s: %s",
    async (_rules, _fault, broken) => {
      const failed = await failures(createBrokenStore(broken));
      expect([...failed.keys()].toSorted(), [...failed.values()].join("\n")).toEqual(
        broken.breaks.toSorted(),
      );
    },
    testTimeoutMs,
  );

  test.each(Object.keys(journalFaults) as JournalFault[])(
    "between processes: %s",
    async (fault) => {
      const failed = await failures(createJournalStore(fault));
      const expected: readonly string[] = journalFaults[fault];
      expect([...failed.keys()].toSorted(), [...failed.values()].join("\n")).toEqual(expected.toSorted());
    },
    4 * testTimeoutMs,
  );
});

describe("the kit", () => {
  test("every rule has a name of its own and a planted fault that breaks it", () => {
    const rules = ticketBackendCases.map(({ rule }) => rule);
    expect(new Set(rules).size).toBe(rules.length);
    const broken = new Set<string>([
      ...brokenAdapters.flatMap(({ breaks }) => breaks),
      ...Object.values(journalFaults).flat(),
    ]);
    expect(rules.filter((rule) => !broken.has(rule))).toEqual([]);
  });

  test("hands each rule to the test function by name, and disposes of every store", async () => {
    let open = 0;
    const registered: { name: string; run: () => Promise<void> }[] = [];
    await ticketBackendConformance({
      test: (name, run) => registered.push({ name, run }),
      createBackend: async (setup) => {
        open += 1;
        const dispose = async () => {
          open -= 1;
        };
        return { ...(await createSoundStore(setup)), dispose };
      },
    });
    expect(open).toBe(0);
    expect(registered).toHaveLength(ticketBackendCases.length - 2);
    await registered.find(({ name }) => name.startsWith("compare-and-swap: "))?.run();
    expect(open).toBe(0);
  });

  test.each([
    { lacks: ["elsewhere"], rule: "processes-lose-nothing" },
    { lacks: ["open"], rule: "second-handle" },
    { lacks: ["plant"], rule: "unreadable-read" },
  ] as const)("a backend that says to be shared fails $rule over a store without $lacks", async (given) => {
    const registered = new Map<string, () => Promise<void>>();
    await ticketBackendConformance({
      test: (name, run) => registered.set(name.split(":")[0] ?? "", run),
      createBackend: async (setup) => {
        const { open, plant, ...store } = await createSoundStore(setup);
        return { ...store, ...(given.rule === "processes-lose-nothing" ? { open, plant } : {}) };
      },
    });
    await expect(registered.get(given.rule)?.()).rejects.toThrow(
      `has no '${given.lacks[0]}' to prove it with`,
    );
    // What it does not say to support concerns it as little as before.
    expect(registered.has("no-batch")).toBe(false);
  });
});
