// A write under the upstream's authority: it waits on the chain, and is acknowledged when the upstream has accepted it.
import { setTimeout as sleep } from "node:timers/promises";
import { isTicketError, printable, TicketError } from "@wiggum/ticket-core";
import type { Mutex } from "../mutex.js";
import type { ObjectId } from "../objects.js";
import type { Operations } from "../operations.js";
import type { StorePlace } from "../store-place.js";
import type { Asked } from "../write.js";
import type { WritePlan } from "../write-plan.js";
import type { PendingChain } from "./pending-chain.js";
import type { Published } from "./publish.js";

export interface AwaitUpstreamPorts {
  readonly place: StorePlace;
  readonly mutex: Mutex;
  readonly operations: Operations;
  readonly chain: PendingChain;
  /** A turn of the uplink; `undefined` = another process is at it. */
  readonly turn: (deadlineMs: number) => Promise<Published | undefined>;
  /** Milliseconds until a write is given up, and the time to wait for the write mutex. */
  readonly waitMs: number;
  readonly lockWaitMs: number;
  readonly atStep: (step: string) => void;
}

export interface UpstreamWrites {
  /** Writes it, or answers the commit that wrote it before. @throws every refusal, OFFLINE UPSTREAM_UNUSABLE STORE_BUSY (nothing was written), COMMIT_UNKNOWN */
  settle(asked: Asked): Promise<WritePlan | ObjectId>;
  /** Asks for what became of an operation that may wait here still. @throws COMMIT_UNKNOWN */
  find(operationId: string): Promise<ObjectId | undefined>;
}

/** Where a write stands on the chain. */
type Place =
  | { readonly known: ObjectId }
  | { readonly waits: ObjectId; readonly plan: WritePlan | undefined }
  /** What waits, or may have arrived, must be known first. */
  | "behind"
  | { readonly nothing: WritePlan };

