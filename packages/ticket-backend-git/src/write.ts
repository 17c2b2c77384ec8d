import { isGitError } from "@wiggum/git";
import {
  type CommitReceipt,
  checkTicketId,
  printable,
  storageFault,
  type TicketCommit,
  TicketError,
} from "@wiggum/ticket-core";
import type { StoreLayout } from "./fan-out.js";
import { isWritable } from "./files.js";
import { gitProcessesOf } from "./git-processes.js";
import { again, type Held, type Mutex, storeBusy, storeReadOnly } from "./mutex.js";
import type { ObjectId } from "./objects.js";
import type { Operations } from "./operations.js";
import type { Rejection } from "./rejections.js";
import { explainingFull } from "./store-full.js";
import { foreignLockSince, mainLockPath, type StorePlace } from "./store-place.js";
import type { WritePlan, WritePlanner } from "./write-plan.js";

export interface WriterPorts {
  readonly place: StorePlace;
  readonly mutex: Mutex;
  readonly operations: Operations;
  readonly planner: WritePlanner;
  /** The receipt of an operation that was committed before. */
  readonly recorded: (operationId: string, commit: ObjectId) => CommitReceipt;
  /** Told of each push that a write put back. */
  readonly onUndone?: ((push: Pick<Rejection, "subject" | "cause">) => void) | undefined;
  /** Told of what was written, behind the lock. */
  readonly onWritten?: ((plan: WritePlan) => void) | undefined;
  /** Milliseconds to wait for the lock. */
  readonly lockWaitMs: number;
  readonly atStep?: ((step: string) => void) | undefined;
  /** Where `main` is not moved by whoever writes: what is planned counts when this has settled. */
  readonly settleElsewhere?: ((asked: Asked) => Promise<WritePlan | ObjectId>) | undefined;
}

/** How often git is asked for the same plan. */
const planAttempts = 3;
/** How often a plan is made anew in one turn with the lock, when plain pushes keep moving `main`. */
const plansPerTurn = 5;
/** A push of more files than that is looked at without the lock, this often: then whoever pushes on and on has to wait, too. */
const mostChangesUnderLock = 200;
const latePlans = 5;
const tooMuch: unique symbol = Symbol("too much to look at under the lock");
/** A foreign lock that is older was most likely left behind. */
const staleLockMs = 60_000;

export interface Writer {
  write(commit: TicketCommit): Promise<CommitReceipt>;
  /**
   * One operation that changes no ticket: `plan` as `planBeside` of the planner makes it. Answers the commit that wrote it, now or before.
   * @throws as `write`
   */
  writeBeside(
    order: Pick<TicketCommit, "operationId" | "at" | "fence">,
    plan: (base: ObjectId) => WritePlan,
  ): Promise<{ readonly commit: ObjectId; readonly already: boolean }>;
  /**
   * Puts back what pushes broke, as the next write would, too; with `isTidied` also takes out what does not belong here. Answers whether there
   * was anything.
   */
  putBack(isTidied?: boolean): Promise<boolean>;
  /** Every ticket to its place in that layout. Answers whether there was anything to move. */
  relayout(to: StoreLayout): Promise<boolean>;
}

/** What is to be written. */
export interface Asked {
  /** Absent = it may be done twice. */
  readonly operationId?: string | undefined;
  readonly plan: (base: ObjectId) => WritePlan;
}

