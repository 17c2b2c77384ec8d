import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { isWorkflowError, type WorkflowErrorCode, type WorkflowErrorData } from "../errors.js";

/** A promise of the contract was broken. */
export class ConformanceFailure extends Error {
  override readonly name = "ConformanceFailure";
}

export function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ConformanceFailure(message);
}

/** Equal as data. Both are copied first: under a test runner with an `Array` of its own, what Node made is of another one. */
export function ensureSame(actual: unknown, expected: unknown, what: string): void {
  const isSame = isDeepStrictEqual(structuredClone(actual), structuredClone(expected));
  ensure(isSame, `${what}: expected ${show(expected)}, got ${show(actual)}`);
}

/** Runs it, demands that it is refused with that code, and gives the error's data. */
export async function ensureRefused<Code extends WorkflowErrorCode>(
  code: Code,
  run: () => Promise<unknown>,
  what: string,
): Promise<WorkflowErrorData[Code]> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    if (isWorkflowError(error, code)) return error.data;
    throw new ConformanceFailure(`${what}: expected ${code}, got ${String(error)}`, { cause: error });
  }
  throw new ConformanceFailure(`${what}: expected ${code}, but it answered ${show(result)}`);
}

/** Looks again and again until there is something to see. Never a proof that something does not happen. */
export async function until<Value>(
  what: string,
  patienceMs: number,
  look: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const giveUpAtMs = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > giveUpAtMs) {
      throw new ConformanceFailure(`Waited ${patienceMs} ms in vain: ${what}`);
    }
    await sleep(15);
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 600 ? `${text.slice(0, 600)}… (${text.length} characters)` : text;
}
