import { isTicketError, type TicketError, type TicketErrorCode } from "../errors.js";
import type { Ticket, TicketRecord } from "../ticket.js";

/** @throws Error with these words unless the condition holds */
export function check(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** Equal as JSON, the order of keys and absent members apart. */
export function checkEqual(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [canonical(actual), canonical(expected)];
  if (left !== right) throw new Error(`${what}: expected ${shorten(right)}, found ${shorten(left)}`);
}

/** The same tickets, in whatever order. */
export function checkSameSet(actual: readonly string[], expected: readonly string[], what: string): void {
  checkEqual(actual.toSorted(), expected.toSorted(), what);
}

/** @throws Error unless the promise is rejected with a TicketError of this code, which is the answer */
export async function checkRefused<Code extends TicketErrorCode>(
  attempt: Promise<unknown>,
  code: Code,
  what: string,
): Promise<TicketError<Code>> {
  let error: unknown;
  try {
    await attempt;
  } catch (thrown) {
    error = thrown;
  }
  if (isTicketError(error, code)) return error;
  throw new Error(`${what}: expected ${code}, found ${error === undefined ? "success" : describe(error)}`, {
    cause: error,
  });
}

/** @throws Error when the promise is not settled by then */
export async function withinDeadline<Result>(
  attempt: Promise<Result>,
  deadlineMs: number,
  what: string,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing after ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([attempt, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A ticket without what a store may write in its own way (sets are sorted). */
export function essence(ticket: Ticket | undefined): unknown {
  if (ticket === undefined) return undefined;
  const { dependsOn, blocks, labels, riskFlags } = ticket;
  const sets = { dependsOn, blocks, labels, riskFlags };
  const sorted = Object.fromEntries(Object.entries(sets).map(([name, items]) => [name, items.toSorted()]));
  return { ...ticket, ...sorted };
}

/** @throws Error unless the record holds this ticket */
export function checkHolds(record: TicketRecord | undefined, ticket: Ticket, what: string): void {
  checkEqual(essence(record?.ticket), essence(ticket), what);
}

export function describe(error: unknown): string {
  if (isTicketError(error)) return `${error.code} (${error.message})`;
  return String(error);
}

function canonical(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => (left < right ? -1 : 1)))
      : item,
  );
  return text ?? "nothing";
}

function shorten(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}
