import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTicketError, type Judge, type SyncDirection, TicketError } from "@wiggum/ticket-core";
import { createAttachmentFolders } from "../attachment-folders.js";
import { openMutex } from "../mutex.js";
import { createOperations } from "../operations.js";
import { createRefusalFinder } from "../refusals.js";
import { createStoreReader } from "../snapshot.js";
import { storePaths } from "../store-layout.js";
import { type Durability, openStorePlace } from "../store-place.js";
import { createWriter } from "../write.js";
import { createWritePlanner } from "../write-plan.js";
import { commitsBetween, type IntegratePorts, integrate } from "./integrate.js";
import { createGitRefs, createPendingChain, type PendingChain } from "./pending-chain.js";
import { type Published, publish } from "./publish.js";
import { createRefusedOperations } from "./refused-operations.js";
import { createTransport } from "./transport.js";
import type { RefusedOperation, UplinkReport, UplinkStatus, Upstream } from "./uplink.js";
import { underUplinkLock } from "./uplink-lock.js";
import { uplinkPaths } from "./uplink-paths.js";
import { createUplinkState } from "./uplink-state.js";
import { readUplinkStatus } from "./uplink-status.js";

/** Which store is tied to which upstream, and how patiently. */
export interface UplinkOptions {
  /** Path of the bare repository `tickets.git`. */
  readonly root: string;
  /** Legality, from core: `createJudge(types)`. */
  readonly judge: Judge;
  readonly upstream: Upstream;
  /** Wall clock, only displayed. Default: the system's. */
  readonly now?: (() => Date) | undefined;
  /** Name of this machine for the history. Default: the system's. */
  readonly host?: string | undefined;
  /** Default `process`. */
  readonly durability?: Durability | undefined;
  /** Milliseconds to wait for the store's lock. Default 10,000. */
  readonly lockWaitMs?: number | undefined;
  /** Milliseconds that one exchange with the upstream may take before it counts as offline. Default 30,000. */
  readonly networkTimeoutMs?: number | undefined;
  /** Told the name of each step. For tests that stop the process at one. */
  readonly atStep?: ((step: string) => void) | undefined;
}

/** How a sync is made. */
export interface SyncOptions {
  /** Default `both`. `pull` sends nothing; `push` sends, and takes in what it must to be able to. */
  readonly direction?: SyncDirection | undefined;
  /** Milliseconds to wait for another sync of this host. Default 60,000; 0 = none. */
  readonly waitMs?: number | undefined;
}

/** The tie between the store of this host and its upstream. Reading and writing tickets never waits for it. */
export interface Uplink {
  readonly upstream: Upstream;
  /**
   * Exchanges with the upstream until both have the same. Pushes first, and fetches only when that is refused. Cut off anywhere, the next sync
   * goes on: it asks where the upstream is.
   * @throws OFFLINE UPSTREAM_UNUSABLE STORE_BUSY (another sync is at it) STORE_READ_ONLY STORE_BROKEN COMMIT_UNKNOWN
   */
  sync(options?: SyncOptions): Promise<UplinkReport>;
  /** What is known without asking the upstream. */
  status(): UplinkStatus;
  /** Operations of this host that were refused and that nobody has settled. */
  refused(): readonly RefusedOperation[];
  /** They have been seen: `refused` names them no more. The history keeps them. */
  settle(operationIds: readonly string[]): void;
}

/** How often other hosts may be faster than us before it counts as busy. Each time one of them got through. */
const mostRounds = 30;

/** An uplink with what a write under its authority takes part in. */
export interface OpenUplink {
  readonly uplink: Uplink;
  readonly chain: PendingChain;
  /** Hands to the upstream what waits; `undefined` = another process is at it. @throws STORE_* COMMIT_UNKNOWN */
  turn(deadlineMs: number): Promise<Published | undefined>;
}

/** Ties a store to an upstream. Opens nothing and talks to nobody yet. */
export function createUplink(options: UplinkOptions): Uplink {
  return openUplink(options).uplink;
}

