import { type Cursor, isTicketError, printable, TicketError } from "@wiggum/ticket-core";
import { deepestHook } from "./hook-depth.js";
import { hookBackoffMs, hookLaterMs, maxHookAttempts, planAfterHooks } from "./outbox-rows.js";
import { tooDeep } from "./plan-transition.js";
import type { HookResult, NewOutboxRow, Outbox, OutboxRow, WorkflowPorts } from "./ports.js";

/** Changes that are turned into rows in one transaction, a commit more where it does not end there. */
const changesPerRecord = 200;

/** What `drainOutbox` works with. */
export type DrainPorts = Pick<WorkflowPorts, "tickets" | "hooks" | "outbox" | "clock">;

/** How much of the outbox is drained, and how long. */
export interface DrainOptions {
  /** Runs at most so many hooks; default all that may run. */
  readonly limit?: number | undefined;
  /** Hooks that run at once (of different tickets); default 4. */
  readonly parallel?: number | undefined;
  /** How long to stay for rows that are to be tried again, in milliseconds; default 0. */
  readonly patienceMs?: number | undefined;
  /** Takes no further row once it aborts; a hook that runs is seen to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every run, when it is over. */
  readonly onRun?: ((row: OutboxRow, result: HookResult) => void) | undefined;
}

/** What came of draining the outbox. */
export interface DrainReport {
  /** Hooks that were run, whatever came of it. */
  readonly ran: number;
  /** Rows that are not finished: to be tried again, or run by another process at this moment. */
  readonly waiting: number;
  /** Rows that wait for a person's decision. */
  readonly unresolved: number;
  /** The store is not the one that the outbox had read (it was restored): hooks run for what comes from now on. */
  readonly isRestarted: boolean;
}

type End = Parameters<Outbox["finish"]>[1];

/**
 * Reads what was committed since the outbox was last read, and runs the after-hooks that it asks for: in order per ticket, in parallel across
 * tickets, each (event, hook) by one process at a time. Any number of processes may drain at once; one that is killed is made good by the next.
 * A hook that moves tickets adds rows, which are run, too.
 */
export async function drainOutbox(ports: DrainPorts, options: DrainOptions = {}): Promise<DrainReport> {
  const { parallel = 4, patienceMs = 0, limit = Number.POSITIVE_INFINITY, signal } = options;
  const deadlineMs = ports.clock.monotonicMs() + patienceMs;
  let ran = 0;
  const work = async () => {
    while (ran < limit && !signal?.aborted) {
      ran++; // before the await: several take at once
      const row = await ports.outbox.takeNext();
      if (row === undefined) {
        ran--;
        return;
      }
      await runRow(ports, row, options);
    }
  };
  let isRestarted = false;
  for (;;) {
    const before = ran;
    if (await readChanges(ports)) isRestarted = true;
    await Promise.all(Array.from({ length: Math.max(1, parallel) }, work));
    if (signal?.aborted || ran >= limit) break;
    if (ran === before && !(await waitForDue(ports, deadlineMs, signal))) break;
  }
  const rows = await ports.outbox.pending();
  const unresolved = rows.filter(isUnresolved);
  // Their process was killed, perhaps, and nobody will run them again unasked: no time limit would ever end what is left of them.
  if (unresolved.length > 0) await ports.hooks.endLeftovers?.(unresolved);
  return { ran, waiting: rows.length - unresolved.length, unresolved: unresolved.length, isRestarted };
}

/** A person has to decide about this row: it failed for good, or was cut off and may not be run again unasked. */
export function isUnresolved(row: OutboxRow): boolean {
  return row.status === "failed" || row.status === "parked";
}

/**
 * Makes a fresh outbox begin at the tip of the history, so that what happened before it was there fires nothing, and what comes after is not
 * missed. Every transition sees to this before it commits.
 */
export async function startOutbox({
  outbox,
  tickets,
}: Pick<DrainPorts, "outbox" | "tickets">): Promise<void> {
  if (outbox.quietAt?.() !== undefined || (await outbox.cursor()) !== undefined) return;
  const { cursor } = await tickets.backend.list({}, { limit: 1 });
  await outbox.record([], cursor, undefined);
}

