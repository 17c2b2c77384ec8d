import type { CreateStore } from "@wiggum/ticket-core/conformance";
import type { RuleResult } from "./report.js";

type Kit = Pick<
  typeof import("../composition/conformance.js"),
  "casesFor" | "runCase" | "ticketBackendCases"
>;

/** Milliseconds after which a rule that says nothing counts as broken. */
const ruleLimitMs = 300_000;

/** What the backend calls itself, and one result after the other, in the order of the kit. */
export async function checkBackend(
  { casesFor, runCase, ticketBackendCases }: Kit,
  createStore: CreateStore,
  isWanted: (rule: string) => boolean,
  tell: (result: RuleResult) => void,
): Promise<{ readonly name: string; readonly contract: number; readonly results: readonly RuleResult[] }> {
  let about = { name: "", contract: 1 };
  const noting: CreateStore = async (setup) => {
    const store = await createStore(setup);
    about = { name: store.backend.name, contract: store.backend.contract };
    return store;
  };
  const concerned = new Set(await casesFor(noting));
  const results: RuleResult[] = [];
  for (const one of ticketBackendCases.filter(({ rule }) => isWanted(rule))) {
    const { rule, says } = one;
    const found = concerned.has(one) ? await within(ruleLimitMs, runCase(one, createStore)) : undefined;
    const outcome = !concerned.has(one) ? "not concerned" : found === undefined ? "holds" : "broken";
    const result: RuleResult = { rule, says, outcome, ...(found === undefined ? {} : { found }) };
    results.push(result);
    tell(result);
  }
  return { ...about, results };
}

/** What went wrong; `undefined` = nothing did. */
export async function within(limitMs: number, work: Promise<void>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`nothing after ${limitMs / 1000} seconds`), limitMs);
  });
  try {
    return await Promise.race([work.then(() => undefined, messageOf), late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
