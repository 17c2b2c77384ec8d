import { isGitError } from "@wiggum/git";
import {
  type CommitReceipt,
  checkTicketId,
  printable,
  type TicketCommit,
  TicketError,
} from "@wiggum/ticket-core";
import { isWritable } from "./files.js";
import { again, type Mutex, storeBusy, storeReadOnly } from "./mutex.js";
import type { ObjectId } from "./objects.js";
import type { Operations } from "./operations.js";
import { foreignLockSince, mainLockPath, type StorePlace } from "./store-place.js";
import type { WritePlan, WritePlanner } from "./write-plan.js";

export interface WriterPorts {
  readonly place: StorePlace;
  readonly mutex: Mutex;
  readonly operations: Operations;
  readonly planner: WritePlanner;
  /** The receipt of an operation that was committed before. */
  readonly recorded: (operationId: string, commit: ObjectId, ids: readonly string[]) => CommitReceipt;
  /** Milliseconds to wait for the lock. */
  readonly lockWaitMs: number;
  readonly atStep?: ((step: string) => void) | undefined;
}

/** How often git is asked for the same plan. */
const planAttempts = 3;
/** How often a plan is made anew in one turn with the lock, when plain pushes keep moving `main`. */
const plansPerTurn = 5;
/** A foreign lock that is older was most likely left behind. */
const staleLockMs = 60_000;

/** The one way into the store: plan, lock, look again, move `main`. */
export function createWriter(ports: WriterPorts): (commit: TicketCommit) => Promise<CommitReceipt> {
  const { place, mutex, operations, planner, recorded } = ports;
  const step = ports.atStep ?? (() => {});

  return async (asked) => {
    // What the caller handed in may change while we wait.
    const commit = structuredClone(asked);
    checkCommit(commit);
    const ids = commit.changes.map(({ id }) => id);
    const base = place.readMain();
    const before = operations.find(commit.operationId, base);
    if (before !== undefined) return recorded(commit.operationId, before, ids);
    if (!isWritable(place.root)) throw storeReadOnly(place.root);
    // Made before the lock is asked for: with nobody else about, all that is left to do under it is to move the ref.
    let plan = makePlan(commit, base);
    step("planned");

    // Nothing in here waits: the lock is a kernel lock on this process, and every moment under it delays all other writers.
    const written = await mutex.run<WritePlan | ObjectId>(
      (held) => {
        step("mutex-held");
        place.recover();
        for (let turn = 1; turn <= plansPerTurn; turn++) {
          const tip = place.readMain();
          if (tip !== plan.base) {
            const known = operations.find(commit.operationId, tip);
            if (known !== undefined) return known;
            plan = makePlan(commit, tip);
          }
          const to = plan.commits.at(-1)?.id ?? tip;
          const check = () => {
            if (!held.isOurs()) throw outcomeUnknown(commit.operationId, "its lock file was replaced");
          };
          const { base: from, objects } = plan;
          const moved = place.moveMain({ from, to, objects, check, atStep: ports.atStep });
          if (moved === "held") return again;
          if (moved === "unknown") throw outcomeUnknown(commit.operationId, "the lock of main was replaced");
          if (moved === "unsynced") throw outcomeUnknown(commit.operationId, "the disk did not take it");
          if (moved === "moved") {
            operations.record(plan.base, plan.commits);
            step("recorded");
            return plan;
          }
        }
        return again;
      },
      { waitMs: ports.lockWaitMs, onGivingUp: givingUp },
    );
    step("released");
    if (typeof written === "string") return recorded(commit.operationId, written, ids);
    return {
      operationId: commit.operationId,
      already: false,
      asOf: written.commits.at(-1)?.id ?? written.base,
      records: written.records,
    };
  };

  function makePlan(commit: TicketCommit, base: ObjectId): WritePlan {
    for (let attempt = 1; ; attempt++) {
      try {
        return planner.plan(commit, base);
      } catch (error) {
        if (!isGitError(error, "GIT_FAILED")) throw error;
        const { stderr } = error.data;
        if (/read-only file system|permission denied|insufficient permission/i.test(stderr)) {
          throw storeReadOnly(place.root, error);
        }
        // A `git gc` moved an object, or removed a folder that was empty, between two looks of git's: the same again works.
        if (attempt === planAttempts) throw error;
      }
    }
  }

  function givingUp(waitedMs: number): Error {
    const since = foreignLockSince(place);
    if (since === undefined || Date.now() - since < staleLockMs) return storeBusy(waitedMs);
    const path = mainLockPath(place);
    return new TicketError(
      "STORE_LOCKED",
      `Another git process holds ${printable(path)} since ${new Date(since).toISOString()}, or left it behind; nothing was written`,
      { path },
      { hint: "Wait for that git to end; 'wiggum doctor --fix' removes a lock that nobody uses any more." },
    );
  }
}

function outcomeUnknown(operationId: string, why: string): TicketError<"COMMIT_UNKNOWN"> {
  return new TicketError(
    "COMMIT_UNKNOWN",
    `It is not known whether operation ${printable(operationId)} was written: ${why}`,
    { operationId },
    { hint: "Ask for the outcome of the operation, or run it again with the same operation id." },
  );
}

/** @throws TICKET_INVALID ID_INVALID */
function checkCommit({ operationId, at, changes, requires, fence }: TicketCommit): void {
  const isOperationId =
    operationId.length > 0 && operationId.length <= 500 && printable(operationId) === operationId;
  if (!isOperationId) throw invalid(`Not an operation id: '${printable(operationId).slice(0, 100)}'`);
  const seconds = Date.parse(at) / 1000;
  // git itself knows no time before 1970.
  if (!(seconds >= 0 && seconds < 2 ** 40)) throw invalid(`Not a time: '${printable(at).slice(0, 100)}'`);
  const ids = changes.map(({ id }) => checkTicketId(id));
  for (const { id } of requires ?? []) checkTicketId(id);
  if (fence !== undefined) checkTicketId(fence.id);
  if (ids.length === 0 || new Set(ids).size !== ids.length) {
    throw invalid("A commit changes one ticket or more, each of them once");
  }
}

function invalid(message: string): TicketError<"TICKET_INVALID"> {
  return new TicketError("TICKET_INVALID", message, {});
}
