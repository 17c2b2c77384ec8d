import { builtinTypes } from "../builtin-types.js";
import { createJudge } from "../judge.js";
import { provideParsers } from "../parser-port.js";
import * as parsers from "../parsers.js";
import { attachmentCases } from "./attachment-cases.js";
import { batchCases } from "./batch-cases.js";
import type { ConformanceCase, ConformanceStore, CreateStore } from "./conformance-case.js";
import { contentCases } from "./content-cases.js";
import { fenceCases } from "./fence-cases.js";
import { judgeCases } from "./judge-cases.js";
import { manyCases } from "./many-cases.js";
import { operationCases } from "./operation-cases.js";
import { type PlannedCase, planFor, unprovedMessage } from "./plan.js";
import { processCases } from "./processes/process-cases.js";
import { readingCases } from "./reading-cases.js";
import { storeCases } from "./store-cases.js";
import { threadCases } from "./thread-cases.js";
import { watchingCases } from "./watching-cases.js";
import { wholenessCases } from "./wholeness-cases.js";
import { writingCases } from "./writing-cases.js";

export { sampleTicket } from "../sample-tickets.js";
export type {
  ConformanceAbilities,
  ConformanceCase,
  ConformanceRun,
  ConformanceSetup,
  ConformanceStore,
  CreateStore,
  StoreElsewhere,
} from "./conformance-case.js";
export { type PlannedCase, unprovedMessage } from "./plan.js";

// The cases write nasty texts and read them back.
provideParsers(() => parsers);

/** Every rule of the contract that a TicketBackend is held to. */
export const ticketBackendCases: readonly ConformanceCase[] = [
  ...storeCases,
  ...readingCases,
  ...writingCases,
  ...judgeCases,
  ...fenceCases,
  ...operationCases,
  ...batchCases,
  ...contentCases,
  ...watchingCases,
  ...wholenessCases,
  ...manyCases,
  ...attachmentCases,
  ...threadCases,
  ...processCases,
];

/** What `ticketBackendConformance` is given. */
export interface ConformanceOptions {
  /** Registers a test: `test` of vitest, jest, mocha (`it`) or node:test, or a function that adds a time limit of its own. */
  readonly test: (name: string, run: () => Promise<void>) => unknown;
  /** A new, empty store for each test; `setup.judge` is the judge that its backend must ask. */
  readonly createBackend: CreateStore;
  /** Milliseconds after which something that should have happened counts as not happening. Default 10,000. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Registers one test per rule that concerns this backend; each is named `<rule>: <the rule in words>`. What the backend supports is read from
 * a store that is made and removed at once, so await this where tests are registered (`await` at the top of an ES module will do).
 * A backend that says to be shared, over a store that lacks `open`, `plant` or `elsewhere`, fails the rules that cannot be tried without.
 */
export async function ticketBackendConformance(options: ConformanceOptions): Promise<void> {
  const { test, createBackend, deadlineMs } = options;
  const { cases } = await planOf(createBackend);
  for (const planned of cases) {
    const { rule: one, standing } = planned;
    if (standing === "not concerned") continue;
    test(`${one.rule}: ${one.says}`, async () => {
      if (standing === "unproved") throw new Error(unprovedMessage(planned));
      await runCase(one, createBackend, deadlineMs);
    });
  }
}

/** The rules that concern the stores that this makes, and can be tried on them. */
export async function casesFor(createBackend: CreateStore): Promise<readonly ConformanceCase[]> {
  const { cases } = await planOf(createBackend);
  return cases.filter(({ standing }) => standing === "concerned").map(({ rule }) => rule);
}

/** What the backend calls itself, the version of its contract, and what every rule of the kit is to it; in the order of the kit. */
export async function planOf(
  createBackend: CreateStore,
): Promise<{ readonly name: string; readonly contract: number; readonly cases: readonly PlannedCase[] }> {
  const store = await openStore(createBackend);
  const { name, contract } = store.backend;
  try {
    return { name, contract, cases: planFor(ticketBackendCases, store) };
  } finally {
    await store.dispose?.();
  }
}

/** Runs one rule on a store of its own. @throws Error that says what was seen instead */
export async function runCase(
  { run }: ConformanceCase,
  createBackend: CreateStore,
  deadlineMs = 10_000,
): Promise<void> {
  const store = await openStore(createBackend);
  try {
    await run({ ...store, deadlineMs });
  } finally {
    await store.dispose?.();
  }
}

function openStore(createBackend: CreateStore): Promise<ConformanceStore> {
  return createBackend({ judge: createJudge(builtinTypes) });
}