export function openUplink(options: UplinkOptions): OpenUplink {
  const { upstream, judge, now = () => new Date(), host = hostname(), lockWaitMs = 10_000 } = options;
  const step = options.atStep ?? (() => {});
  const place = openStorePlace(options.root, options.durability);
  const reader = createStoreReader(place);
  const refusals = createRefusalFinder({ place, reader, judge });
  const folders = createAttachmentFolders(place.objects);
  const planner = createWritePlanner({ place, reader, judge, refusals, folders, host, now });
  const mutex = openMutex(join(place.root, storePaths.mutex));
  const operations = createOperations(place);
  const recorded = (operationId: string, asOf: string) => ({ operationId, already: true, asOf, records: [] });
  const writer = createWriter({ place, mutex, operations, planner, recorded, lockWaitMs });
  const refusedOperations = createRefusedOperations(place);
  const state = createUplinkState(place, upstream);
  const timeoutMs = options.networkTimeoutMs ?? 30_000;
  const transport = createTransport({ git: place.git, upstream, timeoutMs });
  const chain = createPendingChain(place, createGitRefs(place));
  const ports: IntegratePorts = {
    place,
    reader,
    judge,
    folders,
    objects: place.objects,
    planner,
    refusals,
    mutex,
    refusedOperations,
    upstream,
    host,
    now,
    lockWaitMs,
    mine() {
      const { tip, sent } = chain.read();
      return sent ?? tip;
    },
    atStep: step,
  };

  async function exchange(direction: SyncDirection): Promise<UplinkReport> {
    // A push past us that may not be is not passed on as if it were a ticket.
    await writer.putBack();
    const refused: RefusedOperation[] = [];
    let [pulled, pushed] = [0, 0];
    const report = (): UplinkReport => {
      const asOf = place.readMain();
      const ahead = commitsBetween(place, state.tip(), asOf).length;
      return { direction, asOf, pulled, pushed, ahead, refused };
    };
    for (let round = 1; round <= mostRounds; round++) {
      const main = place.readMain();
      const known = state.tip();
      const isAhead = known !== main && (known === undefined || place.isAncestor(known, main));
      const sent = direction !== "pull" && isAhead ? commitsBetween(place, known, main).length : 0;
      if (sent > 0) {
        const answer = await transport.push(main, known);
        step("pushed");
        if (answer === "accepted") {
          state.setTip(main);
          pushed += sent;
          return report();
        }
      }
      if (!(await transport.fetch())) state.setTip(undefined);
      step("fetched");
      const tip = state.tip();
      if (tip !== undefined) {
        // Its answer was lost, and it had arrived.
        if (sent > 0 && place.isAncestor(main, tip)) pushed += sent;
        const done = await integrate(ports, tip);
        pulled += done.pulled;
        refused.push(...done.refused);
      }
      if (direction === "pull" || tip === place.readMain()) return report();
      if (round > 2) await sleep(Math.random() * Math.min(1000, 20 * 2 ** round));
    }
    throw new TicketError(
      "STORE_BUSY",
      "The upstream was too busy: other hosts were faster each time",
      { waitedMs: 0 },
      { hint: "Nothing is lost. Run 'wiggum ticket sync' again." },
    );
  }

  /** What waits for the upstream goes first: it was asked for, and somebody may be waiting for it. */
  async function exchangeAll(direction: SyncDirection): Promise<UplinkReport> {
    const { tip, sent } = chain.read();
    const isWaiting = direction !== "pull" && (tip ?? sent) !== undefined;
    const published = isWaiting ? await publishWaiting(performance.now() + timeoutMs) : undefined;
    if (published !== undefined && published.outcome !== "settled") throw published.error;
    const report = await exchange(direction);
    const { pushed = 0, pulled = 0 } = published ?? {};
    return { ...report, pushed: report.pushed + pushed, pulled: report.pulled + pulled };
  }

  function publishWaiting(deadlineMs: number): Promise<Published> {
    return publish(
      {
        place,
        state,
        transport,
        chain,
        locked: (work) => mutex.run(work, { waitMs: lockWaitMs }),
        level: () => exchange("both"),
        adopt: async (tip) => (await integrate(ports, tip)).pulled,
        atStep: step,
      },
      deadlineMs,
    );
  }

  function noteFailure(error: unknown): void {
    if (error instanceof TicketError) state.noteFailure(error.code, error.message, now().toISOString());
  }

  const uplink: Uplink = {
    upstream,
    async sync({ direction = "both", waitMs = 60_000 } = {}) {
      place.check();
      return underUplinkLock(join(place.root, uplinkPaths.lock), waitMs, async () => {
        try {
          state.begin();
          const report = await exchangeAll(direction);
          state.noteSuccess(now().toISOString());
          return report;
        } catch (error) {
          noteFailure(error);
          throw error;
        }
      });
    },
    status: () => readUplinkStatus({ place, upstream, state, chain, refusedOperations }),
    refused: () => refusedOperations.list(),
    settle: (operationIds) => refusedOperations.settle(operationIds),
  };

  return {
    uplink,
    chain,
    async turn(deadlineMs) {
      let isOurs = false;
      try {
        return await underUplinkLock(join(place.root, uplinkPaths.lock), 0, async () => {
          isOurs = true;
          state.begin();
          const published = await publishWaiting(deadlineMs);
          if (published.outcome === "settled") state.noteSuccess(now().toISOString());
          else noteFailure(published.error);
          return published;
        });
      } catch (error) {
        if (!isOurs && isTicketError(error, "STORE_BUSY")) return undefined;
        throw error;
      }
    },
  };
}
