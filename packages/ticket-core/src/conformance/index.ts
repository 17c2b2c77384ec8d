import { builtinTypes } from "../builtin-types.js";
import { createJudge } from "../judge.js";
import { provideParsers } from "../parser-port.js";
import * as parsers from "../parsers.js";
import { attachmentCases } from "./attachment-cases.js";
import { batchCases } from "./batch-cases.js";
import type {
  ConformanceAbilities,
  ConformanceCase,
  ConformanceStore,
  CreateStore,
} from "./conformance-case.js";
import { contentCases } from "./content-cases.js";
import { fenceCases } from "./fence-cases.js";
import { judgeCases } from "./judge-cases.js";
import { operationCases } from "./operation-cases.js";
import { processCases } from "./processes/process-cases.js";
import { readingCases } from "./reading-cases.js";
import { storeCases } from "./store-cases.js";
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
  ...attachmentCases,
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
 */
export async function ticketBackendConformance(options: ConformanceOptions): Promise<void> {
  const { test, createBackend, deadlineMs } = options;
  for (const one of await casesFor(createBackend)) {
    test(`${one.rule}: ${one.says}`, () => runCase(one, createBackend, deadlineMs));
  }
}

/** The rules that concern the stores that this makes. */
export async function casesFor(createBackend: CreateStore): Promise<readonly ConformanceCase[]> {
  const store = await openStore(createBackend);
  const { backend, open, plant, elsewhere } = store;
  const abilities: ConformanceAbilities = {
    backend,
    canOpen: open !== undefined,
    canPlant: plant !== undefined,
    canOpenElsewhere: elsewhere !== undefined,
  };
  try {
    return ticketBackendCases.filter(({ concerns }) => concerns?.(abilities) ?? true);
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