/** Turns all new changes into rows. True = the place up to which they had been read is in this store's history no more. */
async function readChanges(ports: DrainPorts): Promise<boolean> {
  await startOutbox(ports);
  let isRestarted = false;
  for (;;) {
    const from = await ports.outbox.cursor();
    try {
      const { rows, upTo } = await nextRows(ports, from);
      if (upTo === undefined) return isRestarted;
      await ports.outbox.record(rows, upTo, from); // beaten by another reader: its cursor is where we go on
    } catch (error) {
      if (isRestarted || !isTicketError(error, "QUERY_INVALID")) throw error;
      const { cursor } = await ports.tickets.backend.list({}, { limit: 1 });
      isRestarted = await ports.outbox.record([], cursor, from);
    }
  }
}

async function nextRows(
  { tickets }: DrainPorts,
  from: Cursor | undefined,
): Promise<{ readonly rows: readonly NewOutboxRow[]; readonly upTo: Cursor | undefined }> {
  const { backend, types } = tickets;
  if (backend.watch === undefined) {
    throw new TicketError("UNSUPPORTED", `The store '${backend.name}' keeps no history to run hooks from`, {
      what: "watch",
    });
  }
  const rows: NewOutboxRow[] = [];
  let upTo: Cursor | undefined;
  let changes = 0;
  for await (const change of backend.watch(from, { follow: false })) {
    // Several changes of one commit share its cursor: the cursor may only move past all of them.
    if (changes >= changesPerRecord && change.cursor !== upTo) break;
    rows.push(...planAfterHooks(change, types));
    upTo = change.cursor;
    changes++;
  }
  return { rows, upTo };
}

async function runRow(ports: DrainPorts, row: OutboxRow, options: DrainOptions): Promise<void> {
  const result = await callHook(ports, row);
  await ports.outbox.finish(row, endOf(row, result));
  options.onRun?.(row, result);
}

async function callHook({ hooks }: DrainPorts, row: OutboxRow): Promise<HookResult> {
  const { hook, ticketId, from, to, agentId, timeoutMs, eventId, depth, at } = row;
  if (depth > deepestHook) return { status: "broken", reason: tooDeep(hook, depth).message };
  try {
    return await hooks.run({
      name: hook,
      phase: "post",
      ticketId,
      from,
      to,
      agentId,
      timeoutMs,
      eventId,
      depth,
      at,
    });
  } catch (error) {
    // A port that throws must not leave the row marked as running: it failed, and says why.
    return { status: "broken", reason: printable(error instanceof Error ? error.message : String(error)) };
  }
}

function endOf(row: OutboxRow, result: HookResult): End {
  switch (result.status) {
    case "absent":
      return { status: "done", output: "no active hook of this name" };
    case "passed":
      return { status: "done", output: result.output };
    case "later":
      return { status: "pending", output: result.output, retryAfterMs: hookLaterMs, isAttempt: false };
    case "failed":
      return failureEnd(row, withReason(`exit ${result.exitCode}`, result.output), result.isLast);
    case "timed-out":
      return failureEnd(row, withReason(`stopped after ${result.afterMs} ms`, result.output));
    case "broken":
      return failureEnd(row, `it cannot be run: ${result.reason}`);
  }
}

function withReason(reason: string, output: string): string {
  return output === "" ? reason : `${reason}\n${output}`;
}

function failureEnd(row: OutboxRow, output: string, isLast = false): End {
  const isOver = isLast || row.mode === "once" || row.attempts >= maxHookAttempts || row.depth > deepestHook;
  if (isOver) return { status: "failed", output };
  return { status: "pending", output, retryAfterMs: hookBackoffMs(row.attempts) };
}

/** Waits until a row may be tried again. False = there is none to wait for in the time that is left. */
async function waitForDue(
  { outbox, clock }: DrainPorts,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const leftMs = deadlineMs - clock.monotonicMs();
  if (leftMs <= 0) return false;
  const now = clock.now().getTime();
  const delays = (await outbox.pending()).flatMap(({ status, notBefore }) =>
    status === "pending" && notBefore !== undefined ? [Date.parse(notBefore) - now] : [],
  );
  const soonest = Math.min(...delays);
  if (soonest > leftMs) return false; // also when there is none: the least of nothing is infinite
  await clock.sleep(Math.max(10, soonest), signal);
  return true;
}
