import type { TicketId } from "@wiggum/ticket-core";
import { type MergeQueue, nextStep, settleStep, startQueue, ticketsIn } from "./merge-queue.js";

/** Why a test failed, for who has to mend it. */
export interface TestFault {
  /** Which command failed and how, without a full stop. */
  readonly what: string;
  /** The end of what it printed. */
  readonly output: string;
  /** Absolute path of everything that was printed; absent = it could not be kept. */
  readonly log?: string | undefined;
}

/** What came of a test. `base`: where the base branch is now, a commit id. */
export type TestOutcome =
  | { readonly kind: "green"; readonly base: string; readonly leftOut: readonly TicketId[] }
  | {
      readonly kind: "red";
      readonly base: string;
      readonly leftOut: readonly TicketId[];
      readonly fault: TestFault;
    }
  /** The first ticket conflicts with the base branch itself; nothing was tested. `why` = in words. */
  | { readonly kind: "conflict"; readonly ticketId: TicketId; readonly why: string }
  /** git will not merge this one (without a `ticketId`: not all of them at once) for a reason that no other commit of its worker changes. */
  | { readonly kind: "refused"; readonly ticketId?: TicketId | undefined; readonly why: string }
  /** They need no merge any more: merged by somebody else, or not done any more. */
  | { readonly kind: "withdrawn"; readonly tickets: readonly TicketId[] }
  /** The base branch is not where it was expected, or was moved during the test; it was left there. */
  | { readonly kind: "moved"; readonly base: string };

/** What the queue works with. */
export interface MergeQueuePorts {
  /**
   * Puts these on top of the base branch, each with a merge commit, tests the result and moves the base branch there if it passes and nobody moved it
   * meanwhile. Without tickets the base branch itself is tested. `expected`: where the base branch has to be.
   */
  test(tickets: readonly TicketId[], expected: string | undefined): Promise<TestOutcome>;
  /** Gives the work back to its worker. In words what was done. */
  sendBack(ticketId: TicketId, why: { readonly conflict: string } | TestFault): Promise<string>;
  /** Nobody merges it before a person has acted. */
  escalate(ticketId: TicketId, reason: string): Promise<void>;
  /** Told before each test: what is tested, and what waits behind it. */
  testing(tickets: readonly TicketId[], waiting: readonly TicketId[]): void;
}

/** How a run of the queue ended. Each ticket is in one of the lists. */
export interface MergeQueueReport {
  readonly merged: readonly TicketId[];
  readonly sentBack: readonly { readonly ticketId: TicketId; readonly detail: string }[];
  readonly escalated: readonly TicketId[];
  /** They are built on one that was sent back. */
  readonly held: readonly TicketId[];
  readonly withdrawn: readonly TicketId[];
  /** Not settled: the run was to end, or somebody else kept moving the base branch. */
  readonly left: readonly TicketId[];
  readonly stoppedBy?: "signal" | "moves" | undefined;
}

/** How often in a row somebody else may move the base branch before the rest is left to a later run. */
const mostMoves = 5;

/**
 * Merges these tickets, in an order in which what a ticket is built on comes before it: tested together, halved where that fails, until each is
 * merged, or found to be the one that fails and sent back. Keeps nothing: after SIGKILL a new run begins with what is not merged. What a port
 * throws ends the run; what was merged stays merged.
 */
export async function runMergeQueue(
  ports: MergeQueuePorts,
  tickets: readonly { readonly id: TicketId; readonly dependsOn: readonly TicketId[] }[],
  signal?: AbortSignal,
): Promise<MergeQueueReport> {
  let queue: MergeQueue = startQueue(tickets);
  let base: string | undefined;
  let moves = 0;
  const faults = new Map<TicketId, TestFault>();
  const merged: TicketId[] = [];
  const sentBack: { ticketId: TicketId; detail: string }[] = [];
  const escalated: TicketId[] = [];
  const held: TicketId[] = [];
  const withdrawn: TicketId[] = [];
  const settle = (outcome: Parameters<typeof settleStep>[1]) => {
    const step = settleStep(queue, outcome);
    queue = step.queue;
    merged.push(...step.merged);
    held.push(...step.held);
    if (step.merged.length > 0) moves = 0;
  };
  const drop = (ticketId: TicketId) => settle({ kind: "dropped", tickets: [ticketId], isLost: true });
  const giveBack = async (ticketId: TicketId, why: { readonly conflict: string } | TestFault) => {
    sentBack.push({ ticketId, detail: await ports.sendBack(ticketId, why) });
    drop(ticketId);
  };
  const handOver = async (ticketId: TicketId, why: string) => {
    await ports.escalate(ticketId, why);
    escalated.push(ticketId);
    drop(ticketId);
  };
  const report = (stoppedBy?: MergeQueueReport["stoppedBy"]): MergeQueueReport => ({
    merged,
    sentBack,
    escalated,
    held,
    withdrawn,
    left: ticketsIn(queue),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
  });

  for (;;) {
    const step = nextStep(queue);
    if (step.kind === "over") return report();
    if (signal?.aborted === true) return report("signal");
    if (step.kind === "blame") {
      const fault = faults.get(step.ticketId);
      if (fault === undefined) throw new Error(`${step.ticketId} was never seen to fail`);
      await giveBack(step.ticketId, fault);
      continue;
    }
    const asked = step.tickets;
    const waiting = ticketsIn(queue).filter((id) => !asked.includes(id));
    ports.testing(asked, waiting);
    const outcome = await ports.test(asked, base);
    switch (outcome.kind) {
      case "green":
        base = outcome.base;
        settle(asked.length === 0 ? { kind: "base-green" } : { kind: "green", leftOut: outcome.leftOut });
        break;
      case "red":
        base = outcome.base;
        if (asked.length === 0) {
          // Whose work it is cannot be told: no test says anything before the base branch is mended.
          const why = `nothing could be merged: the base branch fails by itself, ${outcome.fault.what}${logWords(outcome.fault)}. Mend it, then clear this`;
          for (let [id] = ticketsIn(queue); id !== undefined; [id] = ticketsIn(queue))
            await handOver(id, why);
          return report();
        }
        for (const id of asked) if (!outcome.leftOut.includes(id)) faults.set(id, outcome.fault);
        settle({ kind: "red", leftOut: outcome.leftOut });
        break;
      case "conflict":
        await giveBack(outcome.ticketId, { conflict: outcome.why });
        break;
      case "refused": {
        const [only] = asked;
        const ticketId = outcome.ticketId ?? (asked.length === 1 ? only : undefined);
        if (ticketId === undefined) settle({ kind: "obstructed" });
        else await handOver(ticketId, `it could not be merged: ${outcome.why}`);
        break;
      }
      case "withdrawn":
        withdrawn.push(...outcome.tickets);
        settle({ kind: "dropped", tickets: outcome.tickets, isLost: false });
        break;
      case "moved":
        moves += 1;
        base = outcome.base;
        settle({ kind: "moved" });
        if (moves > mostMoves) return report("moves");
        break;
    }
  }
}

function logWords({ log }: TestFault): string {
  return log === undefined ? "" : ` (log: ${log})`;
}