export function createUpstreamWrites(ports: AwaitUpstreamPorts): UpstreamWrites {
  const { place, mutex, operations, chain, atStep } = ports;
  const locked = <Result>(work: () => Result) => mutex.run(work, { waitMs: ports.lockWaitMs });
  let leading: Promise<Published | undefined> | undefined;

  /** One turn at a time in this process: whoever comes meanwhile waits for it, since it may carry its write, too. */
  async function turn(deadlineMs: number): Promise<Published | undefined> {
    if (leading !== undefined) {
      await leading.catch(() => undefined);
      return undefined;
    }
    leading = ports.turn(deadlineMs);
    try {
      return await leading;
    } finally {
      leading = undefined;
    }
  }

  function findWritten({ operationId }: Asked, main: ObjectId): ObjectId | undefined {
    return operationId === undefined ? undefined : operations.find(operationId, main);
  }

  /** On what is acknowledged a refusal is one; on what still waits it only says that this must be known first. */
  function planOn(asked: Asked, main: ObjectId, base: ObjectId): WritePlan | "behind" {
    if (base === main) return asked.plan(main);
    try {
      return asked.plan(base);
    } catch (error) {
      if (!isTicketError(error) || error.code.startsWith("STORE_")) throw error;
      asked.plan(main);
      return "behind";
    }
  }

  function look() {
    const main = place.readMain();
    const state = chain.read();
    const isLive = chain.isLive(state, main);
    return { main, state, isLive, base: isLive && state.tip !== undefined ? state.tip : main };
  }

  /** Under the write mutex: the write is put on the chain, unless it stands on it or is written already. */
  function enqueue(asked: Asked, first: WritePlan | "behind"): Place {
    const { main, state, isLive, base } = look();
    const known = findWritten(asked, main);
    if (known !== undefined) return { known };
    if (isLive && asked.operationId !== undefined) {
      const waits = chain.find(asked.operationId, state, main);
      if (waits !== undefined) return { waits, plan: undefined };
    }
    // Sent, and `main` went another way meanwhile: it may be in what the upstream has.
    if (!isLive && state.sent !== undefined && !chain.has(state.sent, main)) return "behind";
    const plan = first !== "behind" && first.base === base ? first : planOn(asked, main, base);
    if (plan === "behind") return plan;
    const waits = plan.commits.at(-1)?.id;
    if (waits === undefined) return { nothing: plan };
    place.keepObjects(plan.objects);
    chain.write({ tip: waits, sent: isLive ? state.sent : undefined });
    return { waits, plan };
  }

  /** Under the write mutex: nothing of it may ever arrive. What others put on top of it goes with it, and is put there anew by them. */
  function takeBack(waits: ObjectId): "written" | "sent" | "taken back" {
    const state = chain.read();
    if (chain.has(waits, place.readMain())) return "written";
    if (chain.has(waits, state.sent)) return "sent";
    if (chain.has(waits, state.tip)) chain.write({ tip: state.sent, sent: state.sent });
    return "taken back";
  }

  async function settle(asked: Asked): Promise<WritePlan | ObjectId> {
    const deadlineMs = performance.now() + ports.waitMs;
    for (;;) {
      const { main, base } = look();
      const before = findWritten(asked, main);
      if (before !== undefined) return before;
      const first = planOn(asked, main, base);
      atStep("pending-planned");
      const stands = await locked(() => enqueue(asked, first));
      if (stands === "behind") {
        const failure = await waitWhile(deadlineMs, () => isUnsettled(main));
        if (failure !== undefined) throw notWritten(failure);
        continue;
      }
      if ("known" in stands) return stands.known;
      if ("nothing" in stands) return stands.nothing;
      atStep("pending-noted");
      const { waits, plan } = stands;
      if (await isAccepted(asked, waits, deadlineMs)) return plan ?? waits;
      // Another host was first: judged anew, on what it wrote.
      if (performance.now() >= deadlineMs) throw notWritten(noTime(ports.waitMs));
    }
  }

  /** `false` = it is over, and not written. @throws OFFLINE UPSTREAM_UNUSABLE STORE_BUSY COMMIT_UNKNOWN */
  async function isAccepted(asked: Asked, waits: ObjectId, deadlineMs: number): Promise<boolean> {
    const isWaiting = () => chain.has(waits, chain.read().tip) && !chain.has(waits, place.readMain());
    let failure: unknown;
    try {
      failure = await waitWhile(deadlineMs, isWaiting);
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) return chain.has(waits, place.readMain());
    const became = await locked(() => takeBack(waits));
    if (became === "written") return true;
    if (became === "sent") throw outcomeUnknown(asked.operationId, failure);
    throw isTicketError(failure) ? notWritten(failure) : failure;
  }

  /** Does what waited on `main` wait there still? */
  function isUnsettled(main: ObjectId): boolean {
    const { tip, sent } = chain.read();
    return place.readMain() === main && (tip !== undefined || sent !== undefined);
  }

  /** Takes turns, or waits for those of others. An error = it cannot go on, or time is up. */
  async function waitWhile(deadlineMs: number, isWaiting: () => boolean): Promise<TicketError | undefined> {
    let last: TicketError | undefined;
    let hasTried = false;
    for (let napMs = 5; isWaiting(); napMs = Math.min(40, napMs * 1.5)) {
      // Begun late, an exchange would most likely be cut off, and leave everybody in doubt: others go on with what waits.
      const isTimely = deadlineMs - performance.now() > ports.waitMs / 5;
      const published = isTimely || !hasTried ? await turn(deadlineMs) : undefined;
      hasTried = true;
      if (published !== undefined && published.outcome !== "settled") last = published.error;
      if (published?.outcome === "unsent" || published?.outcome === "declined") return last;
      if (!isWaiting()) return undefined;
      if (performance.now() >= deadlineMs) return last ?? noTime(ports.waitMs);
      const hasMoved = published?.outcome === "settled" && published.pushed + published.pulled > 0;
      if (!hasMoved) await sleep(napMs * (0.5 + Math.random() / 2));
    }
    return undefined;
  }

  /** May this operation, which is not in `main`, be on its way? */
  function mayArrive(operationId: string): boolean {
    const main = place.readMain();
    if (operations.find(operationId, main) !== undefined) return false;
    const state = chain.read();
    if (chain.isLive(state, main)) return chain.find(operationId, state, main) !== undefined;
    return state.sent !== undefined && !chain.has(state.sent, main);
  }

  return {
    settle,
    async find(operationId) {
      const failure = await waitWhile(performance.now() + ports.waitMs / 2, () => mayArrive(operationId));
      if (failure !== undefined && mayArrive(operationId)) throw outcomeUnknown(operationId, failure);
      return operations.find(operationId, place.readMain());
    },
  };
}

/** The same refusal, which now also says what became of the write. */
function notWritten(error: TicketError): TicketError {
  if (!["OFFLINE", "UPSTREAM_UNUSABLE", "STORE_BUSY"].includes(error.code)) return error;
  const said = error.message.includes("nothing was")
    ? error.message
    : `${error.message}; nothing was written`;
  const isAnswer = error.code === "UPSTREAM_UNUSABLE";
  return new TicketError(error.code, said, error.data, {
    hint: isAnswer
      ? (error.hint ?? "Check 'upstream' in .wiggum/config.yaml.").replace(" and work goes on here", "")
      : "Tickets change only while the upstream answers ('authority: upstream'); reading works. Run the same command again later.",
    cause: error,
  });
}

function noTime(waitMs: number): TicketError<"STORE_BUSY"> {
  return new TicketError(
    "STORE_BUSY",
    `The upstream did not get to this write within ${Math.max(1, Math.round(waitMs / 1000))} s`,
    { waitedMs: Math.round(waitMs) },
  );
}

function outcomeUnknown(operationId = "put-back", cause: unknown): TicketError<"COMMIT_UNKNOWN"> {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new TicketError(
    "COMMIT_UNKNOWN",
    `It is not known whether the upstream took operation ${printable(operationId)}${why}`,
    { operationId },
    {
      hint: "Ask for the outcome of the operation, or run it again with the same operation id: the next exchange finds out.",
      cause,
    },
  );
}