/** The one way into the store: plan, lock, look again, move `main`. */
export function createWriter(ports: WriterPorts): Writer {
  const { place, mutex, operations, planner, recorded } = ports;
  const step = ports.atStep ?? (() => {});

  return {
    async write(given) {
      // What the caller handed in may change while we wait.
      const commit = structuredClone(given);
      const { operationId } = commit;
      checkCommit(commit);
      const written = await settle({ operationId, plan: (base) => planner.plan(commit, base) });
      if (typeof written === "string") return recorded(operationId, written);
      const asOf = written.commits.at(-1)?.id ?? written.base;
      return { operationId, already: false, asOf, records: written.records };
    },
    async writeBeside(order, plan) {
      checkOrder(order);
      const written = await settle({ operationId: order.operationId, plan });
      if (typeof written === "string") return { commit: written, already: true };
      return { commit: written.commits.at(-1)?.id ?? written.base, already: false };
    },
    async putBack(isTidied) {
      const written = await settle({ plan: (base) => planner.planPutBack(base, isTidied) });
      return typeof written !== "string" && written.commits.length > 0;
    },
    async relayout(to) {
      const written = await settle({ plan: (base) => planner.planRelayout(base, to) });
      return typeof written !== "string" && written.commits.length > 0;
    },
  };

  /** A string = the operation had been committed by that commit before. */
  function settle(asked: Asked): Promise<WritePlan | ObjectId> {
    const { settleElsewhere } = ports;
    if (settleElsewhere === undefined) return explainingFull(place.root, () => planAndMove(asked));
    const plan = (base: ObjectId) => {
      if (!isWritable(place.root)) throw storeReadOnly(place.root);
      return makePlan(asked, base);
    };
    return explainingFull(place.root, async () => {
      const written = await settleElsewhere({ ...asked, plan });
      return typeof written === "string" ? written : told(written);
    });
  }

  function told(written: WritePlan): WritePlan {
    for (const push of written.undone) ports.onUndone?.(push);
    ports.onWritten?.(written);
    return written;
  }

  async function planAndMove(asked: Asked): Promise<WritePlan | ObjectId> {
    for (let late = 0; ; late++) {
      const base = place.readMain();
      const before = findOperation(asked, base);
      if (before !== undefined) return before;
      if (late === 0 && !isWritable(place.root)) throw storeReadOnly(place.root);
      // Made before the lock is asked for: with nobody else about, all that is left to do under it is to move the ref.
      const plan = makePlan(asked, base);
      step("planned");
      if (plan.commits.length === 0) return plan;
      const written = await moveUnderLock(asked, plan, late < latePlans);
      step("released");
      if (written === tooMuch) continue;
      if (typeof written === "string") return written;
      return told(written);
    }
  }

  function findOperation({ operationId }: Asked, tip: ObjectId): ObjectId | undefined {
    return operationId === undefined ? undefined : operations.find(operationId, tip);
  }

  /** Nothing in here waits: the lock is a kernel lock on this process, and every moment under it delays all other writers. */
  function moveUnderLock(
    asked: Asked,
    first: WritePlan,
    mayPutOff: boolean,
  ): Promise<WritePlan | ObjectId | typeof tooMuch> {
    let plan = first;
    const work = (held: Held): WritePlan | ObjectId | typeof tooMuch | typeof again => {
      step("mutex-held");
      place.recover();
      for (let turn = 1; turn <= plansPerTurn; turn++) {
        const tip = place.readMain();
        if (tip !== plan.base) {
          const known = findOperation(asked, tip);
          if (known !== undefined) return known;
          if (mayPutOff && planner.changesUntil(tip) > mostChangesUnderLock) return tooMuch;
          plan = makePlan(asked, tip);
          if (plan.commits.length === 0) return plan;
        }
        const to = plan.commits.at(-1)?.id ?? tip;
        const check = () => {
          if (!held.isOurs()) throw outcomeUnknown(asked, "its lock file was replaced");
        };
        const { base: from, objects } = plan;
        const moved = place.moveMain({ from, to, objects, check, atStep: ports.atStep });
        if (moved === "held") return again;
        if (moved === "unknown") throw outcomeUnknown(asked, "the lock of main was replaced");
        if (moved === "unsynced") throw outcomeUnknown(asked, "the disk did not take it");
        if (moved === "moved") {
          operations.record(plan.base, plan.commits);
          step("recorded");
          return plan;
        }
      }
      return again;
    };
    return mutex.run(work, { waitMs: ports.lockWaitMs, onGivingUp: givingUp });
  }

  function makePlan(asked: Asked, base: ObjectId): WritePlan {
    for (let attempt = 1; ; attempt++) {
      try {
        return asked.plan(base);
      } catch (error) {
        if (isGitError(error, "GIT_STOPPED") && attempt < planAttempts) continue;
        const { code = "" } = error as NodeJS.ErrnoException;
        if (["EROFS", "EACCES", "EPERM"].includes(code)) throw storeReadOnly(place.root, error);
        if (!isGitError(error, "GIT_FAILED")) throw error;
        const { stderr } = error.data;
        if (storageFault(error)?.fault === "full") throw error;
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
    return locked(mainLockPath(place), since, gitProcessesOf(place.root));
  }
}

/** `users` = git processes at work in the store, where that can be seen. */
function locked(
  path: string,
  since: number,
  users: readonly string[] | undefined,
): TicketError<"STORE_LOCKED"> {
  const time = new Date(since).toISOString();
  const isUsed = users !== undefined && users.length > 0;
  const who = isUsed
    ? `git process ${users.join(", ")} is at work in the store`
    : users === undefined
      ? "another git process holds it, or left it behind"
      : "no git process of this machine is at work in the store, so it was left behind, or another machine holds it";
  const remedy = isUsed
    ? "Wait for that git to end, or end it; then run the same command again."
    : "'wiggum doctor --fix' removes it when it is ten minutes old and nobody uses it.";
  return new TicketError(
    "STORE_LOCKED",
    `${printable(path)} is locked since ${time}: ${who}; nothing was written`,
    { path },
    { hint: remedy },
  );
}

function outcomeUnknown({ operationId = "put-back" }: Asked, why: string): TicketError<"COMMIT_UNKNOWN"> {
  return new TicketError(
    "COMMIT_UNKNOWN",
    `It is not known whether operation ${printable(operationId)} was written: ${why}`,
    { operationId },
    { hint: "Ask for the outcome of the operation, or run it again with the same operation id." },
  );
}

/** @throws TICKET_INVALID ID_INVALID */
function checkCommit(commit: TicketCommit): void {
  checkOrder(commit);
  const ids = commit.changes.map(({ id }) => checkTicketId(id));
  for (const { id } of commit.requires ?? []) checkTicketId(id);
  if (ids.length === 0 || new Set(ids).size !== ids.length) {
    throw invalid("A commit changes one ticket or more, each of them once");
  }
}

/** @throws TICKET_INVALID ID_INVALID */
function checkOrder({ operationId, at, fence }: Pick<TicketCommit, "operationId" | "at" | "fence">): void {
  const isOperationId =
    operationId.length > 0 && operationId.length <= 500 && printable(operationId) === operationId;
  if (!isOperationId) throw invalid(`Not an operation id: '${printable(operationId).slice(0, 100)}'`);
  const seconds = Date.parse(at) / 1000;
  // git itself knows no time before 1970.
  if (!(seconds >= 0 && seconds < 2 ** 40)) throw invalid(`Not a time: '${printable(at).slice(0, 100)}'`);
  if (fence !== undefined) checkTicketId(fence.id);
}

function invalid(message: string): TicketError<"TICKET_INVALID"> {
  return new TicketError("TICKET_INVALID", message, {});
}
